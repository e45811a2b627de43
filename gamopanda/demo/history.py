"""From stories to logs: when things happened on the clock of each streak, seen from the present instant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter

from gamopanda.demo.campaign import Campaign
from gamopanda.demo.people import Story
from streaks.core.periods import Calendar

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a person did, and when it came to be known."""

    external_id: str
    campaign: Campaign
    activity_at: datetime
    arrived_at: datetime
    value: Decimal

    @property
    def activity_id(self) -> str:
        """The kind of event."""
        return "made_a_return" if self.value < 0 else self.campaign.activity.activity_id

    @property
    def prefix(self) -> str:
        """What the client's own numbers for such events begin with."""
        return "return" if self.value < 0 else self.campaign.activity.prefix


def events_of(stories: Sequence[Story], *, now: datetime) -> list[Event]:
    """Return everything that happened up to `now`, in the order in which it came to be known.

    Each event lies in its period on the clock of its streak, and none lies after `now`.
    """
    events = (event for story in stories for event in _events(story, story.campaign.streak().calendar, now))
    return sorted(events, key=attrgetter("arrived_at"))


def _events(story: Story, calendar: Calendar, now: datetime) -> Iterator[Event]:
    for ago, amounts in story.amounts.items():
        for value, at in zip(amounts, _instants(story, calendar, ago, len(amounts), now), strict=True):
            yield Event(story.external_id, story.campaign, at, at, Decimal(value))
    for ago, amounts in story.late.items():
        for value, at in zip(amounts, _instants(story, calendar, ago, len(amounts), now), strict=True):
            (arrived_at,) = _instants(story, calendar, 0, 1, now)
            yield Event(story.external_id, story.campaign, at, arrived_at, Decimal(value))


def _instants(story: Story, calendar: Calendar, ago: int, count: int, now: datetime) -> list[datetime]:
    """Return when a person was active in the period `ago` periods before the present one.

    The present period has not gone far yet: what is planned for later in it moves forward in proportion, to before
    `now`, and keeps its order.
    """
    starts_at = calendar.starts_at(period_before(calendar, ago, now))
    minutes = timedelta(minutes=(story.hour * 37 + ago * 23) % 60)
    planned = [story.hour * HOUR + minutes + number * story.campaign.activity.rhythm for number in range(count)]
    elapsed, needed = now - starts_at, planned[-1] + HOUR
    pace = min(1, elapsed / needed)
    return [starts_at + offset * pace for offset in planned]


@lru_cache(maxsize=512)
def period_before(calendar: Calendar, ago: int, now: datetime) -> date:
    """Return the key of the period that lies `ago` periods before the one of `now`."""
    key = calendar.key_of(now)
    for _ in range(ago):
        key = calendar.key_of(calendar.starts_at(key) - timedelta(microseconds=1))
    return key
