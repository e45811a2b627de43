"""The `filters` of a list: conditions and groups of them, checked against the columns of the resource.

A condition reads as plain Python would: nothing equals, exceeds or contains null, and null is `ne` to and `notIn`
everything. `contains` and `startsWith` look at letters exactly, upper and lower case apart.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import StrIndex

from gamopanda.api.errors.exceptions import Unreadable
from gamopanda.api.lists.columns import Column, Expression
from gamopanda.api.lists.filter_types import OPERATORS, read_boolean

MAX_DEPTH = 5
MAX_CONDITIONS = 50
MAX_VALUES = 500

LOOKUPS = {"eq": "exact", "ne": "exact", "in": "in", "notIn": "in", "gt": "gt", "gte": "gte", "lt": "lt", "lte": "lte"}
NEGATIONS = ("ne", "notIn")


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison, checked."""

    column: Column
    operator: str
    value: Any

    @property
    def shape(self) -> tuple[Any, ...]:
        """Return all but the value, unless it is `true` or `false`, on which the SQL depends."""
        return self.column.name, self.operator, self.value if isinstance(self.value, bool) else None

    @property
    def values(self) -> list[Any]:
        """Return the values to compare with, in order."""
        return [] if isinstance(self.value, bool) else [self.value]


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all (`and`) or some (`or`) have to be met."""

    operator: str
    parts: Sequence["Condition | Group"]

    @property
    def shape(self) -> tuple[Any, ...]:
        """Return all but the values."""
        return self.operator, *(part.shape for part in self.parts)

    @property
    def values(self) -> list[Any]:
        """Return the values to compare with, in order."""
        return [value for part in self.parts for value in part.values]


@dataclass
class Checker:
    """Reads one `filters`; raises `Unreadable` with a sentence that says where and what is wrong."""

    columns: Mapping[str, Column]
    count: int = 0

    def read(self, node: Any, *, depth: int = 1) -> Condition | Group:
        """Check a condition or a group."""
        if not isinstance(node, dict):
            raise Unreadable(
                "A condition is an object with fieldSlug, operator and value, or with operator and conditions."
            )
        if "conditions" in node:
            return self._group(node, depth)
        return self._condition(node)

    def _group(self, node: dict[str, Any], depth: int) -> Group:
        _check_keys(node, {"operator", "conditions"})
        if depth > MAX_DEPTH:
            raise Unreadable(f"Groups are nested too deeply: at most {MAX_DEPTH} levels are allowed.")
        if node.get("operator") not in ("and", "or"):
            raise Unreadable("The operator of a group is “and” or “or”.")
        if not isinstance(node["conditions"], list) or not node["conditions"]:
            raise Unreadable("The conditions of a group are a list of at least one.")
        return Group(node["operator"], [self.read(part, depth=depth + 1) for part in node["conditions"]])

    def _condition(self, node: dict[str, Any]) -> Condition:
        _check_keys(node, {"fieldSlug", "operator", "value"})
        self.count += 1
        if self.count > MAX_CONDITIONS:
            raise Unreadable(f"At most {MAX_CONDITIONS} conditions are allowed.")
        column, operator = self._column(node.get("fieldSlug")), node.get("operator")
        if operator not in OPERATORS:
            raise Unreadable(f"There is no operator {operator!r}. Allowed: {', '.join(OPERATORS)}.")
        if operator not in column.filter_type.operators:
            allowed = ", ".join(column.filter_type.operators)
            raise Unreadable(
                f"“{operator}” cannot be used with {column.name} ({column.filter_type.name}). Allowed: {allowed}."
            )
        if "value" not in node:
            raise Unreadable(f"The condition on {column.name} has no value.")
        return Condition(column, operator, self._value(column, operator, node["value"]))

    def _column(self, name: Any) -> Column:
        if not isinstance(name, str) or name not in self.columns:
            raise Unreadable(f"{name!r} cannot be filtered by. Allowed: {', '.join(self.columns)}.")
        return self.columns[name]

    def _value(self, column: Column, operator: str, value: Any) -> Any:
        if operator == "isNull":
            return _read(column.name, read_boolean, value)
        if operator not in ("in", "notIn"):
            return _read(column.name, column.filter_type.read, value)
        if not isinstance(value, list) or len(value) > MAX_VALUES:
            raise Unreadable(f"The value of “{operator}” is a list of at most {MAX_VALUES}.")
        return [_read(column.name, column.filter_type.read, item) for item in value]


@dataclass
class Compiler:
    """Turns checked conditions into a query."""

    values: Iterator[Any]
    aliases: dict[str, Expression] = field(default_factory=dict)

    def compile(self, node: Condition | Group) -> Q:
        """Compile a condition or a group; values are taken in order, those that the SQL depends on from the node."""
        if isinstance(node, Group):
            return reduce(and_ if node.operator == "and" else or_, [self.compile(part) for part in node.parts])
        return self._comparison(node.column, node.operator, next(self.values) if node.values else node.value)

    def _comparison(self, column: Column, operator: str, value: Any) -> Q:
        if operator == "isNull":
            return Q((f"{self._alias(column.expression)}__isnull", value))
        if operator in ("contains", "startsWith"):
            # Not LIKE, which SQLite reads without regard to case.
            place = self._alias(StrIndex(column.expression, Value(value)))
            return Q((f"{place}__gt", 0)) if operator == "contains" else Q((place, 1))
        name = self._alias(column.expression)
        condition = Q((f"{name}__{LOOKUPS[operator]}", value))
        return Q((f"{name}__isnull", True)) | ~condition if operator in NEGATIONS else condition

    def _alias(self, expression: Expression) -> str:
        name = f"_compared_{len(self.aliases)}"
        self.aliases[name] = expression
        return name


def narrow(
    queryset: models.QuerySet[Any], conditions: Condition | Group, values: Iterable[Any]
) -> models.QuerySet[Any]:
    """Return the records that meet the conditions, with these values in the place of their own."""
    compiler = Compiler(iter(values))
    condition = compiler.compile(conditions)
    narrowed: models.QuerySet[Any] = queryset.alias(**compiler.aliases).filter(condition)
    return narrowed


def _read(name: str, read: Any, value: Any) -> Any:
    try:
        return read(value)
    except Unreadable as error:
        raise Unreadable(f"{name}: {error}", error.code) from error


def _check_keys(node: dict[str, Any], allowed: set[str]) -> None:
    unknown = sorted(set(node) - allowed)
    if unknown:
        raise Unreadable(f"A condition or group has no key {unknown[0]!r}. Allowed: {', '.join(sorted(allowed))}.")
