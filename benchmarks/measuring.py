"""Rounds in turn, medians, spreads and ratios: how everything here is compared.

Machines differ, and one machine from minute to minute. So nothing is judged by itself: whatever is measured competes
with a floor in the same rounds, and the ratio of the two is what counts.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Measure = Callable[[], float]
"""Does something for a while and returns how much of it was done in a second (more is better)."""


@dataclass(frozen=True, slots=True)
class Contender:
    """Something that competes; `target` is the ratio to the first of its contest that it is meant to reach.

    `moonshot` is the ratio that would be far better than that.
    """

    name: str
    measure: Measure
    target: float | None = None
    moonshot: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a contender reached in each round, and its ratio to the floor."""

    name: str
    values: Sequence[float]
    ratio: float
    target: float | None
    moonshot: float | None = None

    @property
    def median(self) -> float:
        """The value in the middle."""
        return statistics.median(self.values)

    @property
    def spread(self) -> float:
        """How far the values lie apart: a fraction of the median."""
        return (max(self.values) - min(self.values)) / self.median

    def line(self) -> str:
        """Return the row of a Markdown table."""
        target, moonshot = ("" if one is None else f"{one:.2f}" for one in (self.target, self.moonshot))
        verdict = "" if self.target is None else ("reached" if self.ratio >= self.target else "missed")
        measured = f"{self.median:,.0f} | ±{self.spread / 2:.0%} | {self.ratio:.2f}"
        return f"| {self.name} | {measured} | {target} | {moonshot} | {verdict} |"


HEADING = "| What | per second | spread | ratio | target | moonshot | |\n|---|--:|--:|--:|--:|--:|---|"


def compete(contenders: Sequence[Contender], *, rounds: int) -> list[Result]:
    """Let every contender measure once in each round, after a first round to warm up that does not count."""
    values: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for round_number in range(rounds + 1):
        for contender in contenders:
            value = contender.measure()
            if round_number:
                values[contender.name].append(value)
    return compare(contenders, values)


def compare(contenders: Sequence[Contender], values: Mapping[str, Sequence[float]]) -> list[Result]:
    """Return what contenders reached, from the values of each in every round, against the first of them."""
    floors = values[contenders[0].name]
    return [
        Result(one.name, values[one.name], _ratio(values[one.name], floors), one.target, one.moonshot)
        for one in contenders
    ]


def _ratio(values: Sequence[float], floors: Sequence[float]) -> float:
    """Return the median of the ratios of each round: a slow minute slows both."""
    return statistics.median(value / floor for value, floor in zip(values, floors, strict=True))


def table(title: str, results: Sequence[Result]) -> str:
    """Return a Markdown table."""
    return "\n".join([f"## {title}", "", HEADING, *(result.line() for result in results), ""])


def limit(what: str, measured: float, unit: str, most: float) -> str:
    """Return a line about something of which there may be at most so much."""
    return f"{what}: {measured:,.0f} {unit} (at most {most:,.0f}: {'reached' if measured < most else 'missed'})"
