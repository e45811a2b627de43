"""Deliver events to webhook endpoints."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from gamopanda.api.limits.looping import add_loop_options, run_rounds
from gamopanda.events.delivering import Deliverer


class Command(BaseCommand):
    """Several may run at once, on one host or many."""

    help = "Delivers events that are due to webhook endpoints. Several may run at once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to go on for ever."""
        add_loop_options(parser, every=0.5)

    def handle(self, *args: Any, loop: bool, every: float, **options: Any) -> None:
        """Deliver what is due, or go on until stopped."""
        deliverer = Deliverer()
        try:
            run_rounds("deliver_events", deliverer.step, loop=loop, every=every)
        finally:
            deliverer.finish()
        self.stdout.write(f"{deliverer.delivered} deliveries taken, {deliverer.failed} tries failed.")
