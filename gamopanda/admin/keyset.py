"""Long lists turned by what comes before and after a page: each page costs as much as the first."""

from typing import Any
from uuid import UUID

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.paginator import InfinitePaginator

from gamopanda.admin.change_lists import StrictChangeList

AFTER, BEFORE = "after", "before"


class KeysetPaginator(InfinitePaginator):
    """Shows links to the pages on both sides, and never counts."""

    template_name = "admin/keyset_pagination.html"


class KeysetChangeList(StrictChangeList):
    """A list whose pages begin after a row, or end before one: `?after=` and `?before=` have its key."""

    anchor: tuple[str, str] | None = None
    result_list: Any

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> "QuerySet[Any]":
        """Begin after the row that is asked for, or read backwards from it."""
        for name in (AFTER, BEFORE):
            key = self.params.pop(name, None)
            self.filter_params.pop(name, None)
            self.anchor = self.anchor if key is None else (name, key)
        rows: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        if self.anchor is None:
            return rows
        name, key = self.anchor
        self.key_columns = [str(field) for field in self.get_ordering(request, self.root_queryset)]
        rows = rows.filter(self._beyond(key, is_after=name == AFTER))
        return rows if name == AFTER else rows.reverse()

    def _beyond(self, key: Any, *, is_after: bool) -> Q:
        return rows_beyond(self.key_columns, self._values(key, self.key_columns), is_after=is_after)

    def _values(self, key: Any, ordering: list[str]) -> dict[str, Any]:
        """Return the columns of the anchor by which rows are in order; one that is gone leads back to the list."""
        names = [field.lstrip("-") for field in ordering]
        try:
            values = self.root_queryset.filter(pk=key).order_by().values(*names).first()
        except (ValidationError, ValueError) as error:
            raise IncorrectLookupParameters(error) from error
        if values is None:
            raise IncorrectLookupParameters(f"There is no row {key!r}.")
        return dict(values)

    def get_results(self, request: HttpRequest) -> None:
        """Read the page; what was read backwards is turned round."""
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        is_backwards = self.anchor is not None and self.anchor[0] == BEFORE
        if is_backwards:
            rows.reverse()
            self.result_list = rows
        is_full = len(rows) == self.list_per_page
        goes_on = is_backwards or is_full
        came_from = self.anchor is not None and (not is_backwards or (is_full and self._has_before(rows[0])))
        self.next_page = self._link(AFTER, rows) if goes_on and rows else None
        self.previous_page = self._link(BEFORE, rows) if came_from and rows else None

    def _has_before(self, row: Any) -> bool:
        return bool(self.queryset.filter(self._beyond(row.pk, is_after=False)).exists())

    def _link(self, name: str, rows: list[Any]) -> str:
        key: UUID | int = rows[-1].pk if name == AFTER else rows[0].pk
        return str(self.get_query_string({name: key}))


def rows_beyond(ordering: list[str], values: dict[str, Any], *, is_after: bool) -> Q:
    """Return the condition for rows that come after the values in this order, or before them.

    The first column bounds the rows by itself, so that its index is entered at the right place.
    """
    first, *others = ordering
    name = first.lstrip("-")
    direction = "gt" if is_after != first.startswith("-") else "lt"
    past = Q(**{f"{name}__{direction}": values[name]})
    if not others:
        return past
    within = Q(**{f"{name}__{direction}e": values[name]})
    return within & (past | rows_beyond(others, values, is_after=is_after))
