"""Which members a command is about: all, a slice of them, those of one streak, or one."""

from argparse import ArgumentTypeError
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from gamopanda.accounts.models import Member
from gamopanda.accounts.naming import find_member
from streaks.models import Streak
from streaks.progress.service import batches_with_activity

MEMBERS_AT_ONCE = 500


MOST_SLICES = 1_000


@dataclass(frozen=True, slots=True)
class Slice:
    """One of some parts of all members, of about the same size; a member is always in the same one."""

    number: int
    of: int

    def __contains__(self, member_id: UUID) -> bool:
        """Say whether a member is in it: by the random end of its id."""
        return member_id.int % self.of == self.number - 1


def read_slice(text: str) -> Slice:
    """Return the slice that is written as 3/30."""
    number, _, of = text.partition("/")
    if number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of) <= MOST_SLICES:
        return Slice(int(number), int(of))
    raise ArgumentTypeError(
        f"{text!r} is no slice: use 3/30, for example, for the third of 30, of {MOST_SLICES} at most."
    )


def add_selection(parser: CommandParser) -> None:
    """Offer `--streak`, `--member` and `--slice`."""
    parser.add_argument(
        "--slice", type=read_slice, metavar="3/30", help="Only the third of 30 parts of all members, for example."
    )
    parser.add_argument("--streak", metavar="ID", help="Only this streak.")
    parser.add_argument("--member", metavar="ID", help="Only this member: our id or the external id.")


def find_streak(text: str) -> Streak:
    """Return the streak with this id; `CommandError` says when there is none."""
    try:
        return Streak.objects.get(pk=text)
    except (Streak.DoesNotExist, ValidationError) as error:
        raise CommandError(
            f"There is no streak with the id {text!r}. Ids are shown in the admin and by the API."
        ) from error


def selected_streak_id(options: dict[str, Any]) -> UUID | None:
    """Return the id of the streak asked for, or None for all."""
    return find_streak(options["streak"]).pk if options["streak"] else None


def batches_of_members(options: dict[str, Any]) -> Iterator[list[UUID]]:
    """Yield the ids of the members asked for who have activity, some hundred at a time."""
    if options["member"]:
        yield [_find_member(options["member"])]
        return
    of_slice: Slice = options["slice"] or Slice(1, 1)
    for members in batches_with_activity(MEMBERS_AT_ONCE * of_slice.of, streak_id=selected_streak_id(options)):
        yield [member_id for member_id in members if member_id in of_slice]


def _find_member(text: str) -> UUID:
    member = find_member(text)
    try:
        return (member or Member.objects.get(pk=text)).pk
    except (Member.DoesNotExist, ValidationError) as error:
        raise CommandError(f"There is no member with the id or external id {text!r}.") from error
