"""Stories for hypothesis to tell: how the logs of a history come in, in which batches, and what happens meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from streaks.progress.admission import CLOCK_TOLERANCE
from streaks.tests.brute_force import LoggedActivity
from streaks.tests.histories import History, histories

MEMBERS = ("ann", "ben")
WHOSE = st.sampled_from(("ann", "ann", "ann", "ben"))
DAYS_OF_PERIODS = {"daily": 1, "weekly": 7, "monthly": 30}


@dataclass(frozen=True)
class Event:
    """An activity of one of the members, under its identifier."""

    member: str
    identifier: str
    activity: LoggedActivity


@dataclass(frozen=True)
class Arrival:
    """Some events that come in together: in which way, at which instant, and what is done before that."""

    events: tuple[Event, ...]
    way_in: str
    now: datetime
    before: str
    pause: tuple[datetime, datetime] | None = None


@dataclass(frozen=True)
class Story:
    """A history whose logs arrive one batch after the other."""

    history: History
    arrivals: tuple[Arrival, ...]


WAYS_IN = ("record_logs", "record_log", "save")


@st.composite
def stories(
    draw: st.DrawFn,
    /,
    *,
    acts: Sequence[str] = ("", "", "", "close_runs", "rebuild", "resend", "publish"),
    has_pauses: bool = False,
    **limits: Any,
) -> Story:
    """Logs arrive on time, late, or up to five minutes early (S1), and in any order and batches."""
    history = draw(histories(max_pauses=0, **limits))
    events = [Event(draw(WHOSE), f"order-{number}", activity) for number, activity in enumerate(history.logs)]
    order = draw(st.sampled_from(("as it happened", "any", "returns come last")))
    events = draw(st.permutations(events)) if order == "any" else sorted(events, key=lambda event: event.activity[0])
    if order == "returns come last":
        events.sort(key=lambda event: event.activity[1] < 0)
    pace = timedelta(days=DAYS_OF_PERIODS[history.period_kind])
    arrivals: list[Arrival] = []
    now = min(at for at, _ in history.logs) - 2 * pace
    while events:
        # A pause begins after all that was logged, also after what was logged ahead of the clock (S1).
        before = max([now, *(event.activity[0] for arrival in arrivals for event in arrival.events)])
        size = draw(st.sampled_from((1, 1, 2, 3, 5, 8)))
        together, events = tuple(events[:size]), events[size:]
        earliest = max(event.activity[0] for event in together) - draw(st.sampled_from((CLOCK_TOLERANCE, timedelta(0))))
        later = draw(st.sampled_from((timedelta(0), timedelta(minutes=1), pace / 2, pace, 3 * pace)))
        now = max(before if has_pauses else now, earliest) + later
        pause = draw(pauses_between(before, now, history)) if has_pauses and draw(st.booleans()) else None
        arrivals.append(Arrival(together, draw(st.sampled_from(WAYS_IN)), now, draw(st.sampled_from(acts)), pause))
    return Story(history, tuple(arrivals))


@st.composite
def pauses_between(
    draw: st.DrawFn, earliest: datetime, latest: datetime, history: History
) -> tuple[datetime, datetime]:
    """A pause within two instants; its edges often are instants at which a period begins."""
    instants = {earliest, latest, *(earliest + (latest - earliest) * part / 7 for part in (2, 3, 6))}
    edges = {edge for instant in instants for edge in history.bounds_around(instant)}
    some = st.sampled_from(sorted(instants)) | st.sampled_from(sorted(edges))
    paused_at, resumed_at = sorted(min(max(draw(some), earliest), latest) for _ in range(2))
    return paused_at, resumed_at
