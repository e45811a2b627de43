"""The figures and the pictures of the first page: how everything is going, all streaks taken together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.cache import cache
from django.db.models import Model
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from gamopanda.accounts.models import Member
from gamopanda.admin.links import list_of
from rewards.models import RewardLog, RewardStatus
from rewards.results import rewards_by_day, rewards_by_status
from streaks.admin.charts import columns
from streaks.models import DayTally, RunStatus, RunTally, StreakLog, StreakProgress
from streaks.presenters.results import (
    DAYS_COUNTED,
    StreakNumbers,
    at_risk_today,
    count_by_day,
    day_at,
    days_until,
    logs_today,
)

SECONDS_KEPT = 60
REAL: dict[str, object] = {"member__sandbox__exact": 0}
"""The filter of a list that leaves out members of the sandbox, who are counted nowhere."""
ACTIVE_KEY = "rewards.admin.members_active"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, what it counts, and the list of those behind it."""

    name: str
    number: int
    model: type[Model]
    filters: Mapping[str, object]

    @property
    def address(self) -> str:
        """The address of the list."""
        return list_of(self.model, **self.filters)

    @property
    def right(self) -> str:
        """The right to open the list."""
        return f"{self.model._meta.app_label}.view_{self.model._meta.model_name}"


@dataclass(frozen=True, slots=True)
class Chart:
    """A number for each of the last days, drawn, with their sum."""

    total: Figure
    picture: SafeString

    @property
    def name(self) -> str:
        """What it counts."""
        return self.total.name


def figures(numbers: Mapping[UUID, StreakNumbers], *, now: datetime) -> Iterator[Figure]:
    """Yield the figures; `numbers` are those of every streak, as last counted."""
    today = day_at(now)
    monday = today - timedelta(days=today.weekday())
    first = today - timedelta(days=DAYS_COUNTED - 1)
    rewards, issued = rewards_by_status(since=first, until=today), within("reward_issued_at__date", first, today)
    completed = RunTally.objects.filter(status=RunStatus.COMPLETED, ends_on__range=(monday, today))
    alive, redeemed = sum(streak.alive for streak in numbers.values()), rewards.get(RewardStatus.REDEEMED, 0)
    yield Figure(_("members active today"), members_active(now=now), Member, {"active": "today"})
    yield Figure(_("active runs"), alive, StreakProgress, {"status": RunStatus.IN_PROGRESS} | REAL)
    yield Figure(_("at risk today"), runs_at_risk(now), StreakProgress, {"at_risk": "today"} | REAL)
    yield Figure(_("completed this week"), sum(completed.values_list("runs", flat=True)), *_completed(monday, today))
    yield Figure(_("rewards issued in 30 days"), sum(rewards.values()), RewardLog, issued)
    yield Figure(_("of these redeemed"), redeemed, RewardLog, {"status": RewardStatus.REDEEMED} | issued)


def within(field: str, first: date, last: date) -> dict[str, object]:
    """Return the filters of a list for real members, and a day in a range."""
    return {f"{field}__gte": first.isoformat(), f"{field}__lte": last.isoformat()} | REAL


def _completed(first: date, last: date) -> tuple[type[Model], dict[str, object]]:
    return StreakProgress, {"status": RunStatus.COMPLETED} | within("ends_on", first, last)


def members_active(*, now: datetime) -> int:
    """Return how many members were active today, counted within the last minute."""
    active = logs_today(now).values("member").distinct()
    return cache.get_or_set(ACTIVE_KEY, active.count, SECONDS_KEPT) or 0


def runs_at_risk(now: datetime) -> int:
    """Return how many runs break today unless more comes."""
    return StreakProgress.objects.filter(at_risk_today(now), member__sandbox=False).count()


def charts(*, now: datetime) -> Iterator[Chart]:
    """Yield a picture of the last 30 days for what came in, what began, what was completed and what was earned."""
    days = days_until(day_at(now), DAYS_COUNTED)
    between = (days[0], days[-1])
    completed = RunTally.objects.filter(status=RunStatus.COMPLETED, ends_on__range=between)
    logs = count_by_day(DayTally.objects.filter(day__range=between), "day", "logs")
    yield _chart(_("Activities"), days, logs, StreakLog, within("activity_at__date", *between))
    began = count_by_day(RunTally.objects.filter(starts_on__range=between), "starts_on", "runs")
    yield _chart(_("Runs begun"), days, began, StreakProgress, within("starts_on", *between))
    yield _chart(_("Runs completed"), days, count_by_day(completed, "ends_on", "runs"), *_completed(*between))
    rewards = rewards_by_day(since=days[0], until=days[-1])
    yield _chart(_("Rewards issued"), days, rewards, RewardLog, within("reward_issued_at__date", *between))


def _chart(
    name: str, days: Sequence[date], found: Mapping[date, int], model: type[Model], filters: Mapping[str, object]
) -> Chart:
    values = [found.get(day, 0) for day in days]
    first, last = (date_format(day, "MONTH_DAY_FORMAT") for day in (days[0], days[-1]))
    told = _("%(name)s from %(first)s to %(last)s, day by day: %(values)s") % {
        "name": name,
        "first": first,
        "last": last,
        "values": ", ".join(str(value) for value in values),
    }
    return Chart(Figure(name, sum(values), model, filters), columns(values, told))
