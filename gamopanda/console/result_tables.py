"""What the page of results shows of a range of days, each number with the list of those behind it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from gamopanda.admin.links import list_of
from gamopanda.console.costs import Cost, budget_sentences, costs
from gamopanda.console.figures import REAL
from rewards.models import RewardLog, RewardStatus
from rewards.results import rewards_by_milestone
from streaks.admin.charts import bar, curve
from streaks.models import AggregationPeriod, Milestone, RunStatus, SavedBy, Streak, StreakProgress
from streaks.presenters.results import RunResults, StreakNumbers, day_at, percent, results_of, saved_runs

# A long streak is shown in at most so many steps; the grid of weeks in fewer.
MAX_ROWS, MAX_COLUMNS = 31, 10


@dataclass(frozen=True, slots=True)
class Range:
    """The days whose runs and rewards are looked at."""

    since: date
    until: date

    @property
    def name(self) -> str:
        """The range in words."""
        first = None if self.since == date.min else date_format(self.since)
        last = None if self.until == date.max else date_format(self.until)
        if first is None and last is None:
            return _("All time")
        return f"{first or '…'} – {last or '…'}"

    def within(self, field: str) -> dict[str, str]:
        """Return the filters of a list for a date in the range."""
        limits = {f"{field}__gte": self.since, f"{field}__lte": self.until}
        return {name: day.isoformat() for name, day in limits.items() if day not in {date.min, date.max}}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: what it is about, how many, how much that is of all in percent, and who they are."""

    label: str
    number: int
    share: int | None
    address: str

    @property
    def bar(self) -> str:
        """The share as a picture."""
        return bar(self.share or 0)


@dataclass(frozen=True, slots=True)
class RewardRow:
    """What became of the rewards of a milestone."""

    milestone: Milestone
    issued: int
    redeemed: int
    expired: int
    waiting: int
    address: str


@dataclass(frozen=True, slots=True)
class Cohort:
    """The runs that began in a week: some numbers, and how many percent get to each step, each with who they are."""

    label: str
    monday: date
    numbers: StreakNumbers
    figures: list[tuple[int, str]]
    shares: list[tuple[int | None, str]]


@dataclass(frozen=True, slots=True)
class Lists:
    """The addresses of lists of runs of a streak that began in a range."""

    streak: Streak
    range: Range

    def runs(self, **filters: object) -> str:
        """Return the address of the runs that match."""
        within = {**self.range.within("starts_on"), **filters}
        return list_of(StreakProgress, streak__id__exact=self.streak.pk, **within, **REAL)

    def of_week(self, monday: date, **filters: object) -> str:
        """Return the address of those that began in a week."""
        first, last = max(monday, self.range.since), min(monday + timedelta(days=6), self.range.until)
        return self.runs(**Range(first, last).within("starts_on"), **filters)


def tables_of(streak: Streak, days: Range) -> dict[str, Any]:
    """Return everything that the page shows of the runs that began, and the rewards that were issued, in a range."""
    results = results_of(streak.pk, streak.longest_run(), since=days.since, until=days.until)
    lists = Lists(streak, days)
    milestones = list(streak.milestones.order_by("milestone_target_value", "pk"))
    return {
        "range": days,
        "results": results,
        "figures": _figures_of(results.numbers, lists),
        "reached": _reached(results, lists),
        "curve": _curve(results),
        "broken_at": _broken_at(results, lists),
        "broken_on": _broken_on(results, lists) if streak.aggregation_period == AggregationPeriod.DAILY else [],
        "saved": _saved(streak, results, lists),
        "rewards": _rewards(milestones, days),
        "costs": [
            (cost, _rewards_in(cost.currency, milestones, days))
            for cost in costs(milestones, since=days.since, until=days.until)
        ],
        "budget": budget_sentences(streak, milestones, day_at(timezone.now())),
        "steps": _steps(results.length, MAX_COLUMNS),
        "cohorts": _cohorts(results, lists),
    }


def _figures_of(numbers: StreakNumbers, lists: Lists) -> list[tuple[str, int, str]]:
    return [
        (_("runs begun"), numbers.runs, lists.runs()),
        (_("new participants"), numbers.participants, lists.runs(attempt="first")),
        (_("returns"), numbers.returns, lists.runs(attempt="later")),
        (_("active"), numbers.alive, lists.runs(status=RunStatus.IN_PROGRESS)),
        (_("completed"), numbers.completed, lists.runs(status=RunStatus.COMPLETED)),
        (_("broken"), numbers.broken, lists.runs(status=RunStatus.BROKEN)),
    ]


def _steps(length: int, at_most: int = MAX_ROWS) -> list[int]:
    """Return the numbers of periods to show: all, or evenly spread ones of a long streak, and always the last."""
    width = -(-length // at_most)
    return sorted({*range(width, length + 1, width), length})


def _share(share: float | None) -> int | None:
    return None if share is None else percent(round(share * 1_000_000), 1_000_000)


def _reached(results: RunResults, lists: Lists) -> list[Row]:
    survival = results.survival()
    return [
        Row(
            _("%s completed") % step,
            results.reached[step],
            _share(survival[step]),
            lists.runs(current_progress_value__gte=step),
        )
        for step in _steps(results.length)
    ]


def _curve(results: RunResults) -> str:
    shares = results.survival()
    told = ", ".join(f"{periods}: {_share(share)}%" for periods, share in enumerate(shares) if share is not None)
    return curve(shares, _("Share of runs that get to a number of periods: %s") % told)


def _broken_at(results: RunResults, lists: Lists) -> list[Row]:
    """Tell in which period of their run members fell short; of a long streak, in which group of periods."""
    rows, first = [], 1
    for last in _steps(results.length):
        number = sum(results.broken_at[first - 1 : last])
        label = (
            _("Period %s") % first
            if first == last
            else _("Periods %(first)s–%(last)s") % {"first": first, "last": last}
        )
        between = {"current_progress_value__gte": first - 1, "current_progress_value__lte": last - 1}
        address = lists.runs(status=RunStatus.BROKEN, **between)
        rows.append(Row(label, number, percent(number, results.numbers.broken), address))
        first = last + 1
    return rows


def _broken_on(results: RunResults, lists: Lists) -> list[Row]:
    """Tell on which day of the week; lists count the days from Sunday, which is 1."""
    return [
        Row(
            str(WEEKDAYS[day]),
            number,
            percent(number, results.numbers.broken),
            lists.runs(status=RunStatus.BROKEN, ends_on__week_day=(day + 1) % 7 + 1),
        )
        for day, number in enumerate(results.broken_on)
    ]


def _saved(streak: Streak, results: RunResults, lists: Lists) -> list[Row]:
    found = saved_runs(streak.pk, since=lists.range.since, until=lists.range.until)
    return [
        Row(str(SavedBy(reason).label), number, percent(number, results.runs), lists.runs(saved=reason))
        for reason in SavedBy.values
        if (number := found.get(reason, 0))
    ]


def _rewards(milestones: Sequence[Milestone], days: Range) -> list[RewardRow]:
    ids = [milestone.pk for milestone in milestones]
    found = rewards_by_milestone(ids, since=days.since, until=days.until)
    within = days.within("reward_issued_at__date") | REAL
    return [
        RewardRow(
            milestone,
            issued=sum(found[milestone.pk].values()),
            redeemed=found[milestone.pk].get(RewardStatus.REDEEMED, 0),
            expired=found[milestone.pk].get(RewardStatus.EXPIRED, 0),
            waiting=found[milestone.pk].get(RewardStatus.PENDING, 0),
            address=list_of(RewardLog, milestone__id__exact=milestone.pk, **within),
        )
        for milestone in milestones
        if milestone.deleted_at is None or found[milestone.pk]
    ]


def _rewards_in(currency: str, milestones: Sequence[Milestone], days: Range) -> str:
    """Return the address of the rewards of a range that have a value in a currency."""
    valued = (one for one in milestones if one.reward_value is not None and one.reward_currency == currency)
    ids = ",".join(str(milestone.pk) for milestone in valued)
    return list_of(RewardLog, milestone__id__in=ids, **days.within("reward_issued_at__date"), **REAL)


def _cohorts(results: RunResults, lists: Lists) -> list[Cohort]:
    """Return a line of the grid for each week: how many percent of its runs get to each step."""
    steps = _steps(results.length, MAX_COLUMNS)
    return [_cohort(monday, cohort, steps, lists) for monday, cohort in results.cohorts.items()]


def _cohort(monday: date, results: RunResults, steps: Sequence[int], lists: Lists) -> Cohort:
    numbers, survival = results.numbers, results.survival()
    figures = [
        (numbers.runs, lists.of_week(monday)),
        (numbers.participants, lists.of_week(monday, attempt="first")),
        (numbers.alive, lists.of_week(monday, status=RunStatus.IN_PROGRESS)),
    ]
    shares = [(_share(survival[step]), lists.of_week(monday, current_progress_value__gte=step)) for step in steps]
    return Cohort(_("Week of %s") % date_format(monday), monday, numbers, figures, shares)


def lines_of(tables: dict[str, Any]) -> Iterator[tuple[str, str, str, object]]:
    """Yield every figure of the page with the table and the row that it stands in, all in the words of the page."""
    yield from ((_("Who took part"), tables["range"].name, name, number) for name, number, _at in tables["figures"])
    headings = {
        "reached": _("How far runs got"),
        "broken_at": _("Where runs broke"),
        "broken_on": _("On which day of the week runs broke"),
        "saved": _("Runs with frozen or excused periods"),
    }
    for table, heading in headings.items():
        rows: Sequence[Row] = tables[table]
        yield from ((heading, row.label, _("runs"), row.number) for row in rows)
    outcomes = {"issued": _("issued"), "redeemed": _("redeemed"), "expired": _("expired"), "waiting": _("waiting")}
    for row in tables["rewards"]:
        label = f"{row.milestone.milestone_target_value}: {row.milestone}"
        yield from ((_("Rewards"), label, word, getattr(row, name)) for name, word in outcomes.items())
    cost: Cost
    for cost, _at in tables["costs"]:
        yield _("Costs"), cost.currency, _("issued"), cost.issued
        yield _("Costs"), cost.currency, _("redeemed"), cost.redeemed
    for cohort in tables["cohorts"]:
        figures = zip((_("runs begun"), _("new participants"), _("active")), cohort.figures, strict=True)
        yield from ((_("By the week"), cohort.label, name, number) for name, (number, _at) in figures)
