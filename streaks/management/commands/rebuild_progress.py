"""Derive period totals and runs once more from the logs."""

from functools import partial
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from streaks.management.selection import add_selection, batches_of_members, selected_streak_id
from streaks.management.sharing_out import add_processes, share_out
from streaks.progress import service


class Command(BaseCommand):
    """Members are rebuilt in batches, each in a transaction, while posts go on."""

    help = "Rebuilds period totals and runs from the logs, for all members or some. Issues and takes away no reward."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to rebuild one streak or one member, and to share the work out."""
        add_selection(parser)
        add_processes(parser)

    def handle(self, *args: Any, processes: int, **options: Any) -> None:
        """Rebuild and say what was found wrong."""
        members = corrected = 0
        rebuild = partial(_rebuild, streak_id=selected_streak_id(options))
        for rebuilt, differences in share_out(rebuild, enumerate(batches_of_members(options)), processes=processes):
            members += rebuilt
            corrected += differences
        self.stdout.write(f"{members} members rebuilt, {corrected} rows corrected.")


def _rebuild(members: list[UUID], *, streak_id: UUID | None) -> tuple[int, int]:
    """Rebuild a batch; return how many members it has, and how many rows were found wrong."""
    changes = service.rederive(members, now=timezone.now(), streak_id=streak_id)
    differences = (service.describe_differences(pair, one) for pair, one in changes.items())
    return len(members), sum(map(len, differences))
