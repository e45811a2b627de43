"""Stamp the runs that the clock has broken."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from gamopanda.api.limits.looping import add_loop_options, run_rounds
from streaks.progress.housekeeping import close_runs


class Command(BaseCommand):
    """Housekeeping only: every reader looks at the clock itself (S16)."""

    help = "Stamps runs whose period ended incomplete as broken. Safe to run twice, at once, or never."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to go on for ever."""
        add_loop_options(parser)

    def handle(self, *args: Any, loop: bool, every: float, **options: Any) -> None:
        """Stamp once, or in rounds."""
        run_rounds("close_periods", self.close, loop=loop, every=every)

    def close(self) -> None:
        """Stamp once, and say how many."""
        self.stdout.write(f"{close_runs(now=timezone.now())} runs stamped as broken.")
