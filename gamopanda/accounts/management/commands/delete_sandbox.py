"""Delete what was tried out."""

from typing import Any

from django.core.management.base import BaseCommand

from gamopanda.accounts.sandbox import delete_sandbox_members


class Command(BaseCommand):
    """Delete all sandbox members with their logs, runs, rewards and events; sandbox keys and endpoints stay."""

    help = "Deletes all sandbox members, with everything that was recorded for them."

    def handle(self, **_options: Any) -> None:
        """Delete them, some at a time."""
        self.stdout.write(f"Deleted {delete_sandbox_members()} sandbox members.")
