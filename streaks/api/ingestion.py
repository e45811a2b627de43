"""From the bodies of logs to recorded logs: one at a time, or many of which none harms another."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from drf_standardized_errors.formatter import flatten_errors
from rest_framework.exceptions import APIException
from uuid_utils.compat import uuid7

from gamopanda.accounts.authentication import LiveKey
from gamopanda.accounts.models import Member
from gamopanda.accounts.naming import ids_by_external_id, present_ids
from gamopanda.accounts.profiles import fill_profile, fill_profiles
from gamopanda.accounts.sandbox import is_sandbox, new_member
from gamopanda.accounts.zones import make_with_zones
from gamopanda.api.errors.exceptions import ApiError, DuplicateRecord, describe, invalid, summarise
from gamopanda.api.serializers.base import read_id
from streaks.core.facts import Log
from streaks.progress import service
from streaks.progress.admission import Refused
from streaks.progress.log_body import LogBody
from streaks.progress.recording import Owner, RecordResult, SandboxMember

WIRE_NAMES = {
    "member_id": "ownedById",
    "streak_id": "streakId",
    "activity_at": "activityAt",
    "activity_value": "activityValue",
}
UNKNOWN_MEMBER = UUID(int=0)
"""Stands for a member who is not there, or who is named by an external id and not found yet."""


@dataclass(frozen=True, slots=True)
class Said:
    """Who sends logs, and when: the author of what they say of their members, who may be those of the sandbox."""

    author: str
    now: datetime
    sandbox: bool = False


@dataclass(slots=True)
class Entry:
    """One log of a batch and what became of it."""

    index: int
    body: LogBody
    result: RecordResult | None = None


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

    def __init__(self, bodies: Sequence[LogBody], said: Said, *, makes_missing: bool = True) -> None:
        """Look everybody up in two queries, and make the missing in two more; inside a transaction.

        The members of the sandbox and all others do not exist for each other.
        """
        self.said = said
        owners = {body.owner for body in bodies if body.owner is not None}
        people = {body.person["external_id"]: body.person for body in reversed(bodies) if body.person is not None}
        self.by_id = present_ids({pk for pk in map(read_id, owners) if pk is not None})
        names = people.keys() | {owner for owner in owners if read_id(owner) not in self.by_id}
        self.by_external_id = ids_by_external_id(names)
        self.made: set[UUID] = set()
        # More than once where somebody is there when they are to be made, and gone when they are looked up.
        while makes_missing and (missing := sorted(people.keys() - self.by_external_id.keys())):
            self._make({name: people[name] for name in missing})

    def _make(self, people: Mapping[str, Mapping[str, str]]) -> None:
        """Insert in the order of external ids, so that two batches wait for each other instead of deadlocking.

        Somebody else may be making the same members at this moment: then theirs stand.
        """
        members = [
            new_member(
                sandbox=self.said.sandbox, **{name: text for name, text in person.items() if name != "time_zone"}
            )
            for person in people.values()
        ]
        Member.objects.bulk_create(members, ignore_conflicts=True)
        found = ids_by_external_id({member.external_id for member in members})
        self.by_external_id |= found
        made = {member.pk: people[member.external_id] for member in members if member.pk in found.values()}
        self.made |= made.keys()
        zones = {pk: person["time_zone"] for pk, person in made.items() if person.get("time_zone")}
        if zones:
            make_with_zones(zones, author=self.said.author, now=self.said.now)

    def of(self, body: LogBody) -> UUID | None:
        """Return the id of the member of a log; None when there is none."""
        found = self._named_by(body)
        return None if found is None or is_sandbox(found) != self.said.sandbox else found

    def _named_by(self, body: LogBody) -> UUID | None:
        if body.person is not None:
            return self.by_external_id.get(body.person["external_id"])
        owner = read_id(body.owner)
        return self.by_id[owner] if owner in self.by_id else self.by_external_id.get(str(body.owner))

    def forget(self, results: Sequence[RecordResult]) -> None:
        """Take back the members that were made for logs of which none was recorded."""
        needed = {result.log.member_id for result in results if result.is_recorded}
        if self.made - needed:
            Member.objects.filter(pk__in=self.made - needed).delete()


def presents_of(bodies: Sequence[LogBody], said: Said) -> list[datetime]:
    """Return the present of the sandbox member of each body; where there is none yet, that of everybody."""
    owners = Owners(bodies, said, makes_missing=False)
    ids = [owners.of(body) for body in bodies]
    members = Member.objects.in_bulk([pk for pk in ids if pk is not None])
    return [members[pk].now_at(said.now) if pk in members else said.now for pk in ids]


def _without_present_member(entries: Sequence[Entry], said: Said) -> list[Entry]:
    """Return entries whose member was deleted, renamed or merged into another one after it was found."""
    results = [(entry, entry.result) for entry in entries if entry.result is not None]
    refused = [(entry, one) for entry, one in results if one.refusal is not None and one.refusal.is_about_member]
    if not refused:
        return []
    present = Owners([entry.body for entry, _ in refused], said, makes_missing=False)
    return [entry for entry, one in refused if one.log.member_id != (present.of(entry.body) or UNKNOWN_MEMBER)]


# --- logs ------------------------------------------------------------------------------------------------------------


def _new_log(body: LogBody, member_id: UUID) -> Log:
    assert body.streak_id is not None, "a body that could be read names a streak"
    return Log(
        uuid7(),
        member_id,
        body.streak_id,
        body.activity_at,
        body.activity_id,
        body.unique_identifier,
        body.units,
    )


def _owner_of(body: LogBody) -> Owner:
    """Return what the member of a log is to be looked up by first."""
    if body.person is not None:
        return None, body.person["external_id"]
    owner = read_id(body.owner)
    return (None, body.owner) if owner is None else (owner, None)


def record_directly(body: LogBody, said: Said, *, key: LiveKey | None = None) -> RecordResult | None:
    """Record one log for a member who is there already, or say why not; None where it takes more than that.

    With `key`, an API key that is only presumed to be live, nothing is stored if it is not: raises `KeyRevoked`.
    """
    if connection.vendor != "postgresql":
        return None
    if not _tells_profile(body):
        return _record_directly(body, said.now, key)
    with transaction.atomic():
        result = _record_directly(body, said.now, key)
        if result is not None:
            _fill_profiles([Entry(0, body, result)], said)
            if result.current is not None:
                # So that the answer speaks to the member by the name that came with the log.
                fill_profile(result.current.member, body.person or {})
        return result


def _record_directly(body: LogBody, now: datetime, key: LiveKey | None) -> RecordResult | None:
    owner = _owner_of(body)
    log = _new_log(body, owner[0] or UNKNOWN_MEMBER)
    try:
        result = service.record_one(log, owner=owner, now=now, key=key)
    except SandboxMember:
        return None
    # The member may have to be made first, or what looks like one of our ids is an external id.
    is_lost = result.refusal is not None and result.refusal.is_about_member
    return None if is_lost else result


def record_one(body: LogBody, said: Said) -> RecordResult:
    """Record one log with everything that follows from it, or nothing: not even its member is made then.

    Raises the API's error: refused by the rules, or a repeat.
    """
    entry = Entry(0, body)
    entry.result = None if said.sandbox else record_directly(body, said)
    if entry.result is None:
        record_many([entry], said)
    try:
        return _recorded(entry)
    except Refused as refused:
        raise error_for(refused) from refused


def record_sandbox(entries: Sequence[Entry], said: Said) -> None:
    """Record a batch for members of the sandbox, each at its own present."""
    by_present: dict[datetime, list[Entry]] = defaultdict(list)
    for entry, present in zip(entries, presents_of([one.body for one in entries], said), strict=True):
        by_present[present].append(entry)
    for present, some in by_present.items():
        record_many(some, replace(said, now=present))


def record_many(entries: Sequence[Entry], said: Said) -> None:
    """Record a batch and note in every entry what became of it.

    An entry whose member is deleted meanwhile is recorded once more, for another one. In a transaction of its own, as
    locks are taken in one order, and this one has all of its own already.
    """
    while entries:
        with transaction.atomic():
            entries = _record(entries, said)


def _record(entries: Sequence[Entry], said: Said) -> Sequence[Entry]:
    """Record entries; return those whose member was deleted meanwhile."""
    owners = Owners([entry.body for entry in entries], said)
    logs = [_new_log(entry.body, owners.of(entry.body) or UNKNOWN_MEMBER) for entry in entries]
    results = service.record(logs, now=said.now)
    for entry, result in zip(entries, results, strict=True):
        entry.result = result
    owners.forget(results)
    _fill_profiles(entries, said)
    return _without_present_member(entries, said)


def _tells_profile(body: LogBody) -> bool:
    return body.person is not None and len(body.person) > 1


def _fill_profiles(entries: Sequence[Entry], said_by: Said) -> None:
    """Take what recorded logs say of their members where nothing is known yet; of several the first says it."""
    said: dict[UUID, dict[str, str]] = {}
    for entry in entries:
        if entry.result is not None and entry.result.is_recorded and _tells_profile(entry.body):
            person = {name: text for name, text in (entry.body.person or {}).items() if text}
            member_id = entry.result.log.member_id
            said[member_id] = {**person, **said.get(member_id, {})}
    if said:
        fill_profiles(said, author=said_by.author, now=said_by.now)


def _recorded(entry: Entry) -> RecordResult:
    assert entry.result is not None, "every entry has been tried"
    if entry.result.refusal is not None:
        raise entry.result.refusal
    if entry.result.existing_id is not None:
        message = "This uniqueIdentifier has been recorded for this member and streak already; nothing was changed."
        raise DuplicateRecord("uniqueIdentifier", entry.result.existing_id, message)
    return entry.result


def result_of(entry: Entry) -> dict[str, Any]:
    """Return what the answer to a batch says of one entry."""
    try:
        result = _recorded(entry)
    except Refused as refused:
        return {"index": entry.index, "status": "rejected", "error": describe_error(error_for(refused))}
    except DuplicateRecord as error:
        return {"index": entry.index, "status": "duplicate", "existingId": error.details[0]["existingId"]}
    return {"index": entry.index, "status": "created", "id": result.log.id}
