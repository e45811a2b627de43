"""What is told of freezes that members were given."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.conf import settings

from gamopanda.events.outbox import NewEvent
from gamopanda.events.rendering import read_members, render_freeze, render_member, render_run, render_streak
from gamopanda.events.types import EventType
from streaks.models import Streak, StreakFreeze
from streaks.presenters.runs import newest_runs, present_runs_of


def tell_given(freezes: Sequence[StreakFreeze], *, now: datetime) -> Iterator[NewEvent]:
    """Yield an event for each gift, with the newest run of its member."""
    members = read_members({freeze.member_id for freeze in freezes})
    streaks = Streak.objects.in_bulk({freeze.streak_id for freeze in freezes})
    found = {}
    for streak in streaks.values():
        receivers = [members[freeze.member_id] for freeze in freezes if freeze.streak_id == streak.pk]
        runs = list(newest_runs(streak, receivers).values())
        for run in present_runs_of(streaks, runs, now=now, language=settings.LANGUAGE_CODE):
            found[run.member_id, streak.pk] = run
    for freeze in freezes:
        newest = found.get((freeze.member_id, freeze.streak_id))
        data = {
            "isLate": False,
            "member": render_member(members[freeze.member_id]),
            "streak": render_streak(streaks[freeze.streak_id]),
            "streakFreeze": render_freeze(freeze),
            "streakProgress": newest and render_run(newest),
        }
        yield NewEvent(EventType.STREAK_FREEZE_GRANTED, data, freeze.streak_id, freeze.member_id)
