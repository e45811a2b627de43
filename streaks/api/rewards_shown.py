"""How a log shows the rewards that it brought.

Streaks know nothing of rewards (the import arrows point the other way), so the rewards app fills this place when
Django is ready: see `rewards.apps`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from rest_framework.serializers import BaseSerializer

from gamopanda.api.worded import Reading
from streaks.models import Milestone


class ShownReward(Protocol):
    """What a log needs to know of a reward."""

    streak_log_id: UUID
    milestone: Milestone


@dataclass
class RewardsShown:
    """How rewards are found and shown.

    `of_logs` reads the rewards of logs, by their ids, as they are at an instant; `issued` returns as they are at an
    instant those that were just issued; `serializer` shows one.
    """

    of_logs: Callable[[Sequence[UUID], datetime], Reading]
    issued: Callable[[Iterable[Any], datetime], Iterable[ShownReward]]
    serializer: type[BaseSerializer[Any]]


_filled: list[RewardsShown] = []


def show_rewards_with(shown: RewardsShown) -> None:
    """Fill the place."""
    _filled[:] = [shown]


def rewards_shown() -> RewardsShown:
    """Return what the rewards app has filled in."""
    return _filled[0]
