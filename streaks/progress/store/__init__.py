"""What reads and writes for the service."""

from django.db import connection

from streaks.progress.store.orm import OrmStore
from streaks.progress.store.postgres import PostgresStore


def store() -> OrmStore:
    """Return the store for the database in use."""
    return PostgresStore() if connection.vendor == "postgresql" else OrmStore()
