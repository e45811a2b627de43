"""Count what an amnesty would change, exactly."""

import sys
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from streaks.management.selection import find_streak
from streaks.management.sharing_out import add_processes, share_out
from streaks.models import ExcuseKind, StreakExcuse
from streaks.progress.counting_impact import Members, count
from streaks.progress.deriving import Impact, describe_impact

MEMBERS_AT_ONCE = 2000
# Its thread, which redraws bars that stand still, would keep processes from being started as copies.
tqdm.monitor_interval = 0


class Command(BaseCommand):
    """The form and the dry run estimate it from a sample; this looks at everybody, and locks nothing."""

    help = "Counts what an amnesty of everybody would change: members, runs and rewards. Nothing is stored or locked."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--streak", metavar="ID", help="Only this streak; all without it.")
        parser.add_argument("--from", dest="first", required=True, metavar="DATE", type=_date, help="The first day.")
        parser.add_argument("--to", dest="last", required=True, metavar="DATE", type=_date, help="The last day.")
        parser.add_argument("--without-rewards", action="store_true", help="Nothing is issued for what runs reach.")
        add_processes(parser)

    def handle(self, *args: Any, first: date, last: date, processes: int, **options: Any) -> None:
        """Count batch by batch, and say what there is."""
        if last < first:
            raise CommandError("--to cannot be before --from.")
        excuse = StreakExcuse(kind=ExcuseKind.AMNESTY, starts_on=first, ends_on=last)
        excuse.without_rewards = options["without_rewards"]
        excuse.streak = find_streak(options["streak"]) if options["streak"] else None
        members, impact = Members(excuse), Impact()
        work = enumerate(members.batches(MEMBERS_AT_ONCE))
        counting = partial(_count, excuse=excuse, now=timezone.now())
        with tqdm(total=members.number(), unit=" members", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
            for looked_at, found in share_out(counting, work, processes=processes):
                impact.add(found)
                bar.update(looked_at)
        self._tell(impact)

    def _tell(self, impact: Impact) -> None:
        told = describe_impact(impact)
        runs = ", ".join(f"{number} {name}" for name, number in told["runs"].items())
        self.stdout.write(f"{impact.members} members change; runs: {runs}.")
        for one in told["rewards"]:
            self.stdout.write(f"{one['count']} rewards of “{one['name']}”.")


def _date(text: str) -> date:
    return date.fromisoformat(text)


def _count(member_ids: list[UUID], *, excuse: StreakExcuse, now: datetime) -> tuple[int, Impact]:
    return len(member_ids), count(excuse, member_ids, now=now)
