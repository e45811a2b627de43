"""Compare what is derived with the logs."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from streaks.management.selection import add_selection, batches_of_members, selected_streak_id
from streaks.rebuilding import find_drift


class Command(BaseCommand):
    """Changes nothing; `rebuild_progress` mends what it finds."""

    help = "Compares period totals and runs with the logs. Exit code 1 when they differ; says where."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to check one streak or one member."""
        add_selection(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Check and report every difference on its own line."""
        members = differences = 0
        for batch in batches_of_members(options):
            members += len(batch)
            for line in find_drift(batch, now=timezone.now(), streak_id=selected_streak_id(options)):
                differences += 1
                self.stdout.write(line)
        self.stdout.write(f"{members} members checked, {differences} differences.")
        if differences:
            sys.exit(1)
