"""What schemathesis has to know to reach beyond the first check: formats that no schema can spell out, and real ids."""

import base64
import json
import os
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import schemathesis
from hypothesis import strategies as st

from gamopanda.conf.time_zones import zone_names

STREAK = os.environ["FUZZING_STREAK"]
OWN_KEY = os.environ["FUZZING_KEY_ID"]
# Made by the system alone, so no call makes them.
REAL_IDS = {
    "streak_progress": os.environ["FUZZING_RUN"],
    "reward_log": os.environ["FUZZING_REWARD"],
    "event": os.environ["FUZZING_EVENT"],
    "webhook_delivery": os.environ["FUZZING_DELIVERY"],
    "webhook_endpoint": os.environ["FUZZING_ENDPOINT"],
}
# Each is deleted once.
SPARE = {
    "webhook_endpoint": os.environ["FUZZING_SPARE_ENDPOINTS"].split(","),
    "account_user": os.environ["FUZZING_SPARE_MEMBERS"].split(","),
}
# Merged into: customer-17.
CUSTOMER = os.environ["FUZZING_CUSTOMER"]
# Merged, in a dry run, and exported again and again.
MEMBER = os.environ["FUZZING_MEMBER"]
# One version of the rules begins with a period.
FUTURE_DAYS = (
    f"{year}-{month:02}-{day:02}" for year in range(2100, 2900) for month in range(1, 13) for day in range(1, 29)
)
# Its clock is moved with a key of its own.
SANDBOX_MEMBER = os.environ["FUZZING_SANDBOX_MEMBER"]
SANDBOX = {"x-api-key": os.environ["FUZZING_SANDBOX_KEY"], "x-api-secret": os.environ["FUZZING_SANDBOX_SECRET"]}
MINUTES = count(1)
MEMBER_VALUES = {"status": "live", "timeZone": "Europe/Berlin"}
NOTHING = "0196a7c0-5d2e-7b41-9c3f-2f1e8a6d4b10"
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGOosXoLAALZAaQGKdQKAAAAAElFTkSuQmCC"

instants = st.datetimes().map(lambda instant: f"{instant.isoformat()}Z")
comparison = st.fixed_dictionaries(
    {
        "fieldSlug": st.just("createdAt"),
        "operator": st.sampled_from(["gt", "gte", "lt", "lte", "eq", "ne"]),
        "value": instants,
    }
)
is_null = st.fixed_dictionaries(
    {"fieldSlug": st.sampled_from(["id", "createdAt"]), "operator": st.just("isNull"), "value": st.booleans()}
)
conditions = st.recursive(
    comparison | is_null,
    lambda inner: st.fixed_dictionaries(
        {"operator": st.sampled_from(["and", "or"]), "conditions": st.lists(inner, min_size=1, max_size=3)}
    ),
    max_leaves=6,
)
names = st.lists(st.sampled_from(["id", "createdAt", "updatedAt"]), min_size=1, unique=True)
orders = names.map(lambda fields: [{"fieldSlug": field, "order": "DESC"} for field in fields])

schemathesis.openapi.format("json-condition", conditions.map(json.dumps))
schemathesis.openapi.format("json-fields", names.map(json.dumps))
schemathesis.openapi.format("json-order", orders.map(json.dumps))
schemathesis.openapi.format("cursor", st.just(""))
schemathesis.openapi.format("iana-time-zone", st.sampled_from(sorted(zone_names())))
schemathesis.openapi.format("streak-message", st.sampled_from(["", "Day {{nextProgressValue}}!", "{{ periodText }} é"]))
schemathesis.openapi.format("coupon-code", st.sampled_from(["SAVE-", "SPRING-5", "Été 5"]))
schemathesis.openapi.format("uri", st.just(f"data:image/png;base64,{DOT}"))
schemathesis.openapi.format("numeric", st.sampled_from(["1", "2", "7"]))
schemathesis.openapi.format("binary", st.just(base64.b64decode(DOT)))


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Keep the key that is calling and the streak, and see to what no schema says."""
    path = case.path_parameters or {}
    if case.method in ("PATCH", "DELETE") and path.get("id") in (OWN_KEY, STREAK, CUSTOMER):
        path["id"] = NOTHING
    is_meant_to_be_wrong = case.meta is not None and case.meta.generation.mode.is_negative
    if path.get("id") and not is_meant_to_be_wrong:
        _name_record(case, path)
    if not is_meant_to_be_wrong and "after" in (case.query or {}):
        # What is followed has an order and a beginning of its own.
        case.query = {name: value for name, value in case.query.items() if name not in {"sortBy", "offset"}}
    if "rewardPast" in (case.query or {}) and not is_meant_to_be_wrong:
        # Only a milestone that is live gives rewards.
        case.query = {name: value for name, value in case.query.items() if name != "rewardPast"}
    if case.path.endswith("/merge"):
        case.query = {**(case.query or {}), "dryRun": "true"}
    if "Idempotency-Key" in (case.headers or {}) and not is_meant_to_be_wrong:
        # The same key with another body is refused, and no schema says so.
        case.headers["Idempotency-Key"] = str(uuid4())
    if case.path.endswith("/merge") and isinstance(case.body, dict) and not is_meant_to_be_wrong:
        # Either of two, which the schema cannot say.
        case.body = {**case.body, "intoExternalId": "customer-17"}
    if isinstance(case.body, dict):
        body = _wrong_for_certain(case.body) if is_meant_to_be_wrong else _by_the_rules(case.body)
        if body != case.body:
            case.body = body
            # Right stays right: what is set would be looked at anew, and the file of a form be taken for wrong.
            case._record_starting_state()


def _name_record(case: Any, path: dict[str, Any]) -> None:
    """Name a record that is there; for the clock of a member one of the sandbox."""
    for resource, real_id in REAL_IDS.items():
        if f"/{resource}/" in case.path:
            path["id"] = real_id
    for resource, spare in SPARE.items():
        if case.method == "DELETE" and f"/{resource}/" in case.path:
            path["id"] = spare.pop()
    is_changed = case.method == "PATCH" and "/account_user/" in case.path
    if is_changed or case.path.endswith(("/merge", "/export")):
        path["id"] = MEMBER
    if case.path.endswith("/clock"):
        path["id"] = SANDBOX_MEMBER
        case.headers = {**(case.headers or {}), **SANDBOX}


def _wrong_for_certain(body: Any) -> Any:
    """Return a body that is still wrong when blanks around texts are cut off, as they are before it is measured."""
    return {name: _with_blanks_filled(value) if isinstance(value, str) else value for name, value in body.items()}


def _with_blanks_filled(text: str) -> str:
    end = text.rstrip().ljust(len(text), "x")
    return end.lstrip().rjust(len(text), "x") if text.strip() else text


def _fact(body: dict[str, Any]) -> dict[str, Any] | None:
    """Return a right body of a merge, an excuse, a gift or a version of the rules; None where it is none of these."""
    if "intoId" in body or "intoExternalId" in body:
        return {"intoExternalId": "customer-17"}
    if "now" in body:
        return {"now": (datetime.now(UTC) + timedelta(minutes=next(MINUTES))).isoformat()}
    if "kind" in body:
        return {"kind": "amnesty", "reason": "a storm", "startsOn": "2026-01-01", "endsOn": "2026-01-02"}
    if "validFrom" in body:
        return {"streakId": STREAK, "validFrom": next(FUTURE_DAYS), "completionTargetValue": 9}
    if "streakId" in body and "reason" in body:
        return {"streakId": STREAK, "ownedById": "customer-17", "reason": "sorry", "uniqueIdentifier": "ticket-1"}
    return None


def _instead_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return what a streak, a milestone or a member has to have instead: what goes with what, no schema says."""
    instead: dict[str, Any] = {"holidayCalendarIds": []} if "holidayCalendarIds" in body else {}
    if "couponSource" in body or "freezeReward" in body:
        # Without a code a milestone gives freezes, and they need a streak that has some.
        instead["freezeReward"] = 0
    if body.get("couponSource") == "none":
        instead["couponSource"] = "generated"
    if "externalId" in body or "remindersEnabled" in body:
        # The member goes on earning, and names a zone that there is.
        instead |= {name: value for name, value in MEMBER_VALUES.items() if name in body}
    return instead


def _by_the_rules(value: Any) -> Any:
    """Return a body with the one streak and one owner, a past instant, a target within reach, and four decimals."""
    if isinstance(value, list):
        return [_by_the_rules(part) for part in value]
    if not isinstance(value, dict):
        return round(value, 4) if isinstance(value, float) else value
    body = {name: _by_the_rules(part) for name, part in value.items()}
    if "url" in body or "eventTypes" in body or "streakIds" in body:
        body |= {"url": "https://93.184.215.14/hook", "streakIds": None}
    fact = _fact(body)
    if fact is not None:
        return fact
    body |= _instead_of(body)
    if "externalIds" in body and "streakId" in body:
        body["streakId"] = STREAK
    elif "streakId" in body:
        body.pop("ownedBy", None)
        body |= {"streakId": STREAK, "ownedById": "customer-17"}
        body |= {"activityValue": body.get("activityValue") or 5, "activityAt": "2026-03-01T18:30:00+01:00"}
    if "linkedSchemaRecordId" in body:
        body["linkedSchemaRecordId"] = STREAK
    if "milestoneTargetValue" in body:
        body["milestoneTargetValue"] = 1 + int(body["milestoneTargetValue"]) % 7
    if body.get("rewardExpiryAt") is not None:
        body["rewardExpiryAt"] = "9999-01-01T00:00:00Z"
    if body.get("couponSource") == "fixed" or body.get("couponCode") == "":
        body["couponCode"] = "SPRING-5"
    return body
