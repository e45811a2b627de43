"""Send the reminders that are due."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from gamopanda.api.limits.looping import add_loop_options, run_rounds
from gamopanda.events.reminders.sending import send_due


class Command(BaseCommand):
    """Several may run at once, on one host or many."""

    help = "Sends the reminders that are due, as events or by e-mail. Several may run at once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to go on for ever."""
        add_loop_options(parser)

    def handle(self, *args: Any, loop: bool, every: float, **options: Any) -> None:
        """Send once, or in rounds."""
        run_rounds("send_reminders", self.send, loop=loop, every=every)

    def send(self) -> None:
        """Send once, and say how many."""
        self.stdout.write(f"{send_due(now=timezone.now())} reminders sent.")
