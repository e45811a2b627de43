"""An event of each type, made as an installation makes it, with steady values in place of varying ones."""

import json
import re
from datetime import UTC, datetime
from itertools import count
from typing import Any

import time_machine
from django.utils import timezone

from gamopanda.accounts.models import Member
from gamopanda.events.endpoints import send_test
from gamopanda.events.models import Event, ReminderRule
from gamopanda.events.reminders.sending import send_due
from gamopanda.events.tests.receiving import make_endpoint
from rewards.coupons import upload_codes
from rewards.models import RewardLog
from streaks.progress.housekeeping import close_runs
from streaks.tests.calling import Caller, admin, log_body, make_milestone, make_streak

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
CODE = re.compile(r"\bSAVE5-[A-Z0-9]{14}\b")


def _send(server: Caller, streak: Any, day: int, of: str = "customer-17") -> None:
    with time_machine.travel(f"2026-03-{day:02d}T17:30:00Z", tick=False):
        body = log_body(streak, day=day, of=of, activityAt=f"2026-03-{day:02d}T17:29:58Z")
        assert server.post("streak_log/record", body).status == 201


def happen() -> None:
    """Let everything happen that is told."""
    with time_machine.travel("2026-02-28T09:00:00Z", tick=False):
        server, endpoint = admin(), make_endpoint()
        streak = make_streak(completion_target_value=2)
        make_milestone(streak, 2, name="Day 2: 5% off", coupon_prefix="SAVE5-", reward_validity_days=30)
        pools = make_streak(name="Weekly Regular", completion_target_value=30)
        reader = make_streak(
            name="Daily Reader", freeze_max_count=2, freeze_minimum_value=1, completion_target_value=30
        )
        days = {"reward_validity_days": 4, "freeze_reward": 1, "coupon_prefix": "SAVE5-"}
        make_milestone(reader, 1, name="Day 1: a freeze", **days)
        milestone = make_milestone(pools, 1, name="Free coffee", coupon_source="pool", low_stock=2)
    _send(server, streak, 1)
    _send(server, streak, 2)
    with time_machine.travel("2026-03-05T09:00:00Z", tick=False):
        body = {"redeemedAt": "2026-03-05T08:59:57Z"}
        assert server.patch(f"reward_log/record/{RewardLog.objects.get().pk}", body).status == 200
    _send(server, pools, 6)
    with time_machine.travel("2026-03-06T18:00:00Z", tick=False):
        upload_codes(milestone, ["COFFEE-1", "COFFEE-2", "COFFEE-3"], now=timezone.now())
    _send(server, pools, 6, "customer-18")
    _send(server, pools, 6, "customer-19")
    _send(server, reader, 6, "customer-20")
    with time_machine.travel("2026-03-08T06:00:30Z", tick=False):
        close_runs(now=datetime(2026, 3, 8, 6, 0, 30, tzinfo=UTC))
        _late(server, pools)
        member = Member.objects.get(external_id="customer-18")
        assert server.delete(f"account_user/record/{member.pk}").status == 204
        _merge(server)
        send_test(endpoint, now=timezone.now())
    with time_machine.travel("2026-03-08T20:50:00Z", tick=False):
        _remind(server, pools)


def _late(server: Caller, streak: Any) -> None:
    body = log_body(streak, day=7, of="customer-17", activityAt="2026-03-07T17:29:58Z")
    assert server.post("streak_log/record", body).status == 201


def _merge(server: Caller) -> None:
    former, present = (Member.objects.get(external_id=name) for name in ("customer-19", "customer-17"))
    assert server.post(f"account_user/record/{former.pk}/merge", {"intoId": str(present.pk)}).status == 200


def _remind(server: Caller, streak: Any) -> None:
    text = "{{nextRemainingValue}} more today keeps your streak"
    ReminderRule.objects.create(streak=streak, type="at_risk", is_on=True, text=text)
    assert send_due(now=timezone.now()) == 1


def examples() -> dict[str, str]:
    """Return the first body of each type, as docs/webhooks.md shows it."""
    bodies: dict[str, str] = {}
    for event in Event.objects.order_by("id"):
        bodies.setdefault(event.type, event.body.decode())
    ids: dict[str, str] = {}
    numbers = count(1)

    def steady(match: re.Match[str]) -> str:
        if match[0] not in ids:
            ids[match[0]] = f"0196a7c0-5d2e-7b41-9c3f-{next(numbers):012d}"
        return ids[match[0]]

    return {
        event_type: written(CODE.sub("SAVE5-7KQ2MW9XFH4T", ID.sub(steady, body))) for event_type, body in bodies.items()
    }


def written(body: str) -> str:
    """Write a body with each part of its data in a line."""
    event = json.loads(re.sub(r"erased-[0-9a-f]{32}", "erased-5f0c1d2e3b4a59687786a5b4c3d2e1f0", body))
    data = ",\n".join(
        f"    {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in event["data"].items()
    )
    return f'{{\n  "type": "{event["type"]}",\n  "timestamp": "{event["timestamp"]}",\n  "data": {{\n{data}\n  }}\n}}\n'
