"""How much of a member's history a new log makes it necessary to read: the runs that it can touch and their totals.

Most logs fall into the running run, and late ones change a run or two. So a window opens on the first runs from the
touched period on, and only where these grow into the run that follows is it opened to the end: recording a log costs
the same whatever lies before it and, but for that, after it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from itertools import islice
from operator import attrgetter, or_
from uuid import UUID

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from streaks.core.runs import Run
from streaks.models import RunStatus, StreakProgress, TaskProgress
from streaks.run_storage import Pair

# The run that is touched, one that it may join, and the one that tells where to stop.
RUNS_AT_ONCE = 3
# How many different dates one query asks for at a time.
DATES_AT_ONCE = 100


@dataclass(slots=True)
class HistoryWindow:
    """A stretch of one pair's history, from the run that the `earliest` touched period belongs to.

    `ends_before` is the first period of a run that follows and is not in the window; None when there is none.
    """

    pair: Pair
    earliest: date
    latest: date
    runs: list[StreakProgress] = field(default_factory=list)
    totals: dict[date, TaskProgress] = field(default_factory=dict)
    ends_before: date | None = None

    @property
    def starts_on(self) -> date:
        """The period at which to begin to fold."""
        return min([self.earliest, *(run.starts_on for run in self.runs)])

    def is_settled(self, folded: Sequence[Run]) -> bool:
        """Say whether the folded runs end before the one that follows, so that it and all later ones stay."""
        return self.ends_before is None or folded[-1].ends_on < self.ends_before


def open_windows(touched: Mapping[Pair, Iterable[date]]) -> dict[Pair, HistoryWindow]:
    """Read the window of every pair in which periods were touched; the caller holds the locks of the members."""
    windows = {pair: HistoryWindow(pair, min(keys), max(keys)) for pair, keys in touched.items()}
    _read_runs(windows, at_most=RUNS_AT_ONCE)
    too_narrow = {}
    for pair, window in windows.items():
        if len(window.runs) < RUNS_AT_ONCE:
            continue
        follower = window.runs.pop()
        window.ends_before = follower.starts_on
        if window.latest >= follower.starts_on:
            too_narrow[pair] = window
    _open_to_the_end(too_narrow)
    _read_totals(windows)
    return windows


def widen(windows: Mapping[Pair, HistoryWindow]) -> None:
    """Open windows to the end of the history, after what was changed in them was stored."""
    _open_to_the_end(windows)
    _read_totals(windows)


def _open_to_the_end(windows: Mapping[Pair, HistoryWindow]) -> None:
    for window in windows.values():
        window.runs, window.ends_before = [], None
    _read_runs(windows)


def _read_runs(windows: Mapping[Pair, HistoryWindow], *, at_most: int | None = None) -> None:
    """Read, in order, the runs that reach into the earliest touched period of each pair or lie after it.

    A run that is still stored as in progress comes along although its deadline has passed: it has to be stamped before
    another one starts (S18). With `at_most`, only the first so many of each pair.
    """
    unstamped = Q(
        streak_id__in={streak_id for _, streak_id in windows},
        member_id__among={member_id for member_id, _ in windows},
        stored_status=RunStatus.IN_PROGRESS,
    )
    found: dict[UUID, StreakProgress] = {}
    for condition in _by_date({pair: (window.earliest, None) for pair, window in windows.items()}, "ends_on"):
        rows = StreakProgress.objects.filter(condition | unstamped)
        found.update((run.pk, run) for run in _first_of_each(rows, at_most, is_lone=len(windows) == 1))
    for run in sorted(found.values(), key=attrgetter("starts_on")):
        if (run.member_id, run.streak_id) in windows:
            windows[run.member_id, run.streak_id].runs.append(run)


def _first_of_each(
    rows: "QuerySet[StreakProgress]", number: int | None, *, is_lone: bool
) -> "QuerySet[StreakProgress]":
    """Limit runs to the first ones of each pair; of a lone pair with the plain means that cost least."""
    if number is None:
        return rows.order_by()
    if is_lone:
        return rows.order_by("starts_on")[:number]
    position = Window(RowNumber(), partition_by=[F("member_id"), F("streak_id")], order_by="starts_on")
    return rows.order_by().annotate(position=position).filter(position__lte=number)


def _read_totals(windows: Mapping[Pair, HistoryWindow]) -> None:
    ranges = {pair: (window.starts_on, window.ends_before) for pair, window in windows.items()}
    for condition in _by_date(ranges, "period_key"):
        for row in TaskProgress.objects.filter(condition).order_by():
            windows[row.member_id, row.streak_id].totals[row.period_key] = row


def _by_date(ranges: Mapping[Pair, tuple[date, date | None]], column: str) -> Iterator[Q]:
    """Yield conditions that select, for every pair, the rows from a date on and, where there is one, before another."""
    groups: dict[tuple[UUID, date, date | None], list[UUID]] = defaultdict(list)
    for (member_id, streak_id), (first, end) in ranges.items():
        groups[streak_id, first, end].append(member_id)
    conditions = (
        Q(("streak_id", streak_id), ("member_id__among", members), (f"{column}__gte", first))
        & (Q() if end is None else Q((f"{column}__lt", end)))
        for (streak_id, first, end), members in groups.items()
    )
    while batch := list(islice(conditions, DATES_AT_ONCE)):
        yield reduce(or_, batch)
