"""Delete what has been kept long enough, and complete what an upgrade has left."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from gamopanda.api.limits.looping import run_rounds
from gamopanda.console.leftovers import (
    delete_audit_entries,
    delete_failed_sign_ins,
    delete_icons,
    delete_kept_answers,
    delete_sessions,
)
from gamopanda.events.cleaning import delete_old_events
from rewards.coupons import fill_code_keys


class Command(BaseCommand):
    """Facts of members are never among it."""

    help = (
        "Deletes expired sessions, failed sign-ins that no longer lock an account, audit entries, unused icons and "
        "events with their deliveries that are older than the settings keep them, and answers kept for repeated calls "
        "after 24 hours; and gives codes their keys where a process of an earlier version has stored them during an "
        "upgrade. Safe to run twice, at once, or never."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete once."""
        run_rounds("clean_up", self.delete, loop=False, every=0)

    def delete(self) -> None:
        """Delete, and say how much."""
        now = timezone.now()
        fill_code_keys()
        sessions, sign_ins = delete_sessions(now=now), delete_failed_sign_ins(now=now)
        entries, icons = delete_audit_entries(now=now), delete_icons(now=now)
        answers, events = delete_kept_answers(now=now), delete_old_events(now=now)
        self.stdout.write(
            f"Deleted: {sessions} sessions, {sign_ins} failed sign-ins, {entries} audit entries, {icons} icons, "
            f"{answers} kept answers, {events} events."
        )
