"""Run everything that works in the background, in one process."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from gamopanda.api.limits.looping import run_together
from gamopanda.events.delivering import Deliverer
from gamopanda.events.reminders.sending import send_due
from streaks.progress.applying import apply_pending
from streaks.progress.housekeeping import close_runs

MINUTE, DAY = 60.0, 24 * 3600.0


class Command(BaseCommand):
    """What the commands of the same names do in processes of their own."""

    help = (
        "Runs close_periods, apply_facts, deliver_events, send_reminders, issue_rewards and clean_up side by side "
        "until it is stopped: all that a small installation needs beside its server. Several may run at once."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until stopped."""
        deliverer = Deliverer()
        loops = {
            "close_periods": (lambda: close_runs(now=timezone.now()), MINUTE),
            "apply_facts": (lambda: apply_pending(now=timezone.now()), MINUTE),
            "deliver_events": (deliverer.step, 0.5),
            "send_reminders": (lambda: send_due(now=timezone.now()), MINUTE),
            "issue_rewards": (lambda: call_command("issue_rewards", stdout=self.stdout), MINUTE),
            "clean_up": (lambda: call_command("clean_up", stdout=self.stdout), DAY),
        }
        try:
            run_together(loops)
        finally:
            deliverer.finish()
        self.stdout.write("Stopped.")
