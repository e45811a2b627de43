"""Apply facts about many members to all whom they concern."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from gamopanda.api.limits.looping import add_loop_options, run_rounds
from streaks.progress.applying import apply_pending


class Command(BaseCommand):
    """A call applies such a fact to the first thousand members: this does the others."""

    help = (
        "Applies amnesties, versions of the rules and edited holidays to the members whose turn has not come, in "
        "batches. Safe to run twice, at once, or to be killed at any point: it goes on where it was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to go on for ever."""
        add_loop_options(parser)

    def handle(self, *args: Any, loop: bool, every: float, **options: Any) -> None:
        """Apply once, or in rounds."""
        run_rounds("apply_facts", self.apply, loop=loop, every=every)

    def apply(self) -> None:
        """Apply what is there, and say to how many."""
        self.stdout.write(f"{apply_pending(now=timezone.now())} facts applied to all whom they concern.")
