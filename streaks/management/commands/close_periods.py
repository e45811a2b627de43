"""Stamp the runs that the clock has broken."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from streaks.progress.housekeeping import close_runs


class Command(BaseCommand):
    """Housekeeping only: every reader looks at the clock itself (S16)."""

    help = "Stamps runs whose period ended incomplete as broken. Safe to run twice, at once, or never."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help="Run until stopped, once every --every seconds.")
        parser.add_argument("--every", type=float, default=60, metavar="SECONDS", help="Pause between rounds (60).")

    def handle(self, *args: Any, loop: bool, every: float, **options: Any) -> None:
        """Stamp once, or in rounds until SIGTERM or SIGINT; a round that has begun is finished first."""
        stop = threading.Event()
        if loop:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
        while True:
            closed = close_runs(now=timezone.now())
            self.stdout.write(f"{closed} runs stamped as broken.")
            if not loop or stop.wait(every):
                return
