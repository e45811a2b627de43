"""Migrate while the tables are in use."""

import time
from typing import Any

from django.core.management.commands import migrate
from django.db import OperationalError
from psycopg.errors import LockNotAvailable

TRIES = 60
SECONDS_BETWEEN_TRIES = 1


class Command(migrate.Command):
    """Django's own, which begins a migration anew that did not get a lock in time; what it has done, it finds done."""

    help = (
        "Applies the migrations, also while servers of the earlier version answer calls: one that waits for a table "
        "gives way, and begins anew."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate."""
        for left in reversed(range(TRIES)):
            try:
                super().handle(*args, **options)
            except OperationalError as error:
                if not left or not isinstance(error.__cause__, LockNotAvailable):
                    raise
            else:
                return
            self.stderr.write("A table is in use. The migration is undone, and begins anew.")
            time.sleep(SECONDS_BETWEEN_TRIES)
