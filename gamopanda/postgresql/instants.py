"""Instants as PostgreSQL gives them, read by the quickest parser there is.

The driver's own, which Django builds on, takes seven times as long: with five instants to a row, that was a third of
what reading many rows cost.
"""

from datetime import UTC, datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.psycopg_any import BaseTzLoader
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from psycopg.abc import Buffer


class InstantLoader(BaseTzLoader):  # type: ignore[misc]  # Django gives it no types
    """Reads what is written as `2026-03-01 12:00:00.5+00`: connections are set to UTC."""

    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        """Return the aware datetime."""
        return datetime.fromisoformat(str(data, "ascii"))


@receiver(connection_created, dispatch_uid="gamopanda.read_instants")
def read_instants_quickly(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    """Let a new connection to PostgreSQL read instants this way."""
    if connection.vendor == "postgresql":
        connection.connection.adapters.register_loader("timestamptz", InstantLoader)
