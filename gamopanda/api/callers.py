"""Who calls: one of the client's servers, an end user, or a guest."""

from dataclasses import dataclass
from enum import StrEnum


class CallerKind(StrEnum):
    """The three columns of the table that says who may do what."""

    ADMIN = "admin"
    END_USER = "end_user"
    GUEST = "guest"


@dataclass(frozen=True)
class Guest:
    """Someone without credentials; what `request.user` is then."""

    kind: CallerKind = CallerKind.GUEST
    is_authenticated: bool = False
