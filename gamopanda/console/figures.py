"""The figures and the pictures of the first page: how everything is going, all streaks taken together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.cache import cache
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from rewards.models import RewardStatus
from rewards.results import rewards_by_day, rewards_by_status
from streaks.admin.charts import columns
from streaks.models import DayTally, RunStatus, RunTally, StreakLog, StreakProgress
from streaks.presenters.results import DAYS_COUNTED, StreakNumbers, count_by_day, day_at, days_until, start_of

SECONDS_KEPT = 60
ACTIVE_KEY = "rewards.admin.members_active"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, and what it counts."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A number for each of the last days, drawn, with their sum."""

    name: str
    total: int
    picture: SafeString


def figures(numbers: Mapping[UUID, StreakNumbers], *, now: datetime) -> Iterator[Figure]:
    """Yield the figures; `numbers` are those of every streak, as last counted."""
    today = day_at(now)
    monday = today - timedelta(days=today.weekday())
    rewards = rewards_by_status(since=today - timedelta(days=DAYS_COUNTED - 1), until=today)
    completed = RunTally.objects.filter(status=RunStatus.COMPLETED, ends_on__range=(monday, today))
    yield Figure(_("members active today"), members_active(now=now))
    yield Figure(_("active runs"), sum(streak.alive for streak in numbers.values()))
    yield Figure(_("at risk today"), runs_at_risk(now, start_of(today + timedelta(days=1))))
    yield Figure(_("completed this week"), sum(completed.values_list("runs", flat=True)))
    yield Figure(_("rewards issued in 30 days"), sum(rewards.values()))
    yield Figure(_("of these redeemed"), rewards.get(RewardStatus.REDEEMED, 0))


def members_active(*, now: datetime) -> int:
    """Return how many members were active today, counted within the last minute."""
    begins_at = start_of(day_at(now))
    # What happened today has come in since the day before, or a few minutes early (S1): that has an index.
    real = StreakLog.objects.filter(member__sandbox=False)
    logs = real.filter(created_at__gte=begins_at - timedelta(days=1), activity_at__gte=begins_at)
    active = logs.order_by().values("member").distinct()
    return cache.get_or_set(ACTIVE_KEY, active.count, SECONDS_KEPT) or 0


def runs_at_risk(now: datetime, until: datetime) -> int:
    """Return how many runs break by an instant unless more comes; a pause stops the clock (S19)."""
    running = Q(stored_status=RunStatus.IN_PROGRESS, breaks_at__gt=now, breaks_at__lte=until)
    real = StreakProgress.objects.filter(member__sandbox=False)
    return real.filter(running, streak__paused_at=None, streak__deleted_at=None).count()


def charts(*, now: datetime) -> Iterator[Chart]:
    """Yield a picture of the last 30 days for what came in, what began, what was completed and what was earned."""
    days = days_until(day_at(now), DAYS_COUNTED)
    between = (days[0], days[-1])
    completed = RunTally.objects.filter(status=RunStatus.COMPLETED, ends_on__range=between)
    yield _chart(_("Activities"), days, count_by_day(DayTally.objects.filter(day__range=between), "day", "logs"))
    began = count_by_day(RunTally.objects.filter(starts_on__range=between), "starts_on", "runs")
    yield _chart(_("Runs begun"), days, began)
    yield _chart(_("Runs completed"), days, count_by_day(completed, "ends_on", "runs"))
    yield _chart(_("Rewards issued"), days, rewards_by_day(since=days[0], until=days[-1]))


def _chart(name: str, days: Sequence[date], found: Mapping[date, int]) -> Chart:
    values = [found.get(day, 0) for day in days]
    first, last = (date_format(day, "MONTH_DAY_FORMAT") for day in (days[0], days[-1]))
    told = _("%(name)s from %(first)s to %(last)s, day by day: %(values)s") % {
        "name": name,
        "first": first,
        "last": last,
        "values": ", ".join(str(value) for value in values),
    }
    return Chart(name, sum(values), columns(values, told))
