"""Lists whose queries are compiled once: their plain filters and conditions are the same, only the values differ.

A list query has plain filters and comparisons with texts, ids and instants, and no count. Every other list, and every
request that has to be refused, goes through the filter backends. That takes twice the processor time.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import connections, models
from django_filters import Filter
from rest_framework.exceptions import ValidationError

from gamopanda.api.errors.exceptions import Unreadable
from gamopanda.api.lists.columns import Column, columns_of
from gamopanda.api.lists.compiled_queries import compiled_query
from gamopanda.api.lists.conditions import Checker, Condition, Group, narrow
from gamopanda.api.lists.filters import sort
from gamopanda.api.parsing.strict_json import load_json
from gamopanda.postgresql.replicas import current_reading


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What narrows and orders a list: plain filters with their values, `filters`, and `sortBy` as it was sent."""

    plain: list[tuple[str, Filter, Any]]
    conditions: Condition | Group | None
    order: str | None

    @property
    def shape(self) -> Hashable:
        """Return all but the values."""
        names = tuple(name for name, *_ in self.plain)
        return names, None if self.conditions is None else self.conditions.shape, self.order

    @property
    def values(self) -> list[Any]:
        """Return the values of plain filters and of `filters`, in order."""
        return [value for *_, value in self.plain] + ([] if self.conditions is None else self.conditions.values)


@dataclass(frozen=True, slots=True)
class Source:
    """The records that a caller may see: a query made from values, with the records and annotations that it has.

    `name` stands for everything that the query depends on beside its values.
    """

    name: str
    build: Callable[..., models.QuerySet[Any]]
    values: Sequence[Any]
    related: Sequence[str] = ()
    annotations: Sequence[str] = ()


def compiled_page(view: Any, source: Source) -> list[Any] | None:
    """Return the page that a list asks for; None where it has no list query."""
    paging = view.paginator
    try:
        paging.read(view.request)
        query = None if paging.is_counted else _read_query(view)
    except (ValidationError, DjangoValidationError, Unreadable):
        return None
    return None if query is None else _read_page(view, source, query)


def _read_query(view: Any) -> ListQuery | None:
    """Return what a list asks for; None when a filter has a method of its own; raises for a wrong value."""
    query = view.request.query_params
    named = [(name, one) for name, one in view.filterset_class.base_filters.items() if name in query]
    plain = [(name, one, one.field.clean(query[name])) for name, one in named]
    if any(one.method is not None or value in one.field.empty_values for _, one, value in plain):
        return None
    text = query.get("filters")
    conditions = None if text is None else Checker(_columns_of(view)).read(load_json(text))
    found = ListQuery(plain, conditions, query.get("sortBy"))
    # The SQL of `in` depends on the number of values.
    return None if any(isinstance(value, list) for value in found.values) else found


_columns: dict[Hashable, Mapping[str, Column]] = {}


def _columns_of(view: Any) -> Mapping[str, Column]:
    key = type(view), view.is_admin, view.language
    if key not in _columns:
        _columns[key] = columns_of(view, view.get_queryset())
    return _columns[key]


def _read_page(view: Any, source: Source, query: ListQuery) -> list[Any] | None:
    def build(*given: Any) -> models.QuerySet[Any]:
        queryset = source.build(*given[: len(source.values)])
        rest = iter(given[len(source.values) :])
        for _, one, _ in query.plain:
            queryset = one.filter(queryset, next(rest))
        if query.conditions is not None:
            queryset = narrow(queryset, query.conditions, rest)
        return sort(queryset, query.order, view)

    name = (type(view), source.name, view.language, query.shape)
    values = [*source.values, *query.values]
    try:
        compiled = compiled_query(name, build, values, source.related, source.annotations)
    except Unreadable:
        return None
    if compiled is None:
        return None
    paging = view.paginator
    page = f" LIMIT {paging.limit + 1}" + (f" OFFSET {paging.offset}" if paging.offset else "")
    sql, parameters = compiled.statement(values)
    with connections[current_reading().alias].cursor() as cursor:
        cursor.execute(sql + page, parameters)
        return paging.page_of(compiled.load(cursor.fetchall()))  # type: ignore[no-any-return]
