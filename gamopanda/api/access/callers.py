"""Who calls: one of the client's servers, an end user, or a guest."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, cast

from rest_framework.request import Request

KEY_HEADERS = ("x-api-key", "x-api-secret")
TOKEN_HEADERS = ("x-enduser-access-token", "x-account-id")


def describe_pair(names: tuple[str, str]) -> str:
    """Name two headers that must come together."""
    return " with ".join(names)


class CallerKind(StrEnum):
    """The three columns of the table that says who may do what."""

    ADMIN = "admin"
    END_USER = "end_user"
    GUEST = "guest"


class Caller(Protocol):
    """What every caller has: its kind, and the name that its calls are counted under (a guest has none)."""

    @property
    def kind(self) -> CallerKind:
        """Which column of the table."""

    @property
    def throttle_name(self) -> str:
        """Empty for a guest."""

    @property
    def sandbox(self) -> bool:
        """Whether it sees and touches sandbox members alone."""

    @property
    def clock_at(self) -> datetime | None:
        """The clock of the member that it is, where that has one of its own."""


def caller_of(request: Request) -> Caller:
    """Return who calls: what authentication found, or a guest."""
    return cast("Caller", request.user)


@dataclass(frozen=True)
class Guest:
    """Someone without credentials; what `request.user` is then."""

    kind: CallerKind = CallerKind.GUEST
    is_authenticated: bool = False
    throttle_name: str = ""
    sandbox: bool = False
    clock_at: datetime | None = None
