"""The rules S1–S19 once more, read from the rules alone and in the dumbest way that can be right.

Nothing of `streaks` is imported here. Period bounds are found by looking at the clock minute after minute, and runs by
walking over every single period. `expected_progress` is what the real code is compared with.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

# Clocks that have broken naive code: half-hour changes, midnights, dates and whole hours that do not exist or exist
# twice, offsets from -12:00 to +14:00, changes at one minute past midnight, offsets with seconds.
HARD_ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Beirut",
    "America/Santiago",
    "Africa/Cairo",
    "America/Havana",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Pacific/Kiritimati",
    "Asia/Kathmandu",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Antarctica/Casey",
    "Antarctica/Troll",
    "Africa/Casablanca",
    "Africa/Monrovia",
    "Asia/Tehran",
    "Asia/Amman",
    "America/Scoresbysund",
    "Pacific/Chatham",
    "Etc/GMT+12",
)

# One activity: when it happened, and how much it was (None where the method only counts).
LoggedActivity = tuple[datetime, Decimal | None]
# One time in which the streak was paused: from, until (None: it still is).
Pause = tuple[datetime, datetime | None]


@dataclass(frozen=True)
class ExpectedTotal:
    """What one period adds up to (S6–S10)."""

    total: Decimal
    log_count: int
    first_activity_at: datetime
    last_activity_at: datetime
    completed_at: datetime | None


@dataclass
class ExpectedRun:
    """One attempt at the streak, as it reads at the present instant (S11–S16).

    `starts_on` is the key of its first period, `ends_on` that of the period that completed it, broke it, or will break
    it if nothing more comes. `breaks_at` is the end of that period for a run in progress; both are None while an open
    pause keeps a run in progress from ever breaking.
    """

    starts_on: date
    streak_started_at: datetime
    status: str = "in_progress"
    current_progress_value: int = 0
    ends_on: date | None = None
    breaks_at: datetime | None = None
    streak_completed_at: datetime | None = None
    streak_broken_at: datetime | None = None


@dataclass
class ExpectedProgress:
    """Everything that the rules say about one member and one streak: totals by period key, runs from old to new."""

    totals: dict[date, ExpectedTotal] = field(default_factory=dict)
    runs: list[ExpectedRun] = field(default_factory=list)

    @property
    def current_run(self) -> ExpectedRun | None:
        """The run that the member sees: the latest."""
        return self.runs[-1] if self.runs else None


@cache
def _first_instant_on_or_after(day: date, zone: str) -> datetime:
    """Look at the clock every minute, then every second, until it first shows `day` or later (S4)."""
    clock = ZoneInfo(zone)
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16)
    while instant.astimezone(clock).date() < day:
        instant += timedelta(minutes=1)
    while (instant - timedelta(seconds=1)).astimezone(clock).date() >= day:
        instant -= timedelta(seconds=1)
    return instant


def first_date_of_period(day: date, kind: str, first_weekday: int) -> date:
    """Go back one day at a time to the first date of the period that `day` lies in (S3)."""
    while (kind == "weekly" and day.weekday() != first_weekday) or (kind == "monthly" and day.day != 1):
        day -= timedelta(days=1)
    return day


def next_period(key: date, kind: str, first_weekday: int) -> date:
    """Go on one day at a time to the first date of the next period of the calendar, even one that has no instant."""
    day = key + timedelta(days=1)
    while first_date_of_period(day, kind, first_weekday) != day:
        day += timedelta(days=1)
    return day


def bounds_of_period(key: date, *, kind: str, zone: str, first_weekday: int) -> tuple[datetime, datetime]:
    """Return the first instant of the period and that of the next, in UTC (S4); equal when the date does not exist."""
    following = next_period(key, kind, first_weekday)
    return _first_instant_on_or_after(key, zone), _first_instant_on_or_after(following, zone)


def period_of_instant(instant: datetime, *, kind: str, zone: str, first_weekday: int) -> date:
    """The key of the one period whose bounds hold `instant` (S2, S4).

    Where a clock is put back over midnight the old date shows once more, but its period has already ended.
    """
    key = first_date_of_period(instant.astimezone(ZoneInfo(zone)).date(), kind, first_weekday)
    while bounds_of_period(key, kind=kind, zone=zone, first_weekday=first_weekday)[1] <= instant:
        key = next_period(key, kind, first_weekday)
    return key


def total_of_period(logs: Sequence[LoggedActivity], *, method: str, target: Decimal) -> ExpectedTotal:
    """Add up the logs of one period; logs of the same instant count together (S6–S10)."""
    instants = sorted({at for at, _ in logs})
    totals = [_total(logs, method, until=instant) for instant in instants]
    completed_at = None
    for instant, total in reversed(list(zip(instants, totals, strict=True))):
        if total < target:
            break
        completed_at = instant
    return ExpectedTotal(totals[-1], len(logs), instants[0], instants[-1], completed_at)


def _total(logs: Sequence[LoggedActivity], method: str, *, until: datetime) -> Decimal:
    values = [value for at, value in logs if at <= until]
    if method == "count":
        return Decimal(len(values))
    return sum((value for value in values if value is not None), Decimal(0))


def _is_excused(starts_at: datetime, ends_at: datetime, pauses: Iterable[Pause]) -> bool:
    for paused_at, resumed_at in pauses:
        lasted = resumed_at is None or resumed_at > paused_at
        if lasted and paused_at < ends_at and (resumed_at is None or resumed_at > starts_at):
            return True
    return False


def expected_progress(
    logs: Sequence[LoggedActivity],
    *,
    method: str,
    period_kind: str,
    zone: str,
    first_weekday: int,
    target: Decimal,
    completion_target: int,
    pauses: Sequence[Pause] = (),
    now: datetime,
) -> ExpectedProgress:
    """Say what the rules make of a member's logs at the instant `now`.

    `logs`: (activity_at, value) of every recorded log, in any order, repeats (S27) already left out; `method`: "sum" or
    "count"; `period_kind`: "daily", "weekly" or "monthly"; `zone`: IANA name; `first_weekday`: 0 is Monday; `target`:
    what completes a period; `completion_target`: completed periods that complete a run; `pauses`: (paused_at,
    resumed_at or None) half-open. All instants are aware.

    S1 lets a log be five minutes ahead of `now`. Such a log says that its period has begun for the member, so the
    periods before it have ended (S14): the present is the later of `now` and the latest log.
    """
    clock = _Clock(period_kind, zone, first_weekday)
    progress = ExpectedProgress()
    if logs:
        progress.totals = _totals(logs, clock, method=method, target=target)
        present = max(now, *(at for at, _ in logs))
        progress.runs = _runs(progress.totals, clock, completion_target=completion_target, pauses=pauses, now=present)
    return progress


@dataclass(frozen=True)
class _Clock:
    kind: str
    zone: str
    first_weekday: int

    def key_of(self, instant: datetime) -> date:
        return period_of_instant(instant, kind=self.kind, zone=self.zone, first_weekday=self.first_weekday)

    def bounds(self, key: date) -> tuple[datetime, datetime]:
        return bounds_of_period(key, kind=self.kind, zone=self.zone, first_weekday=self.first_weekday)

    def next(self, key: date) -> date:
        return next_period(key, self.kind, self.first_weekday)


def _totals(
    logs: Sequence[LoggedActivity], clock: _Clock, *, method: str, target: Decimal
) -> dict[date, ExpectedTotal]:
    by_period: dict[date, list[LoggedActivity]] = {}
    for log in logs:
        by_period.setdefault(clock.key_of(log[0]), []).append(log)
    return {key: total_of_period(by_period[key], method=method, target=target) for key in sorted(by_period)}


def _runs(
    totals: dict[date, ExpectedTotal],
    clock: _Clock,
    *,
    completion_target: int,
    pauses: Sequence[Pause],
    now: datetime,
) -> list[ExpectedRun]:
    """Walk over every period from the first with a log until nothing more can happen."""
    open_pause_at = min((paused_at for paused_at, resumed_at in pauses if resumed_at is None), default=None)
    runs: list[ExpectedRun] = []
    run: ExpectedRun | None = None
    key, last_key = min(totals), max(totals)
    while run is not None or key <= last_key:
        starts_at, ends_at = clock.bounds(key)
        total = totals.get(key)
        if run is None and total is not None:
            run = ExpectedRun(starts_on=key, streak_started_at=total.first_activity_at)  # S11
            runs.append(run)
        if run is None or starts_at == ends_at:
            pass  # no run to judge; or a date that does not exist, which can neither be met nor missed (S4)
        elif total is not None and total.completed_at is not None:
            run.current_progress_value += 1  # S12, also in an excused period (S19)
            if run.current_progress_value == completion_target:
                run.status, run.ends_on, run.streak_completed_at = "completed", key, total.completed_at
                run = None  # S13: the next run can start in the next period
        elif _is_excused(starts_at, ends_at, pauses):
            if key > last_key and open_pause_at is not None and open_pause_at < ends_at:
                break  # S19: the pause has no end yet, so nothing that comes can be missed
        elif ends_at <= now:
            run.status, run.ends_on, run.streak_broken_at = "broken", key, ends_at  # S14
            run = None
        else:
            run.ends_on, run.breaks_at = key, ends_at  # S15: the current period is no miss yet
            break
        key = clock.next(key)
    return runs
