"""Load the demo."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from gamopanda.demo.loading import load_demo


class Command(BaseCommand):
    """Loads the demo once: a second run adds nothing."""

    help = "Loads the demo once: four streaks with members in every state of them. A second run adds nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say how much."""
        try:
            loaded = load_demo(now=timezone.now())
        except ValueError as error:
            raise CommandError(str(error)) from error
        if loaded is None:
            self.stdout.write("The demo was loaded before: nothing added.")
            return
        self.stdout.write(
            f"Demo loaded: {loaded.streaks} streaks, {loaded.milestones} milestones, {loaded.members} members, "
            f"{loaded.logs} activity logs, {loaded.rewards} rewards."
        )
