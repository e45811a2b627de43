"""Changes of tables while they are in use."""

from typing import Any, Self

from django.db.backends.postgresql.schema import DatabaseSchemaEditor

LOCK_MILLISECONDS = 500
"""Less than the second after which PostgreSQL looks for deadlocks: it is the migration that gives way, and no call."""


class PatientSchemaEditor(DatabaseSchemaEditor):
    """Lets a migration in a transaction wait for each lock for a moment only: who writes queues up behind it.

    It then fails whole, and `migrate` begins it anew. One without a transaction makes indexes, and may wait.
    """

    def __enter__(self) -> Self:
        """Set the limit for the transaction."""
        editor: Any = super().__enter__()
        if self.atomic_migration and not self.collect_sql:
            self.execute(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")
        return editor  # type: ignore[no-any-return]
