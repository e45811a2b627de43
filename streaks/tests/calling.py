"""Callers of the API for tests: one helper that sends, with the headers of each kind of caller."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import jwt
from django.conf import settings
from django.test import Client

from gamopanda.accounts.models import ApiKey, Member
from gamopanda.api.models import Status
from streaks.models import Milestone, Streak

ROOT = "/api/v1.0/schema"

SHOPPER = {
    "name": "7-Day Shopper",
    "description": "Spend $50 a day for a week.",
    "status": "live",
    "aggregationMethod": "sum",
    "aggregationPeriod": "daily",
    "aggregationTargetValue": 50,
    "completionTargetValue": 7,
}


UNPROTECTED = {
    "isPerfect": True,
    "frozenPeriods": [],
    "excusedPeriods": [],
    "freezesLeft": 0,
    "freezesMax": 0,
    "isProtected": False,
    "breakReason": None,
    "freezeDeclined": None,
}
"""What a run shows where nothing protects it."""


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the decoded body (None when empty; fractions as Decimal) and the headers."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def data(self) -> Any:
        """The `data` of a success; shows the whole answer when it was none."""
        assert self.status in {200, 201}, (self.status, self.body)
        return self.body["data"]

    @property
    def ids(self) -> list[str]:
        """The ids of a list, in order."""
        return [record["id"] for record in self.data]

    def error(self) -> tuple[int, str]:
        """The status and code of a refusal."""
        return self.status, self.body["error"]["code"]

    def details(self) -> list[tuple[str, str]]:
        """Which fields are wrong, and how, of a refusal; what it says of each ends as a sentence does."""
        messages = [detail["message"] for detail in self.body["error"]["details"]]
        assert [message for message in messages if not SENTENCE.fullmatch(message)] == []
        return [(detail["field"], detail["code"]) for detail in self.body["error"]["details"]]


SENTENCE = re.compile(r".*[.!?]", re.DOTALL)

# One for all: every new client reads the list of static files again.
_client = Client(raise_request_exception=False)


@dataclass(frozen=True)
class Caller:
    """Someone who calls the API with the same headers every time."""

    headers: Mapping[str, str]

    def send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, **query: Any
    ) -> Answer:
        """Send one request; `body` is JSON, or bytes as they are; lists and objects of the `query` go as JSON."""
        response = _client.generic(
            method,
            path if path.startswith("/") else f"{ROOT}/{path}",
            body if isinstance(body, bytes) else json.dumps(body, default=str) if body is not None else "",
            content_type="application/json",
            query_params={
                name: value if isinstance(value, str) else json.dumps(value) for name, value in query.items()
            },
            headers={**self.headers, **(headers or {})},
        )
        raw = response.getvalue()
        content = json.loads(raw, parse_float=Decimal) if raw else None
        return Answer(response.status_code, content, response.headers)

    def get(self, path: str, **query: Any) -> Answer:
        """Read one record or a list."""
        return self.send("GET", path, **query)

    def post(self, path: str, body: Any, **query: Any) -> Answer:
        """Create."""
        return self.send("POST", path, body, **query)

    def put(self, path: str, body: Any, **query: Any) -> Answer:
        """Create or update."""
        return self.send("PUT", path, body, **query)

    def patch(self, path: str, body: Any, **query: Any) -> Answer:
        """Update."""
        return self.send("PATCH", path, body, **query)

    def delete(self, path: str) -> Answer:
        """Delete."""
        return self.send("DELETE", path)


def make_key() -> ApiKey:
    """Make a live API key."""
    return ApiKey.objects.create(name=f"test {ApiKey.objects.count()}", status=Status.LIVE)


def admin() -> Caller:
    """One of the client's servers."""
    key = make_key()
    return Caller({"x-api-key": key.api_key, "x-api-secret": key.secret})


def end_user(external_id: str = "ann") -> Caller:
    """An end user, with a token signed as the client's backend does; the member need not exist."""
    key = make_key()
    claims = {
        "sub": settings.GAMOPANDA_ACCOUNT_ID,
        "exp": datetime.now(UTC) + timedelta(minutes=30),
        "userData": {"externalId": external_id},
    }
    token = jwt.encode(claims, key.secret, algorithm="HS256", headers={"kid": key.api_key})
    return Caller({"x-enduser-access-token": token, "x-account-id": settings.GAMOPANDA_ACCOUNT_ID})


def guest() -> Caller:
    """Someone without credentials."""
    return Caller({})


def make_member(external_id: str = "ann", status: Status = Status.LIVE, **more: Any) -> Member:
    """Make a member."""
    return Member.objects.create(external_id=external_id, status=status, **more)


def make_streak(**changes: Any) -> Streak:
    """Make the live streak of the product page: $50 a day for 7 days."""
    rules = {
        "name": "7-Day Shopper",
        "description": "Spend $50 a day for a week.",
        "status": Status.LIVE,
        "aggregation_target_value": Decimal(50),
        "completion_target_value": 7,
    }
    return Streak.objects.create(**{**rules, **changes})


def make_milestone(streak: Streak, target: int, **changes: Any) -> Milestone:
    """Make a live milestone of a streak."""
    fields = {"name": f"Day {target}", "status": Status.LIVE, "milestone_target_value": target}
    return Milestone.objects.create(streak=streak, **{**fields, **changes})


def log_body(streak: Streak, *, day: int = 1, value: Any = 50, of: str = "ann", **changes: Any) -> dict[str, Any]:
    """The body of a log at noon UTC of a day in March 2026, for a member who may not exist yet."""
    body = {
        "streakId": str(streak.pk),
        "ownedBy": {"externalId": of},
        "activityAt": f"2026-03-{day:02d}T12:00:00Z",
        "activityId": "made_a_purchase",
        "uniqueIdentifier": f"order-{day}",
        "activityValue": value,
    }
    return {name: part for name, part in {**body, **changes}.items() if part is not ...}
