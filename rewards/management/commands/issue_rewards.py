"""Give out the rewards that are due to many members."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from gamopanda.api.limits.looping import add_loop_options, run_rounds
from rewards.issuing.limits import give_out_all_owed
from rewards.issuing.past import issue_all_past_rewards


class Command(BaseCommand):
    """What is due to few is given out by the call that makes it due."""

    help = (
        "Gives out the rewards that are due to many members: those that waited for a limit which was raised, and those "
        "for a milestone that members had passed before it went live. Safe to run twice, at once, or to be killed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to go on for ever."""
        add_loop_options(parser)

    def handle(self, *args: Any, loop: bool, every: float, **options: Any) -> None:
        """Work once, or in rounds."""
        run_rounds("issue_rewards", self.issue, loop=loop, every=every)

    def issue(self) -> None:
        """Give out all that is due."""
        given, issued = give_out_all_owed(now=timezone.now()), issue_all_past_rewards(now=timezone.now())
        self.stdout.write(f"Rewards given out after a limit was raised: {given}; issued for the past: {issued}.")
