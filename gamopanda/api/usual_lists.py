"""Lists as they are usually asked for: what they have in common with an earlier one is not worked out again.

A list is usual when its query is well-formed, names plain filters and comparisons with texts, ids and instants, and
counts nothing. All others, and whatever has to be refused, take the general road through the filter backends.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import models
from django_filters import Filter
from rest_framework.exceptions import ValidationError

from gamopanda.api.columns import Column, columns_of
from gamopanda.api.conditions import Checker, Condition, Group, narrow
from gamopanda.api.exceptions import Unreadable
from gamopanda.api.filters import sort
from gamopanda.api.strict_json import load_json
from gamopanda.api.worded import read_worded

Records = Callable[..., models.QuerySet[Any]]
"""Makes the query of all records that the caller may see, of some values."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What narrows and orders a list: plain filters with their values, `filters`, and `sortBy` as it was sent."""

    plain: list[tuple[str, Filter, Any]]
    conditions: Condition | Group | None
    order: str | None

    @property
    def shape(self) -> Hashable:
        """All but the values."""
        names = tuple(name for name, *_ in self.plain)
        return names, None if self.conditions is None else self.conditions.shape, self.order

    @property
    def values(self) -> list[Any]:
        """The values of plain filters and of `filters`, in order."""
        return [value for *_, value in self.plain] + ([] if self.conditions is None else self.conditions.values)


def usual_page(view: Any, shape: Hashable, records: Records, *values: Any) -> list[Any] | None:
    """Return the page that a list asks for, of the records that `records` makes of values; None when it is not usual.

    `shape` names what the query of `records` depends on beside its values.
    """
    paging = view.paginator
    try:
        paging.read(view.request)
        wish = None if paging.is_counted else _read_wish(view)
        return None if wish is None else _read_page(view, (type(view), shape, view.language), records, values, wish)
    except (ValidationError, DjangoValidationError, Unreadable):
        return None


def _read_wish(view: Any) -> Wish | None:
    """Return what a list asks for; None when a filter is one of its own kind; raises whatever is wrong."""
    query = view.request.query_params
    named = [(name, one) for name, one in view.filterset_class.base_filters.items() if name in query]
    plain = [(name, one, one.field.clean(query[name])) for name, one in named]
    if any(one.method is not None or value in one.field.empty_values for _, one, value in plain):
        return None
    text = query.get("filters")
    conditions = None if text is None else Checker(_columns_of(view)).read(load_json(text))
    wish = Wish(plain, conditions, query.get("sortBy"))
    # The wording of `in` depends on how many there are.
    return None if any(isinstance(value, list) for value in wish.values) else wish


_columns: dict[Hashable, Mapping[str, Column]] = {}


def _columns_of(view: Any) -> Mapping[str, Column]:
    key = type(view), view.is_admin, view.language
    if key not in _columns:
        _columns[key] = columns_of(view, view.get_queryset())
    return _columns[key]


def _read_page(view: Any, shape: Hashable, records: Records, values: Any, wish: Wish) -> list[Any] | None:
    def build(*given: Any) -> models.QuerySet[Any]:
        queryset = records(*given[: len(values)])
        rest = iter(given[len(values) :])
        for _, one, _ in wish.plain:
            queryset = one.filter(queryset, next(rest))
        if wish.conditions is not None:
            queryset = narrow(queryset, wish.conditions, rest)
        return sort(queryset, wish.order, view)

    paging = view.paginator
    page = f" LIMIT {paging.limit + 1}" + (f" OFFSET {paging.offset}" if paging.offset else "")
    found = read_worded((shape, wish.shape), build, *values, *wish.values, page=page)
    return None if found is None else paging.page_of(found)
