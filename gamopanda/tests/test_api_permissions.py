"""Who may do what, as one matrix: every resource, every operation, every caller, and every way to fail to be one.

The table is the one of the API's description; a refusal also proves that nothing changed.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.utils import timezone

from gamopanda.accounts.models import ApiKey, Member
from gamopanda.api.models import Status
from gamopanda.events.endpoints import send_test
from gamopanda.events.models import Delivery, Event, WebhookEndpoint
from gamopanda.events.tests.receiving import make_endpoint
from rewards.models import RewardLog
from streaks.models import (
    HolidayCalendar,
    Milestone,
    Streak,
    StreakExcuse,
    StreakFreeze,
    StreakLog,
    StreakProgress,
    StreakRules,
)
from streaks.progress.service import record_log
from streaks.tests.calling import (
    SHOPPER,
    Answer,
    Caller,
    admin,
    end_user,
    guest,
    log_body,
    make_key,
    make_member,
    make_milestone,
    make_streak,
)

pytestmark = pytest.mark.django_db

OPERATIONS = ("list", "get", "create", "update", "delete")

# Which operations each caller has; the letters are the columns of OPERATIONS.
MAY = {
    "streak": {"admin": OPERATIONS, "end_user": ("list", "get"), "guest": ("list", "get")},
    "milestone": {"admin": OPERATIONS, "end_user": ("list", "get"), "guest": ("list", "get")},
    "streak_log": {"admin": ("list", "get", "create"), "end_user": ("list", "get"), "guest": ()},
    "streak_progress": {"admin": ("list", "get"), "end_user": ("list", "get"), "guest": ()},
    "reward_log": {"admin": ("list", "get", "update"), "end_user": ("list", "get"), "guest": ()},
    "account_user": {"admin": OPERATIONS, "end_user": ("list", "get"), "guest": ()},
    "api_key": {"admin": OPERATIONS, "end_user": (), "guest": ()},
    "event": {"admin": ("list", "get"), "end_user": (), "guest": ()},
    "webhook_endpoint": {"admin": OPERATIONS, "end_user": (), "guest": ()},
    "webhook_delivery": {"admin": ("list", "get"), "end_user": (), "guest": ()},
    "streak_excuse": {"admin": OPERATIONS, "end_user": ("list", "get", "create", "update"), "guest": ()},
    "streak_freeze": {"admin": ("list", "get", "create"), "end_user": ("list", "get"), "guest": ()},
    "streak_rules": {"admin": ("list", "get", "create", "delete"), "end_user": (), "guest": ()},
    "holiday_calendar": {"admin": OPERATIONS, "end_user": (), "guest": ()},
}
MODELS: dict[str, Any] = {
    "streak": Streak,
    "milestone": Milestone,
    "streak_log": StreakLog,
    "streak_progress": StreakProgress,
    "reward_log": RewardLog,
    "account_user": Member,
    "api_key": ApiKey,
    "event": Event,
    "webhook_endpoint": WebhookEndpoint,
    "webhook_delivery": Delivery,
    "streak_excuse": StreakExcuse,
    "streak_freeze": StreakFreeze,
    "streak_rules": StreakRules,
    "holiday_calendar": HolidayCalendar,
}
CHANGES: dict[str, dict[str, Any]] = {
    "streak": {"name": "Changed"},
    "milestone": {"name": "Changed"},
    "streak_log": {"activityId": "changed"},
    "streak_progress": {"currentProgressValue": 7},
    "reward_log": {"couponCode": "CHANGED"},
    "account_user": {"firstName": "Changed"},
    "api_key": {"description": "Changed"},
    "event": {"type": "streak.broken"},
    "webhook_endpoint": {"description": "Changed"},
    "webhook_delivery": {"status": "delivered"},
    "streak_excuse": {"endsOn": "2099-03-02"},
    "streak_freeze": {"quantity": 2},
    "streak_rules": {"validFrom": "2099-05-01"},
    "holiday_calendar": {"name": "Changed"},
}
OF_A_MEMBER = ("streak_log", "streak_progress", "reward_log", "account_user", "streak_excuse", "streak_freeze")
SUCCESS = {"list": 200, "get": 200, "create": 201, "update": 200, "delete": 204}

CALLERS: dict[str, Callable[[], Caller]] = {"admin": admin, "end_user": end_user, "guest": guest}


@pytest.fixture
def world() -> Streak:
    """One record of every resource, all of them Ann's where they can be: one completed day with a reward."""
    streak, now = make_streak(freeze_max_count=5, member_breaks_allowed=True), timezone.now()
    make_milestone(streak, 1)
    make_key()
    log = StreakLog(
        member=make_member(),
        streak=streak,
        activity_at=now,
        activity_id="made_a_purchase",
        unique_identifier="order-1",
        activity_value=50,
    )
    assert record_log(log, now=now).is_recorded
    send_test(make_endpoint(), now=now)
    make_facts(streak, log.member, now)
    return streak


def make_facts(streak: Streak, member: Member, now: datetime) -> None:
    """What saves runs and changes rules: a break and freezes of Ann's, a version that is not in force, holidays."""
    of_ann = {"streak": streak, "member": member, "reason": "Ill"}
    StreakExcuse.objects.create(
        **of_ann, kind="member_break", starts_on=date(2099, 3, 1), ends_on=date(2099, 3, 5), applied_at=now
    )
    StreakFreeze.objects.create(**of_ann, unique_identifier="gift-1", given_at=now)
    StreakRules.objects.create(streak=streak, valid_from=date(2099, 4, 1), completion_target_value=9, applied_at=now)
    HolidayCalendar.objects.create(name="Holidays")


def new_body(slug: str, streak: Streak, *, is_member: bool = False) -> dict[str, Any]:
    owner = {} if is_member else {"ownedById": "ann"}
    of_ann = {"streakId": str(streak.pk), "reason": "Ill", **owner}
    return {
        "streak": SHOPPER,
        "milestone": {"linkedSchemaRecordId": str(streak.pk), "name": "Day 3", "milestoneTargetValue": 3},
        "streak_log": log_body(streak, uniqueIdentifier="another", activityAt=timezone.now().isoformat()),
        "account_user": {"externalId": "bob"},
        "api_key": {"name": "another"},
        "webhook_endpoint": {"url": "https://93.184.215.14/hook"},
        "streak_excuse": {**of_ann, "kind": "member_break", "startsOn": "2099-03-07", "endsOn": "2099-03-07"},
        "streak_freeze": {**of_ann, "uniqueIdentifier": "gift-2"},
        "streak_rules": {"streakId": str(streak.pk), "validFrom": "2099-04-02", "completionTargetValue": 10},
        "holiday_calendar": {"name": "Another"},
    }.get(slug, {})


def call(caller: Caller, slug: str, operation: str, streak: Streak) -> Answer:
    record, is_member = f"{slug}/record/{record_id(slug)}", "x-enduser-access-token" in caller.headers
    calls: dict[str, Callable[[], Answer]] = {
        "list": lambda: caller.get(f"{slug}/record"),
        "get": lambda: caller.get(record),
        "create": lambda: caller.post(f"{slug}/record", new_body(slug, streak, is_member=is_member)),
        "update": lambda: caller.patch(record, CHANGES[slug]),
        "delete": lambda: caller.delete(record),
    }
    return calls[operation]()


def record_id(slug: str) -> str:
    model = MODELS[slug]
    if slug == "account_user":
        return str(Member.objects.get(external_id="ann").pk)
    return str(model.objects.order_by("pk")[0].pk if slug == "api_key" else model.objects.get().pk)


def everything() -> dict[str, list[Any]]:
    """All that is stored, for a refusal to leave as it was; but for the keys of the callers themselves."""
    stored = {slug: list(model.objects.order_by("pk").values()) for slug, model in MODELS.items() if slug != "api_key"}
    return {**stored, "api_key": list(ApiKey.objects.order_by("pk")[:1].values())}


def expected(slug: str, operation: str, kind: str) -> int:
    if operation in MAY[slug][kind]:
        return SUCCESS[operation]
    return {"admin": 405, "end_user": 403, "guest": 401}[kind]


@pytest.mark.parametrize("kind", CALLERS)
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("slug", MAY)
def test_every_caller_may_do_what_the_table_says_and_a_refusal_changes_nothing(slug, operation, kind, world):
    if (slug, operation) == ("streak_excuse", "delete"):
        # A break is not revoked, it is ended early.
        StreakExcuse.objects.update(kind="amnesty")
    caller, before = CALLERS[kind](), everything()
    answer = call(caller, slug, operation, world)
    assert answer.status == expected(slug, operation, kind)
    if operation not in MAY[slug][kind]:
        code = {"admin": "method_not_allowed", "end_user": "forbidden", "guest": "unauthorized"}[kind]
        assert answer.error() == (answer.status, code)
        assert everything() == before


def token(key: ApiKey, *, minutes: int = 30, algorithm: str = "HS256", secret: str = "", **claims: Any) -> str:
    """A token of Ann's that is right but for what the arguments say."""
    times = {"exp": int(timezone.now().timestamp()) + 60 * minutes}
    payload = {"sub": settings.GAMOPANDA_ACCOUNT_ID, **times, "userData": {"externalId": "ann"}, **claims}
    signed_with = None if algorithm == "none" else secret or key.secret
    return jwt.encode(payload, signed_with, algorithm=algorithm, headers={"kid": key.api_key})


def with_broken_credentials() -> dict[str, Caller]:
    """Someone for every way to fail to be an administrator or an end user."""
    key, paused, account = make_key(), make_key(), settings.GAMOPANDA_ACCOUNT_ID
    ApiKey.objects.filter(pk=paused.pk).update(status=Status.PAUSED)
    pair = {"x-api-key": key.api_key, "x-api-secret": key.secret}

    def bearer(text: str, account_id: str = account) -> dict[str, str]:
        return {"x-enduser-access-token": text, "x-account-id": account_id}

    headers: dict[str, dict[str, str]] = {
        "half of a key's pair": {"x-api-key": key.api_key},
        "the other half": {"x-api-secret": key.secret},
        "a wrong secret": {**pair, "x-api-secret": paused.secret},
        "an unknown key": {**pair, "x-api-key": "gk_unknown"},
        "a key that is not live": {"x-api-key": paused.api_key, "x-api-secret": paused.secret},
        "half of a token's pair": {"x-enduser-access-token": token(key)},
        "an account alone": {"x-account-id": account},
        "both pairs": {**pair, **bearer(token(key))},
        "an expired token": bearer(token(key, minutes=-1)),
        "a token that lives too long": bearer(token(key, minutes=25 * 60)),
        "an unsigned token": bearer(token(key, algorithm="none")),
        "a wrongly signed token": bearer(token(key, secret=paused.secret)),
        "a token of a key that is not live": bearer(token(paused)),
        "a token of another account": bearer(token(key, sub="another"), "another"),
        "a token without a member": bearer(token(key, userData={})),
        "no token": bearer("nonsense"),
    }
    return {name: Caller(given) for name, given in headers.items()}


@pytest.mark.sqlite  # They get as far as the key, on either database.
def test_broken_credentials_of_every_kind_are_401_for_every_operation_and_change_nothing(world):
    """Never silently a guest: also where guests may read."""
    callers, before = with_broken_credentials(), everything()
    answers = {
        (name, slug, operation): call(caller, slug, operation, world).error()
        for name, caller in callers.items()
        for slug in MAY
        for operation in OPERATIONS
    }
    answers |= {
        (name, path): caller.send(method, path, {"records": []}).error()
        for name, caller in callers.items()
        for method, path in (("POST", "streak_log/record/bulk"), ("GET", "/api/v1.0/end-user-display"))
    }
    assert {case: error for case, error in answers.items() if error != (401, "unauthorized")} == {}
    assert len(answers) == 16 * (len(MAY) * len(OPERATIONS) + 2)
    assert everything() == before


@pytest.mark.parametrize("kind", ["end_user", "guest"])
def test_many_logs_at_once_are_for_administrators_alone(kind, world):
    before = everything()
    answer = CALLERS[kind]().post("streak_log/record/bulk", {"records": [new_body("streak_log", world)]})
    assert answer.status == {"end_user": 403, "guest": 401}[kind]
    assert everything() == before


@pytest.mark.parametrize("kind", CALLERS)
@pytest.mark.parametrize("slug", MAY)
def test_records_are_changed_with_patch_and_never_replaced_with_put(slug, kind, world):
    caller, before = CALLERS[kind](), everything()
    answer = caller.send("PUT", f"{slug}/record/{record_id(slug)}", CHANGES[slug])
    assert answer.status == {"admin": 405, "end_user": 403, "guest": 401}[kind]
    assert everything() == before


@pytest.mark.parametrize("kind", ["admin", "end_user", "guest"])
@pytest.mark.parametrize("slug", MAY)
@pytest.mark.parametrize("record", ["01a2031a-8e1d-7473-80eb-a2d592ccef59", "unknown", "0", "a.b", "%00", "a%2Fb"])
def test_an_unknown_or_malformed_id_is_not_found_where_reading_is_allowed(slug, kind, record):
    status = CALLERS[kind]().get(f"{slug}/record/{record}").status
    if record == "a%2Fb":
        # A slash is a slash: there is no such address for anybody.
        assert status == 404
    else:
        assert status == (404 if "get" in MAY[slug][kind] else expected(slug, "get", kind))


@pytest.mark.parametrize("slug", OF_A_MEMBER)
def test_somebody_elses_record_is_not_found_and_not_listed(slug, world):
    bob = end_user("bob")
    assert bob.get(f"{slug}/record/{record_id(slug)}").error() == (404, "not_found")
    assert bob.get(f"{slug}/record").data == []
    assert len(end_user("ann").get(f"{slug}/record").data) == 1


@pytest.mark.parametrize("slug", ["streak", "milestone"])
@pytest.mark.parametrize("status", [Status.DRAFT, Status.PAUSED])
@pytest.mark.parametrize("kind", ["end_user", "guest"])
def test_end_users_and_guests_see_live_ones_only(slug, status, kind, world):
    MODELS[slug].objects.update(
        status=status, **({"paused_at": timezone.now()} if status == "paused" and slug == "streak" else {})
    )
    caller = CALLERS[kind]()
    assert caller.get(f"{slug}/record").data == []
    assert caller.get(f"{slug}/record/{record_id(slug)}").error() == (404, "not_found")


def test_a_milestone_of_a_streak_that_is_not_live_is_hidden_from_end_users_and_guests(world):
    Streak.objects.update(status=Status.DRAFT)
    for caller in (end_user(), guest()):
        assert caller.get("milestone/record").data == []
        assert caller.get(f"milestone/record/{record_id('milestone')}").error() == (404, "not_found")
