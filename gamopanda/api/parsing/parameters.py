"""Query parameters: only known ones, each once, none empty, so that a typo is never lost in silence."""

from collections.abc import Collection

from django.http import QueryDict
from rest_framework.exceptions import ErrorDetail, ValidationError

from gamopanda.api.parsing.parsers import REPLACEMENT

MAY_BE_EMPTY = frozenset({"after"})
"""An empty cursor is at the beginning."""


def refuse_unknown_parameters(query: QueryDict, known: Collection[str]) -> None:
    """Raise a 400 that names every parameter that is unknown, given twice or empty."""
    errors = {
        name: _problem(values, name in known, known)
        for name, values in query.lists()
        if values != [""] or name not in MAY_BE_EMPTY or name not in known
    }
    found = {name: [problem] for name, problem in errors.items() if problem is not None}
    if found:
        raise ValidationError(found)


def _problem(values: list[str], is_known: bool, known: Collection[str]) -> ErrorDetail | None:
    if not is_known:
        return ErrorDetail(f"There is no such parameter here. Allowed: {', '.join(known)}.", code="unknown_parameter")
    if len(values) > 1:
        return ErrorDetail("Give this parameter once.", code="invalid")
    if not values[0]:
        return ErrorDetail("Give this parameter a value, or leave it out.", code="invalid")
    if "\0" in values[0]:
        return ErrorDetail("The character NUL (U+0000) is not allowed.", code="invalid")
    if REPLACEMENT in values[0]:
        return ErrorDetail("This is not UTF-8.", code="invalid")
    return None
