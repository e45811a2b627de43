"""Calls by keys of the sandbox."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from django.conf import settings as configured

from gamopanda.accounts.models import ApiKey, Member
from streaks.models import Streak
from streaks.tests.calling import Answer, Caller, log_body

LOGS = "streak_log/record"
DISPLAY = "/api/v1.0/end-user-display"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def make_sandbox_key() -> ApiKey:
    return ApiKey.objects.create(name=f"sandbox {ApiKey.objects.count()}", sandbox=True)


def reader(key: ApiKey, external_id: str) -> Caller:
    claims = {
        "sub": configured.GAMOPANDA_ACCOUNT_ID,
        "exp": NOON + timedelta(hours=1),
        "userData": {"externalId": external_id},
    }
    token = jwt.encode(claims, key.secret, algorithm="HS256", headers={"kid": key.api_key})
    return Caller({"x-enduser-access-token": token, "x-account-id": configured.GAMOPANDA_ACCOUNT_ID})


def body(streak: Streak, at: datetime, of: str = "tess", **changes: Any) -> dict[str, Any]:
    return log_body(streak, of=of, activityAt=at.isoformat(), uniqueIdentifier=at.isoformat(), **changes)


def record(caller: Caller, streak: Streak, at: datetime = NOON, of: str = "tess") -> Any:
    return caller.post(LOGS, body(streak, at, of)).data


def set_clock(caller: Caller, at: datetime, of: str = "tess") -> Answer:
    member = Member.objects.get(external_id=of)
    return caller.post(f"account_user/record/{member.pk}/clock", {"now": at.isoformat()})
