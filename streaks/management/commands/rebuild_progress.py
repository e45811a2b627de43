"""Derive period totals and runs once more from the logs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from streaks.management.selection import add_selection, batches_of_members, selected_streak_id
from streaks.rebuilding import rebuild_members


class Command(BaseCommand):
    """Members are rebuilt in batches, each in a transaction, while posts go on."""

    help = "Rebuilds period totals and runs from the logs, for all members or some. Issues and takes away no reward."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to rebuild one streak or one member."""
        add_selection(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild and say what was found wrong."""
        members = corrected = 0
        for batch in batches_of_members(options):
            rebuilt = rebuild_members(batch, now=timezone.now(), streak_id=selected_streak_id(options))
            members += len(batch)
            corrected += len(rebuilt.drift())
        self.stdout.write(f"{members} members rebuilt, {corrected} rows corrected.")
