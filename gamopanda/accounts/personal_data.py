"""What is stored about members, table by table: what an export contains, an erasure reaches and a merge moves.

Every table with rows about members is registered by its app, also where an erasure finds nothing in it that says who
the person was. A test compares the register with all tables.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models

from gamopanda.accounts.models import Member


@dataclass(frozen=True, slots=True)
class PersonalTable:
    """A table with rows about members.

    `name` is what an export calls the rows, empty where they are copies; `rows` finds those of one member. `erase`
    takes out of them who the person was; None where they do not say it. A merge moves the rows by their foreign key
    `member`, unless that is None.
    """

    model: type[models.Model]
    name: str
    rows: Callable[[UUID], "models.QuerySet[Any]"]
    erase: Callable[[Member], None] | None = None
    member: str | None = None


_tables: dict[type[models.Model], PersonalTable] = {}


def register_personal_table(table: PersonalTable) -> None:
    """Register a table; once for each model."""
    _tables[table.model] = table


def personal_tables() -> Sequence[PersonalTable]:
    """Return all registered tables, in order of registration."""
    return list(_tables.values())


def rows_by(model: type[models.Model], lookup: str = "member") -> Callable[[UUID], "models.QuerySet[Any]"]:
    """Return what finds the rows of a member by a foreign key, in the order in which they were made."""
    return lambda member_id: model._base_manager.filter(**{lookup: member_id}).order_by("pk")
