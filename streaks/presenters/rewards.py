"""How the rewards of a log are read and rendered.

The app `streaks` must not import `rewards`, so `rewards.apps` registers this when Django is ready.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from rest_framework.serializers import BaseSerializer

from gamopanda.accounts.models import Member
from gamopanda.api.lists.compiled_queries import DeferredQuery
from streaks.models import Milestone


class RewardPresenter(Protocol):
    """A reward as a log needs it."""

    streak_log_id: UUID
    milestone: Milestone
    member: Member


@dataclass
class RewardPresentation:
    """`of_logs` reads the rewards of logs by their ids, with their status at an instant.

    `issued` sets the status at an instant of rewards that were just issued; `serializer` renders one.
    """

    of_logs: Callable[[Sequence[UUID], datetime], DeferredQuery]
    issued: Callable[[Iterable[Any], datetime], Iterable[RewardPresenter]]
    serializer: type[BaseSerializer[Any]]


_registered: list[RewardPresentation] = []


def register_reward_presentation(presentation: RewardPresentation) -> None:
    """Register how rewards are read and rendered."""
    _registered[:] = [presentation]


def reward_presentation() -> RewardPresentation:
    """Return what `rewards.apps` has registered."""
    return _registered[0]
