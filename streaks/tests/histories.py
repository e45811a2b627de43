"""Histories of one member in one streak for hypothesis to draw: any rules, clocks, logs, pauses and presents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from streaks.tests.brute_force import (
    HARD_ZONES,
    ExpectedProgress,
    LoggedActivity,
    Pause,
    bounds_of_period,
    expected_progress,
    next_period,
    period_of_instant,
)

MICROSECOND = timedelta(microseconds=1)
KINDS = ("daily", "weekly", "monthly")
# Sums that meet a target of 0.3 or 1 exactly, just miss it, overshoot it, or take from it again.
AMOUNTS = tuple(Decimal(text) for text in ("0.1", "0.2", "0.2999", "0.3", "1", "1", "1", "5", "0", "-0.1", "-1", "-5"))
POSITIONS = ("first", "second", "third", "middle", "last")


@dataclass(frozen=True)
class History:
    """Everything that decides what the rules make of a member's logs; see `brute_force.expected_progress`."""

    method: str
    period_kind: str
    zone: str
    first_weekday: int
    target: Decimal
    completion_target: int
    logs: tuple[LoggedActivity, ...]
    pauses: tuple[Pause, ...]
    now: datetime

    def expected(
        self,
        logs: Sequence[LoggedActivity] | None = None,
        *,
        now: datetime | None = None,
        pauses: Sequence[Pause] | None = None,
    ) -> ExpectedProgress:
        """Return what the brute force makes of this history, or of other logs, another present or other pauses."""
        return expected_progress(
            self.logs if logs is None else logs,
            method=self.method,
            period_kind=self.period_kind,
            zone=self.zone,
            first_weekday=self.first_weekday,
            target=self.target,
            completion_target=self.completion_target,
            pauses=self.pauses if pauses is None else pauses,
            now=now or self.now,
        )

    def bounds_around(self, instant: datetime) -> tuple[datetime, datetime]:
        """Return the bounds of the period in which an instant lies."""
        key = period_of_instant(instant, kind=self.period_kind, zone=self.zone, first_weekday=self.first_weekday)
        return bounds_of_period(key, kind=self.period_kind, zone=self.zone, first_weekday=self.first_weekday)


@cache
def days_of_clock_changes(zone: str) -> list[datetime]:
    """Return every noon in UTC, 1970 to 2040, that comes less than a day before a clock change."""
    clock = ZoneInfo(zone)
    noons = [datetime(1970, 1, 2, 12, tzinfo=UTC) + timedelta(days=number) for number in range(365 * 70)]
    offsets = [noon.astimezone(clock).utcoffset() for noon in noons]
    changes = [noon for noon, before, after in zip(noons, offsets, offsets[1:], strict=False) if before != after]
    return changes or noons[:1]


@st.composite
def instants_of(draw: st.DrawFn, zone: str) -> datetime:
    """An instant from 1970 to 2040, every second time within days of a clock change of the zone."""
    if draw(st.booleans()):
        near = draw(st.sampled_from(days_of_clock_changes(zone)))
        return near + timedelta(minutes=draw(st.integers(-36 * 60, 60 * 60))) + MICROSECOND * draw(st.integers(-1, 1))
    return datetime(1970, 1, 2, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 70 * 365 * 86_400)))


@dataclass(frozen=True)
class _Stage:
    """A row of consecutive periods; instants are drawn where they hurt: at both ends, twice the same, or anywhere."""

    bounds: tuple[tuple[datetime, datetime], ...]

    def instant(self, number: int, position: str) -> datetime:
        starts_at, ends_at = self.bounds[number]
        length = ends_at - starts_at
        return {
            "first": starts_at,
            "second": starts_at + MICROSECOND,
            "third": starts_at + length / 3,
            "middle": starts_at + length / 2,
            "last": ends_at - MICROSECOND,
        }[position]

    def instants(self, first: int = 0, last: int | None = None) -> st.SearchStrategy[datetime]:
        numbers = st.integers(first, len(self.bounds) - 1 if last is None else last)
        return st.builds(self.instant, numbers, st.sampled_from(POSITIONS))


def _stage(around: datetime, kind: str, zone: str, first_weekday: int, size: int) -> _Stage:
    key = period_of_instant(around, kind=kind, zone=zone, first_weekday=first_weekday)
    bounds: list[tuple[datetime, datetime]] = []
    while len(bounds) < size:
        starts_at, ends_at = bounds_of_period(key, kind=kind, zone=zone, first_weekday=first_weekday)
        if starts_at < ends_at:
            bounds.append((starts_at, ends_at))
        key = next_period(key, kind, first_weekday)
    return _Stage(tuple(bounds))


@st.composite
def histories(
    draw: st.DrawFn,
    *,
    periods: int = 12,
    min_logs: int = 1,
    max_logs: int = 24,
    max_pauses: int = 2,
    zones: Sequence[str] = HARD_ZONES,
    amounts: Sequence[Decimal] = AMOUNTS,
    completion_targets: Sequence[int] = (1, 2, 3, 4, 5),
    methods: Sequence[str] = ("sum", "count"),
) -> History:
    """A history over some consecutive periods; the present may lie before its logs, among them or after them."""
    kind, zone, first_weekday = draw(st.sampled_from(KINDS)), draw(st.sampled_from(zones)), draw(st.integers(0, 6))
    stage = _stage(draw(instants_of(zone)), kind, zone, first_weekday, periods + 4)
    within = stage.instants(1, periods)
    logs = draw(st.lists(st.tuples(within, st.sampled_from(amounts)), min_size=min_logs, max_size=max_logs))
    edges = sorted(draw(st.lists(stage.instants(0, periods), max_size=2 * max_pauses, unique=True)))
    pauses: list[Pause] = [(edges[i], edges[i + 1]) for i in range(0, len(edges) - 1, 2)]
    latest, now = max(at for at, _ in logs), draw(stage.instants())
    if draw(st.booleans()) and max_pauses and (not pauses or pauses[-1][1] <= latest):
        pauses.append((latest + MICROSECOND * draw(st.sampled_from((0, 1, 10**10))), None))
        now = max(now, pauses[-1][0])
    return History(
        method=draw(st.sampled_from(methods)),
        period_kind=kind,
        zone=zone,
        first_weekday=first_weekday,
        target=draw(st.sampled_from((Decimal("0.3"), Decimal(1), Decimal(2), Decimal(3)))),
        completion_target=draw(st.sampled_from(completion_targets)),
        logs=tuple(logs),
        pauses=tuple(pauses),
        now=now,
    )
