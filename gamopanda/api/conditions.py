"""The `filters` of a list: conditions and groups of them, checked against the columns of the resource.

A condition reads as plain Python would: nothing equals, exceeds or contains null, and null is `ne` to and `notIn`
everything. `contains` and `startsWith` look at letters exactly, upper and lower case apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import StrIndex

from gamopanda.api.columns import Column, Expression
from gamopanda.api.exceptions import Unreadable
from gamopanda.api.kinds import OPERATORS, read_boolean

MAX_DEPTH = 5
MAX_CONDITIONS = 50
MAX_VALUES = 500

LOOKUPS = {"eq": "exact", "ne": "exact", "in": "in", "notIn": "in", "gt": "gt", "gte": "gte", "lt": "lt", "lte": "lte"}
NEGATIONS = ("ne", "notIn")


@dataclass
class Compiler:
    """Turns one `filters` into a query; raises `Unreadable` with a sentence that says where and what is wrong."""

    columns: Mapping[str, Column]
    aliases: dict[str, Expression] = field(default_factory=dict)
    count: int = 0

    def apply(self, queryset: models.QuerySet[Any], filters: Any) -> models.QuerySet[Any]:
        """Return the records that meet the conditions."""
        condition = self.compile(filters, depth=1)
        narrowed: models.QuerySet[Any] = queryset.alias(**self.aliases).filter(condition)
        return narrowed

    def compile(self, node: Any, *, depth: int) -> Q:
        """Compile a condition or a group."""
        if not isinstance(node, dict):
            raise Unreadable(
                "A condition is an object with fieldSlug, operator and value, or with operator and conditions."
            )
        if "conditions" in node:
            return self._group(node, depth)
        return self._condition(node)

    def _group(self, node: dict[str, Any], depth: int) -> Q:
        _check_keys(node, {"operator", "conditions"})
        if depth > MAX_DEPTH:
            raise Unreadable(f"Groups are nested too deeply: at most {MAX_DEPTH} levels are allowed.")
        if node.get("operator") not in ("and", "or"):
            raise Unreadable("The operator of a group is “and” or “or”.")
        if not isinstance(node["conditions"], list) or not node["conditions"]:
            raise Unreadable("The conditions of a group are a list of at least one.")
        parts = [self.compile(part, depth=depth + 1) for part in node["conditions"]]
        return reduce(and_ if node["operator"] == "and" else or_, parts)

    def _condition(self, node: dict[str, Any]) -> Q:
        _check_keys(node, {"fieldSlug", "operator", "value"})
        self.count += 1
        if self.count > MAX_CONDITIONS:
            raise Unreadable(f"At most {MAX_CONDITIONS} conditions are allowed.")
        column, operator = self._column(node.get("fieldSlug")), node.get("operator")
        if operator not in OPERATORS:
            raise Unreadable(f"There is no operator {operator!r}. Allowed: {', '.join(OPERATORS)}.")
        if operator not in column.kind.operators:
            allowed = ", ".join(column.kind.operators)
            raise Unreadable(f"“{operator}” does not go with {column.name} ({column.kind.name}). Allowed: {allowed}.")
        if "value" not in node:
            raise Unreadable(f"The condition on {column.name} has no value.")
        return self._comparison(column, operator, node["value"])

    def _column(self, name: Any) -> Column:
        if not isinstance(name, str) or name not in self.columns:
            raise Unreadable(f"{name!r} cannot be filtered by. Allowed: {', '.join(self.columns)}.")
        return self.columns[name]

    def _comparison(self, column: Column, operator: str, value: Any) -> Q:
        if operator == "isNull":
            return Q((f"{self._alias(column.expression)}__isnull", _read(column.name, read_boolean, value)))
        if operator in ("contains", "startsWith"):
            # Not LIKE, which SQLite reads without regard to case.
            place = self._alias(StrIndex(column.expression, Value(_read(column.name, column.kind.read, value))))
            return Q((f"{place}__gt", 0)) if operator == "contains" else Q((place, 1))
        name, wanted = self._alias(column.expression), self._values(column, operator, value)
        condition = Q((f"{name}__{LOOKUPS[operator]}", wanted))
        return Q((f"{name}__isnull", True)) | ~condition if operator in NEGATIONS else condition

    def _values(self, column: Column, operator: str, value: Any) -> Any:
        if operator not in ("in", "notIn"):
            return _read(column.name, column.kind.read, value)
        if not isinstance(value, list) or len(value) > MAX_VALUES:
            raise Unreadable(f"The value of “{operator}” is a list of at most {MAX_VALUES}.")
        return [_read(column.name, column.kind.read, item) for item in value]

    def _alias(self, expression: Expression) -> str:
        name = f"_compared_{len(self.aliases)}"
        self.aliases[name] = expression
        return name


def _read(name: str, read: Any, value: Any) -> Any:
    try:
        return read(value)
    except Unreadable as error:
        raise Unreadable(f"{name}: {error}") from error


def _check_keys(node: dict[str, Any], allowed: set[str]) -> None:
    unknown = sorted(set(node) - allowed)
    if unknown:
        raise Unreadable(f"A condition or group has no key {unknown[0]!r}. Allowed: {', '.join(sorted(allowed))}.")
