"""However little of a history is loaded, what follows from new logs is what follows from all of it (S17)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaks.core.advance import Changes, History, Level, NeedsMore, advance, rederive
from streaks.core.aggregation import MAX_UNITS, UNITS, Total, amount_of
from streaks.core.facts import Log
from streaks.core.rules import Rules, RulesVersion
from streaks.core.runs import Run, RunStatus
from streaks.fields import as_decimal, as_units
from streaks.tests.brute_force import LoggedActivity
from streaks.tests.histories import AMOUNTS, histories
from streaks.tests.histories import History as AnyHistory
from streaks.tests.test_core_runs import rules_of

# It looks into no database, so once is enough.
pytestmark = pytest.mark.postgresql

MEMBER, STREAK = uuid4(), uuid4()
MILESTONES = tuple(SimpleNamespace(milestone_target_value=target) for target in (1, 2, 3))
# With these a total can leave the range in either direction.
HUGE = (as_decimal(MAX_UNITS), as_decimal(-MAX_UNITS), as_decimal(MAX_UNITS - 2 * UNITS))


@dataclass
class Memory:
    """A store in memory: it has everything, hands out what a level promises, and takes exactly what it is told."""

    runs: dict[UUID, Run] = field(default_factory=dict)
    totals: dict[UUID, Total] = field(default_factory=dict)
    logs: list[Log] = field(default_factory=list)

    def load(self, level: Level, touched: Iterable[date], with_logs: Iterable[date]) -> History:
        """Return copies of what is stored around some periods."""
        history = History(level)
        first = min(touched)
        runs = [
            run
            for run in sorted(self.runs.values(), key=lambda run: run.starts_on)
            if run.ends_on >= first or run.stored_status == RunStatus.IN_PROGRESS
        ]
        if level is not Level.WHOLE and len(runs) > 2:
            history.ends_before, runs = runs[2].starts_on, runs[:2]
        begin = min([first, *(run.starts_on for run in runs)])
        for total in deepcopy(list(self.totals.values())):
            is_before_end = history.ends_before is None or total.period_key < history.ends_before
            if total.period_key in touched if level is Level.TAIL else begin <= total.period_key and is_before_end:
                history.totals[total.period_key] = total
        history.runs = deepcopy(runs)
        history.logged = {key: [] for key in with_logs}
        for log in self.logs:
            if log.period_key in history.logged:
                history.logged[log.period_key].append((log.activity_at, log.units))
        return history

    def save(self, changes: Changes) -> None:
        """Store what has changed, step by step as the database does: never are two runs in progress (S18)."""
        self.logs += changes.logs
        for total in changes.totals_created:
            assert total.id is None
            total.id = uuid4()
            self.totals[total.id] = total
        for total in changes.totals_changed:
            assert total.id in self.totals
            self.totals[total.id] = total
        assert changes.totals_deleted == []
        for run in changes.runs.deleted:
            del self.runs[self._id(run)]
        for run in sorted(changes.runs.changed, key=lambda run: run.stored_status == RunStatus.IN_PROGRESS):
            assert run.id in self.runs
            self.runs[self._id(run)] = run
            self.check_runs()
        for run in changes.runs.created:
            assert run.id is None
            run.id = uuid4()
            self.runs[run.id] = run
            self.check_runs()

    def _id(self, run: Run) -> UUID:
        assert run.id is not None
        return run.id

    def check_runs(self) -> None:
        """At most one run is in progress (S18)."""
        assert [run.stored_status for run in self.runs.values()].count(RunStatus.IN_PROGRESS) <= 1

    def differences(self, rules: Rules, now: datetime) -> list[Any]:
        """Return in what all that is stored differs from what all logs say."""
        runs = sorted(self.runs.values(), key=lambda run: run.starts_on)
        history = History(totals={total.period_key: total for total in self.totals.values()}, runs=runs)
        entries: dict[date, list[tuple[datetime, int]]] = defaultdict(list)
        for log in self.logs:
            entries[log.period_key].append((log.activity_at, amount_of(rules.method, log.units)))
        changes = rederive(deepcopy(history), entries, rules, now)
        found = changes.runs
        return [
            *(*changes.totals_created, *changes.totals_changed, *changes.totals_deleted),
            *(*found.created, *found.visibly_changed, *found.deleted),
        ]


def take(memory: Memory, logs: Sequence[Log], rules: Rules, now: datetime, level: Level) -> Changes:
    """Advance from a level on, loading more as long as more is asked for; never is the same asked for twice."""
    touched = {log.period_key for log in logs}
    periods: frozenset[date] = frozenset()
    while True:
        changes = advance(memory.load(level, touched, periods), deepcopy(logs), rules, now)
        if not isinstance(changes, NeedsMore):
            return changes
        assert changes.level >= level
        assert changes.periods >= periods
        assert (changes.level, changes.periods) != (level, periods)
        assert changes.periods <= touched
        level, periods = changes.level, changes.periods


def new_log(activity: LoggedActivity, rules: Rules) -> Log:
    at, value = activity
    units = None if value is None else as_units(value)
    return Log(uuid4(), MEMBER, STREAK, at, "bought", str(uuid4()), units, rules.calendar.key_of(at))


def told(changes: Changes) -> Any:
    """What is told of changes, without the ids that the store gives."""
    runs = changes.runs
    return {
        "logs": [log.id for log in changes.logs],
        "overflow": [log.id for log in changes.overflow],
        "achievements": [
            (one.milestone.milestone_target_value, one.run.starts_on, one.log.id, one.period_key)
            for one in changes.achievements
        ],
        "grown": [(run.starts_on, before) for run, before in runs.grown],
        "created": [run.starts_on for run in runs.created],
        "deleted": [run.id for run in runs.deleted],
        "changed": [run.id for run in runs.visibly_changed],
        "is_rearranged": runs.is_rearranged,
        "only_corrects": changes.only_corrects,
    }


def stored(memory: Memory, now: datetime) -> Any:
    """All that is stored, without ids; a run that the clock has broken may be stamped so or not (S16)."""
    runs = [replace(run, id=None, stored_status=status_at(run, now)) for run in memory.runs.values()]
    totals = [replace(total, id=None) for total in memory.totals.values()]
    return sorted(runs, key=lambda run: run.starts_on), sorted(totals, key=lambda total: total.period_key)


def status_at(run: Run, now: datetime) -> str:
    is_over = run.breaks_at is not None and run.breaks_at <= now
    return RunStatus.BROKEN.value if is_over else run.stored_status


@dataclass(frozen=True)
class Batches:
    """The logs of a history in any order and batches, each with the instant at which it comes in."""

    history: AnyHistory
    arrivals: tuple[tuple[tuple[LoggedActivity, ...], datetime], ...]


@st.composite
def batches(draw: st.DrawFn, /, **limits: Any) -> Batches:
    history = draw(histories(**limits))
    closed = tuple(pause for pause in history.pauses if pause[1] is not None)
    history = replace(history, pauses=closed)
    logs = list(history.logs)
    order = draw(st.sampled_from(("as it happened", "any")))
    logs = draw(st.permutations(logs)) if order == "any" else sorted(logs, key=lambda log: log[0])
    arrivals, now = [], min(at for at, _ in logs)
    while logs:
        size = draw(st.sampled_from((1, 1, 1, 2, 3, 8)))
        some, logs = tuple(logs[:size]), logs[size:]
        later = draw(st.sampled_from((timedelta(0), timedelta(minutes=1), timedelta(days=1), timedelta(days=40))))
        now = max([now, *(at for at, _ in some)]) + later
        arrivals.append((some, now))
    return Batches(history, tuple(arrivals))


def play(batches: Batches, rules: Rules) -> Memory:
    """Take batch after batch from the lowest level on and hold the result against a beginning with everything."""
    memory = Memory()
    for some, now in batches.arrivals:
        logs = [new_log(activity, rules) for activity in some]
        everything = deepcopy(memory)
        changes = take(memory, logs, rules, now, Level.TAIL)
        at_once = take(everything, logs, rules, now, Level.WHOLE)
        assert {log.id for log in (*changes.logs, *changes.overflow)} == {log.id for log in logs}
        assert told(changes) == told(at_once)
        memory.save(changes)
        everything.save(at_once)
        assert stored(memory, now) == stored(everything, now)
        assert memory.differences(rules, now) == []
        assert all(abs(total.total) <= MAX_UNITS for total in memory.totals.values())
        check_achievements(changes)
    return memory


def check_achievements(changes: Changes) -> None:
    """A milestone is reached by a log of the batch, in a run that has come so far and had not before (S20)."""
    before = {id(run): value for run, value in changes.runs.grown}
    for one in changes.achievements:
        assert before[id(one.run)] < one.milestone.milestone_target_value <= one.run.current_progress_value
        assert any(one.log.id == log.id for log in changes.logs)
        assert one.log.amount >= 0
        assert one.run.starts_on <= one.period_key <= one.run.ends_on


def check_against_brute_force(memory: Memory, batches: Batches) -> None:
    """Compare all totals and runs with what the brute force makes of the logs that were taken."""
    logs = [(log.activity_at, _value(log)) for log in memory.logs]
    now = batches.arrivals[-1][1]
    expected, (runs, totals) = batches.history.expected(logs, now=now), stored(memory, now)
    assert {total.period_key: seen_total(total, as_decimal(total.total)) for total in totals} == {
        key: seen_total(total, total.total) for key, total in expected.totals.items()
    }
    assert [seen_run(run, run.breaks_at) for run in runs] == [
        seen_run(run, run.breaks_at or run.streak_broken_at) for run in expected.runs
    ]


def seen_total(total: Any, value: Decimal) -> Any:
    return value, total.log_count, total.first_activity_at, total.last_activity_at, total.completed_at


def seen_run(run: Any, breaks_at: datetime | None) -> Any:
    bounds = run.starts_on, run.ends_on, run.streak_started_at, run.streak_completed_at, breaks_at
    return *bounds, run.current_progress_value


def _value(log: Log) -> Decimal | None:
    return None if log.units is None else as_decimal(log.units)


@settings(max_examples=300, deadline=None)
@given(batches())
def test_logs_in_any_batches_give_the_totals_and_runs_that_the_rules_give_s17(batches: Batches) -> None:
    rules = replace(rules_of(batches.history), milestones=MILESTONES)
    check_against_brute_force(play(batches, rules), batches)


@settings(max_examples=300, deadline=None)
@given(
    batches(
        periods=7, min_logs=8, amounts=(Decimal(1), Decimal(2), Decimal(3), Decimal(-2), Decimal(-3)), methods=("sum",)
    )
)
def test_corrections_in_any_batches_give_the_totals_and_runs_that_the_rules_give_s9_s21(batches: Batches) -> None:
    rules = replace(rules_of(batches.history), milestones=MILESTONES)
    check_against_brute_force(play(batches, rules), batches)


@settings(max_examples=200, deadline=None)
@given(batches(periods=4, amounts=(*AMOUNTS, *HUGE), methods=("sum",)))
def test_totals_stay_in_range_and_what_is_taken_adds_up_s7(batches: Batches) -> None:
    rules = replace(rules_of(batches.history), milestones=MILESTONES)
    check_against_brute_force(play(batches, rules), batches)


@settings(max_examples=200, deadline=None)
@given(batches(), st.integers(0, 12), st.sampled_from((Decimal("0.3"), Decimal(1), Decimal(4))), st.integers(1, 5))
def test_rules_that_change_on_the_time_line_give_the_same_at_every_level(
    batches: Batches, number: int, target: Decimal, completion: int
) -> None:
    rules = rules_of(batches.history)
    keys = sorted({rules.calendar.key_of(at) for at, _ in batches.history.logs})
    later = RulesVersion(as_units(target), completion, keys[number % len(keys)])
    play(batches, replace(rules, versions=(*rules.versions, later), milestones=MILESTONES))
