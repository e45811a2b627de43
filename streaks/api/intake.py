"""From the bodies of logs to recorded logs: one at a time, or many of which none harms another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from drf_standardized_errors.formatter import flatten_errors
from rest_framework.exceptions import APIException

from gamopanda.accounts.authentication import LiveKey
from gamopanda.accounts.models import Member
from gamopanda.api.exceptions import ApiError, DuplicateRecord, describe, invalid, summarise
from gamopanda.api.serializers import read_id
from streaks.batch_road import record_together
from streaks.bulk_rows import new_row
from streaks.fields import DECIMAL_PLACES
from streaks.lone_log import MemberName, record_lone_log
from streaks.models import StreakLog
from streaks.progress.log_body import LogBody
from streaks.recording import Outcome, Refused

Values = Mapping[str, Any]
"""The validated body of a log: `owner` (an id or external id) or `person`, and the attributes of the log."""

ATTRIBUTES = ("streak_id", "activity_at", "activity_id", "unique_identifier", "activity_value")
WIRE_NAMES = {
    "member_id": "ownedById",
    "streak_id": "streakId",
    "activity_at": "activityAt",
    "activity_value": "activityValue",
}


@dataclass(slots=True)
class Entry:
    """One log of a batch and what became of it."""

    index: int
    values: Values
    outcome: Outcome | None = None
    error: APIException | None = None


def values_of(body: LogBody) -> Values:
    """Return a body as what recording takes."""
    owner = {"owner": body.owner} if body.person is None else {"person": body.person}
    value = {} if body.units is None else {"activity_value": Decimal(body.units).scaleb(-DECIMAL_PLACES)}
    return {
        "streak_id": body.streak_id,
        **owner,
        "activity_at": body.activity_at,
        "activity_id": body.activity_id,
        "unique_identifier": body.unique_identifier,
        **value,
    }


def error_for(refused: Refused) -> APIException:
    """Return the API's error for what the rules refuse."""
    if refused.code != "validation_error":
        return ApiError(400, refused.code, str(refused.message))
    return invalid(WIRE_NAMES[refused.field], str(refused.message), refused.detail_code)


def describe_error(error: APIException) -> dict[str, Any]:
    """Return `code`, `message` and `details` of an error, for the results of a batch."""
    if isinstance(error, ApiError):
        return {"code": error.code, "message": str(error.detail), "details": error.details}
    details = [describe(flat.attr, flat.code, flat.detail) for flat in flatten_errors(error.detail)]
    return {"code": "validation_error", "message": summarise(details), "details": details}


# --- members ---------------------------------------------------------------------------------------------------------


class Owners:
    """The members whom the bodies of logs name: found or, from an `ownedBy`, made (live)."""

    def __init__(self, bodies: Sequence[Values]) -> None:
        """Look everybody up in two queries, and make the missing in two more; inside a transaction."""
        owners = {body["owner"] for body in bodies if "owner" in body}
        people = {body["person"]["external_id"]: body["person"] for body in reversed(bodies) if "person" in body}
        ids = {pk for pk in map(read_id, owners) if pk is not None}
        self.known_ids = set(Member.objects.filter(pk__any_of=ids).values_list("pk", flat=True)) if ids else set()
        names = people.keys() | {owner for owner in owners if read_id(owner) not in self.known_ids}
        self.by_external_id = _find(names)
        self.made: set[UUID] = set()
        # More than once where somebody is there when they are to be made, and gone when they are looked up.
        while missing := sorted(people.keys() - self.by_external_id.keys()):
            self._make([Member(**people[name]) for name in missing])

    def _make(self, members: list[Member]) -> None:
        """Insert in the order of external ids, so that two batches wait for each other instead of deadlocking.

        Somebody else may be making the same members at this moment: then theirs stand.
        """
        Member.objects.bulk_create(members, ignore_conflicts=True)
        found = _find({member.external_id for member in members})
        self.by_external_id |= found
        self.made |= {member.pk for member in members} & set(found.values())

    def of(self, body: Values) -> UUID | None:
        """Return the id of the member of a log; None when there is none."""
        if "person" in body:
            return self.by_external_id[body["person"]["external_id"]]
        owner = read_id(body["owner"])
        return owner if owner in self.known_ids else self.by_external_id.get(body["owner"])

    def lost(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return entries with an `ownedBy` whose member was deleted or renamed after it was found."""
        refused = [
            (entry.values["person"]["external_id"], entry)
            for entry in entries
            if "person" in entry.values and entry.outcome and entry.outcome.refusal
            if entry.outcome.refusal.is_about_member
        ]
        present = _find({name for name, _ in refused})
        return [entry for name, entry in refused if present.get(name) != self.by_external_id[name]]

    def forget(self, outcomes: Sequence[Outcome | None]) -> None:
        """Take back the members that were made for logs of which none was recorded."""
        needed = {outcome.log.member_id for outcome in outcomes if outcome is not None and outcome.is_recorded}
        if self.made - needed:
            Member.objects.filter(pk__in=self.made - needed).delete()


def _find(external_ids: set[str]) -> dict[str, UUID]:
    if not external_ids:
        return {}
    return dict(Member.objects.filter(external_id__any_of=external_ids).order_by().values_list("external_id", "pk"))


# --- logs ------------------------------------------------------------------------------------------------------------


def _unsaved_log(body: Values) -> StreakLog:
    return new_row(StreakLog, **{name: body.get(name) for name in ATTRIBUTES})


def _name_of_owner(body: Values) -> MemberName:
    """Return what the member of a log is to be looked up by first."""
    if "person" in body:
        return "external_id", body["person"]["external_id"]
    owner = read_id(body["owner"])
    return ("external_id", body["owner"]) if owner is None else ("id", owner)


def _record(entries: Sequence[Entry], *, now: datetime) -> Sequence[Entry]:
    """Record entries inside the transaction of the caller; raises `Refused` when one makes that impossible for all.

    Returns those whose member was deleted meanwhile: to be recorded once more, for another one. In a transaction of
    their own, as locks are taken in one order, and this one has all of its own already.
    """
    owners = Owners([entry.values for entry in entries])
    logs: dict[int, StreakLog] = {}
    for entry in entries:
        member_id, entry.error = owners.of(entry.values), None
        if member_id is None:
            entry.error = invalid("ownedById", "There is no member with this id or external id.", "not_found")
        else:
            logs[entry.index] = _unsaved_log(entry.values)
            logs[entry.index].member_id = member_id
    outcomes = dict(zip(logs, record_together(list(logs.values()), now=now), strict=True)) if logs else {}
    for entry in entries:
        entry.outcome = outcomes.get(entry.index)
    owners.forget([entry.outcome for entry in entries])
    return owners.lost(entries)


def record_one(values: Values, *, now: datetime) -> Outcome:
    """Record one log with everything that follows from it, or nothing: not even its member is made then.

    Raises the API's error: refused by the rules (S26), or a repeat (S27).
    """
    entry = Entry(0, values)
    try:
        lone = record_lone_log(_unsaved_log(values), _name_of_owner(values), now=now)
        if lone is not None:
            return lone
        while True:
            with transaction.atomic():
                if not _record([entry], now=now):
                    return _recorded(entry)
    except Refused as refused:
        raise error_for(refused) from refused


def record_straight(values: Values, *, now: datetime, of_key: LiveKey) -> Outcome | None:
    """Record a log for a key that is only presumed to be live, or return None with nothing stored: see `lone_log`."""
    try:
        return record_lone_log(_unsaved_log(values), _name_of_owner(values), now=now, of_key=of_key)
    except Refused:
        return None


def _recorded(entry: Entry) -> Outcome:
    if entry.error is not None:
        raise entry.error
    assert entry.outcome is not None, "every entry without an error has been tried"
    if entry.outcome.refusal is not None:
        raise entry.outcome.refusal
    if entry.outcome.existing_id is not None:
        message = "This uniqueIdentifier has been recorded for this member and streak already; nothing was changed."
        raise DuplicateRecord("uniqueIdentifier", entry.outcome.existing_id, message)
    return entry.outcome


def record_many(entries: Sequence[Entry], *, now: datetime) -> None:
    """Record a batch and note in every entry what became of it.

    All are tried together. When one makes that impossible (a total out of range) the halves are tried by themselves,
    until it stands alone.
    """
    try:
        with transaction.atomic():
            again = [_record(entries, now=now)]
    except Refused as refused:
        if len(entries) == 1:
            entries[0].error = error_for(refused)
            return
        middle = len(entries) // 2
        again = [entries[:middle], entries[middle:]]
    for part in filter(None, again):
        record_many(part, now=now)


def result_of(entry: Entry) -> dict[str, Any]:
    """Return what the answer to a batch says of one entry."""
    try:
        outcome = _recorded(entry)
    except Refused as refused:
        return {"index": entry.index, "status": "rejected", "error": describe_error(error_for(refused))}
    except DuplicateRecord as error:
        return {"index": entry.index, "status": "duplicate", "existingId": error.details[0]["existingId"]}
    except APIException as error:
        return {"index": entry.index, "status": "rejected", "error": describe_error(error)}
    return {"index": entry.index, "status": "created", "id": outcome.log.pk}
