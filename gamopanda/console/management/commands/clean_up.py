"""Delete what has been kept long enough, and complete what an upgrade has left."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from gamopanda.console.leftovers import delete_audit_entries, delete_failed_sign_ins, delete_icons, delete_sessions
from rewards.coupons import fill_code_keys
from rewards.limits import give_out_all_owed


class Command(BaseCommand):
    """Facts of members are never among it."""

    help = (
        "Deletes expired sessions, failed sign-ins that no longer lock an account, audit entries and unused icons that "
        "are older than the settings keep them; gives codes their keys where a process of an earlier version has "
        "stored them during an upgrade; and gives out rewards that a raised limit has left waiting when the process "
        "was killed. Safe to run twice, at once, or never."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete, and say how much."""
        now = timezone.now()
        fill_code_keys()
        give_out_all_owed(now=now)
        sessions, sign_ins = delete_sessions(now=now), delete_failed_sign_ins(now=now)
        entries, icons = delete_audit_entries(now=now), delete_icons(now=now)
        self.stdout.write(
            f"Deleted: {sessions} sessions, {sign_ins} failed sign-ins, {entries} audit entries, {icons} icons."
        )
