"""Which members a command is about: all, those of one streak, or one."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from gamopanda.accounts.models import Member
from gamopanda.accounts.naming import find_member
from streaks.models import Streak
from streaks.progress.service import batches_with_activity

MEMBERS_AT_ONCE = 500


def add_selection(parser: CommandParser) -> None:
    """Offer `--streak` and `--member`."""
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
    yield from batches_with_activity(MEMBERS_AT_ONCE, streak_id=selected_streak_id(options))


def _find_member(text: str) -> UUID:
    member = find_member(text)
    try:
        return (member or Member.objects.get(pk=text)).pk
    except (Member.DoesNotExist, ValidationError) as error:
        raise CommandError(f"There is no member with the id or external id {text!r}.") from error
