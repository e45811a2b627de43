"""What narrows and orders a list: plain query filters, `filters`, `sortBy` and `fields`."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import django_filters
from django import forms
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import models
from django.db.models import F, Value
from django.db.models.expressions import OrderBy
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from gamopanda.api.errors.exceptions import Unreadable, invalid
from gamopanda.api.lists.columns import columns_of
from gamopanda.api.lists.conditions import Checker, narrow
from gamopanda.api.naming import camel_case
from gamopanda.api.parsing.strict_json import load_json
from gamopanda.api.serializers.base import parse_instant

MAX_SORT_FIELDS = 10


class InstantFormField(forms.Field):
    """An instant in a query string; a `+` that arrived as a blank is read as what it was."""

    def to_python(self, value: Any) -> Any:
        """Read the instant; raises with the code `missing_offset` without a UTC offset (S1)."""
        if value in self.empty_values:
            return None
        text = str(value)
        if text[-6:-5] == " ":
            text = f"{text[:-6]}+{text[-5:]}"
        try:
            return parse_instant(text)
        except Unreadable as error:
            raise DjangoValidationError(str(error), code=error.code) from error


class InstantFilter(django_filters.Filter):  # type: ignore[misc]
    """Compare an instant."""

    field_class = InstantFormField


class ChoiceFilter(django_filters.ChoiceFilter):  # type: ignore[misc]
    """Compare one of a few words; the error for another one names them."""

    def __init__(self, *args: Any, choices: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        allowed = ", ".join(value for value, _ in choices)
        message = f"“%(value)s” is not allowed here. Use one of: {allowed}."
        super().__init__(*args, choices=choices, error_messages={"invalid_choice": message}, **kwargs)


def exact_text(field_name: str | None = None) -> django_filters.CharFilter:
    """Return a filter for an identifier: exactly as written, blanks included."""
    return django_filters.CharFilter(field_name=field_name, strip=False)


class RecordFilterSet(django_filters.FilterSet):  # type: ignore[misc]
    """The plain filters that every record has: `…From` and `…To`, both inclusive. Filters are named in snake_case."""

    created_at_from = InstantFilter("created_at", "gte", help_text="Created at this instant or later.")
    created_at_to = InstantFilter("created_at", "lte", help_text="Created at this instant or earlier.")
    updated_at_from = InstantFilter("updated_at", "gte", help_text="Changed at this instant or later.")
    updated_at_to = InstantFilter("updated_at", "lte", help_text="Changed at this instant or earlier.")

    base_filters: Mapping[str, django_filters.Filter]

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        """Leave out what the query does not name: making a form of all filters takes longer than the query."""
        if data is not None:
            self.base_filters = {name: filter_ for name, filter_ in self.base_filters.items() if name in data}
        super().__init__(data, *args, **kwargs)

    @classmethod
    def get_filters(cls) -> dict[str, django_filters.Filter]:
        """Give every filter its name on the wire."""
        return {camel_case(name): filter_ for name, filter_ in super().get_filters().items()}


class PlainFilters(DjangoFilterBackend):  # type: ignore[misc]
    """The filters of the view's `filterset_class`, on lists."""

    def filter_queryset(self, request: Request, queryset: models.QuerySet[Any], view: Any) -> models.QuerySet[Any]:
        """Return the records that match."""
        if view.action != "list":
            return queryset
        return cast("models.QuerySet[Any]", super().filter_queryset(request, queryset, view))


class ConditionFilters(BaseFilterBackend):
    """The `filters` of a list."""

    def filter_queryset(self, request: Request, queryset: models.QuerySet[Any], view: Any) -> models.QuerySet[Any]:
        """Return the records that meet the conditions; 400 with a sentence when they make no sense."""
        text = request.query_params.get("filters")
        if view.action != "list" or text is None:
            return queryset
        try:
            conditions = Checker(columns_of(view, queryset)).read(load_json(text))
        except Unreadable as error:
            raise invalid("filters", str(error), error.code) from error
        return narrow(queryset, conditions, conditions.values)


class Sorting(BaseFilterBackend):
    """The `sortBy` of a list; newest first by default, ties always broken by id, null always last."""

    def filter_queryset(self, request: Request, queryset: models.QuerySet[Any], view: Any) -> models.QuerySet[Any]:
        """Return the records in order."""
        if view.action != "list":
            return queryset
        try:
            return sort(queryset, request.query_params.get("sortBy"), view)
        except Unreadable as error:
            raise invalid("sortBy", str(error)) from error


def sort(queryset: models.QuerySet[Any], text: str | None, view: Any) -> models.QuerySet[Any]:
    """Return records in the order that a `sortBy` asks for, newest first without one; raises `Unreadable`."""
    if text is None:
        return queryset.order_by("-created_at", "-id")
    return queryset.order_by(*read_order(load_json(text), columns_of(view, queryset)))


def read_order(keys: Any, columns: Any) -> list[OrderBy]:
    """Return the order that `sortBy` asks for; raises `Unreadable` with a sentence."""
    if not isinstance(keys, list) or not 1 <= len(keys) <= MAX_SORT_FIELDS:
        raise Unreadable(
            f"Use a list of 1 to {MAX_SORT_FIELDS} objects such as {{“fieldSlug”: “createdAt”, “order”: “DESC”}}."
        )
    order = [_read_sort_key(key, columns) for key in keys]
    if len({key["fieldSlug"] for key in keys}) < len(keys):
        raise Unreadable("A field is named twice.")
    # What is the same in every record orders nothing, and PostgreSQL refuses to try.
    telling = [key for key in order if not isinstance(key.expression, Value)]
    return [*telling, OrderBy(F("pk"), descending=order[-1].descending)]


def _read_sort_key(key: Any, columns: Any) -> OrderBy:
    if not isinstance(key, dict) or set(key) != {"fieldSlug", "order"}:
        raise Unreadable("Each entry is an object with fieldSlug and order.")
    if not isinstance(key["fieldSlug"], str) or key["fieldSlug"] not in columns:
        raise Unreadable(f"{key['fieldSlug']!r} cannot be sorted by. Allowed: {', '.join(columns)}.")
    if key["order"] not in ("ASC", "DESC"):
        raise Unreadable("The order is ASC or DESC.")
    column = columns[key["fieldSlug"]]
    # Only where it matters: an index on a column without nulls can be read in order.
    return OrderBy(
        column.expression, descending=key["order"] == "DESC", nulls_last=True if column.is_nullable else None
    )


def read_field_names(view: Any) -> list[str]:
    """Return the names that `fields` asks for; 400 unless they are fields of the resource."""
    try:
        names = load_json(view.request.query_params["fields"])
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise Unreadable('Use a list of at least one name, such as ["id","name"].')
    except Unreadable as error:
        raise invalid("fields", str(error)) from error
    known = list(view.compiled_serializer.getters)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise invalid("fields", f"There is no field “{unknown[0]}”. Allowed: {', '.join(known)}.", "unknown_field")
    return names
