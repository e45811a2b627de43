"""Compare what is derived with the logs."""

import sys
from functools import partial
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from streaks.management.selection import add_selection, batches_of_members, selected_streak_id
from streaks.management.sharing_out import add_processes, share_out
from streaks.progress import service


class Command(BaseCommand):
    """Changes nothing; `rebuild_progress` mends what it finds."""

    help = "Compares period totals and runs with the logs. Exit code 1 when they differ; says where."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to check one streak or one member, and to share the work out."""
        add_selection(parser)
        add_processes(parser)

    def handle(self, *args: Any, processes: int, **options: Any) -> None:
        """Check and report every difference on its own line."""
        members = differences = 0
        check = partial(_check, streak_id=selected_streak_id(options))
        for checked, lines in share_out(check, enumerate(batches_of_members(options)), processes=processes):
            members += checked
            differences += len(lines)
            for line in lines:
                self.stdout.write(line)
        self.stdout.write(f"{members} members checked, {differences} differences.")
        if differences:
            sys.exit(1)


def _check(members: list[UUID], *, streak_id: UUID | None) -> tuple[int, list[str]]:
    """Check a batch; return how many members it has, and every difference."""
    return len(members), service.check(members, now=timezone.now(), streak_id=streak_id)
