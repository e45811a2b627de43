"""Any batch comes to the same as its records one by one: what becomes of each, and everything that is derived."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gamopanda.accounts.models import Member
from gamopanda.api.models import Status
from streaks.models import Streak, StreakLog, StreakProgress, TaskProgress
from streaks.tests.calling import Caller, admin, log_body, make_member, make_streak

pytestmark = pytest.mark.django_db

OUTCOMES = {201: "created", 409: "duplicate", 400: "rejected"}

owners = st.sampled_from(
    [
        {"ownedBy": {"externalId": "new"}},
        {"ownedBy": {"externalId": "other", "firstName": "Ann"}},
        {"ownedBy": {"externalId": "known"}},
        {"ownedBy": {"externalId": "paused"}},
        {"ownedBy": ..., "ownedById": "known"},
        {"ownedBy": ..., "ownedById": "paused"},
        {"ownedBy": ..., "ownedById": "unknown"},
        {"ownedBy": ...},
    ]
)
records = st.fixed_dictionaries(
    {
        "streak": st.sampled_from(["live", "live", "live", "count", "draft", "none"]),
        "day": st.integers(1, 5),
        "owner": owners,
        "uniqueIdentifier": st.sampled_from(["a", "b", "c", "d", "e", ""]),
        "value": st.sampled_from([50, 20, "30.5", -10, None, "x", "99999999999999"]),
        "wrong": st.sampled_from([{}, {}, {}, {}, {"activityAt": "2026-03-01"}, {"typo": 1}]),
    }
)


class Undo(Exception):
    """Ends a transaction without keeping anything."""


def undone(work: Callable[[], Any]) -> Any:
    """Return what `work` returns, and take back everything that it stored."""
    try:
        with transaction.atomic():
            result = work()
            raise Undo
    except Undo:
        return result


def derived() -> list[Any]:
    """All that is stored, told without ids and without when it was stored."""
    who = "member__external_id", "streak__name"
    return [
        sorted(Member.objects.values_list("external_id", "first_name", "status")),
        sorted(StreakLog.objects.values_list(*who, "unique_identifier", "period_key")),
        sorted(TaskProgress.objects.values_list(*who, "period_key", "total", "log_count")),
        sorted(
            StreakProgress.objects.values_list(*who, "starts_on", "ends_on", "current_progress_value", "stored_status")
        ),
    ]


def record_one_by_one(caller: Caller, bodies: list[Any]) -> Any:
    answers = [caller.post("streak_log/record", body) for body in bodies]
    errors = [None if answer.status == 201 else answer.body["error"] for answer in answers]
    return [(OUTCOMES[answer.status], error) for answer, error in zip(answers, errors, strict=True)], derived()


def record_together(caller: Caller, bodies: list[Any]) -> Any:
    data = caller.post("streak_log/record/bulk", {"records": bodies}).data
    return [(result["status"], result.get("error")) for result in data["results"]], derived()


@given(st.lists(records, min_size=1, max_size=8))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_s17_any_batch_comes_to_the_same_as_its_records_one_by_one(time_machine, batch):
    time_machine.move_to(datetime(2026, 3, 6, tzinfo=UTC), tick=False)

    def compare():
        streaks = {
            "live": make_streak(name="live"),
            "count": make_streak(name="count", aggregation_method="count", aggregation_target_value=1),
            "draft": make_streak(name="draft", status=Status.DRAFT),
            "none": Streak(),
        }
        make_member("known")
        make_member("paused", Status.PAUSED)
        caller = admin()
        bodies = [
            log_body(
                streaks[one["streak"]],
                day=one["day"],
                value=one["value"],
                uniqueIdentifier=one["uniqueIdentifier"],
                **{**one["owner"], **one["wrong"]},
            )
            for one in batch
        ]

        single, stored = undone(partial(record_one_by_one, caller, bodies))
        batched, stored_together = undone(partial(record_together, caller, bodies))
        assert [status for status, _ in batched] == [status for status, _ in single]
        for (status, error), (_, expected) in zip(batched, single, strict=True):
            if status == "rejected":
                assert error == {name: expected[name] for name in ("code", "message", "details")}
        assert stored_together == stored

    undone(compare)
