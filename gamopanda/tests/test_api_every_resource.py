"""What docs/api.md says of all resources alike, asked of each of them."""

import re
from collections.abc import Mapping
from itertools import groupby
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from gamopanda.accounts import authentication
from gamopanda.accounts.models import ApiKey
from streaks.tests.calling import SHOPPER, Caller, admin, log_body, make_milestone, make_streak

pytestmark = pytest.mark.django_db

SLUGS = (
    "streak", "milestone", "streak_log", "streak_progress", "reward_log", "account_user", "api_key",
    "event", "webhook_endpoint", "webhook_delivery", "streak_excuse", "streak_freeze", "streak_rules",
    "holiday_calendar",
)  # fmt: skip
ENDPOINT = "https://93.184.215.14/hook"
# What can be written, with a body that is right.
CREATED = (
    "streak", "milestone", "streak_log", "account_user", "api_key", "webhook_endpoint",
    "streak_excuse", "streak_freeze", "streak_rules", "holiday_calendar",
)  # fmt: skip
CHANGED = ("streak", "milestone", "reward_log", "account_user", "api_key", "webhook_endpoint", "holiday_calendar")
# What is put together when it is shown.
SHOWN_ONLY = {
    "streak": {"milestones", "eudIcon", "activeWeekdays", "holidayCalendarIds", "rules", "phase"},
    "streak_log": {"streakProgress", "achievedMilestone", "achievedMilestoneRewardLog", "achievedMilestones"},
    "streak_progress": {
        "uniqueIdentifier",
        "taskProgress",
        "display",
        "isPerfect",
        "frozenPeriods",
        "excusedPeriods",
        "freezesLeft",
        "freezesMax",
        "isProtected",
        "breakReason",
        "freezeDeclined",
        "currentPeriodEndsAt",
    },
    "account_user": {"aliases", "remindersOff", "timeZone", "pendingTimeZone", "pendingTimeZoneFrom"},
    "reward_log": {"milestone", "eudMilestoneRewardInstructionMessage"},
    "streak_excuse": set(),
    "streak_rules": {
        "aggregationTargetValue",
        "completionTargetValue",
        "activeWeekdays",
        "holidayCalendarIds",
        "freezeMaxCount",
        "freezeInitialCount",
        "freezeEveryPeriods",
        "freezeMinimumValue",
    },
    "holiday_calendar": {"dates"},
    "event": {"data"},
    "webhook_endpoint": {"eventTypes", "streakIds"},
    "webhook_delivery": {"attempts"},
}


@pytest.fixture
def caller(at_once_on_commit: None) -> Caller:
    """A server of the client's, and two records of every resource."""
    server, streak = admin(), make_streak(freeze_max_count=5)
    make_milestone(streak, 1)
    for _number in range(2):
        assert server.post("webhook_endpoint/record", {"url": ENDPOINT}).status == 201
    for name in ("ann", "bob"):
        body = log_body(streak, of=name, activityAt=timezone.now().isoformat())
        assert server.post("streak_log/record", body).status == 201
    for number in range(2):
        for slug in ("streak_excuse", "streak_freeze"):
            body = {**_fact_body(slug, str(streak.pk)), "reason": f"reason {number}"}
            given = {"uniqueIdentifier": f"gift-{number}"} if slug == "streak_freeze" else {}
            assert server.post(f"{slug}/record", {**body, **given}).status == 201
    for number in range(2):
        body = {**_rules_body(str(streak.pk)), "validFrom": f"2199-01-0{number + 1}"}
        assert server.post("streak_rules/record", body).status == 201
        assert server.post("holiday_calendar/record", {"name": f"Holidays {number}"}).status == 201
    make_milestone(make_streak(freeze_max_count=5), 1)
    assert server.post("api_key/record", {"name": "another"}).status == 201
    return server


def _rules_body(streak_id: str) -> dict[str, Any]:
    return {"streakId": streak_id, "validFrom": "2199-02-01", "completionTargetValue": 9}


def _fact_body(slug: str, streak_id: str) -> dict[str, Any]:
    body = {"streakId": streak_id, "ownedById": "ann", "reason": "outage"}
    if slug == "streak_freeze":
        return {**body, "uniqueIdentifier": "gift", "quantity": 1}
    return {**body, "kind": "amnesty", "startsOn": "2026-03-03", "endsOn": "2026-03-04"}


def newest(caller: Caller, slug: str) -> dict[str, Any]:
    return dict(caller.get(f"{slug}/record", limit="1").data[0])


def new_body(caller: Caller, slug: str) -> dict[str, Any]:
    streak = newest(caller, "streak")["id"]
    bodies: Mapping[str, dict[str, Any]] = {
        "streak": SHOPPER,
        "milestone": {"linkedSchemaRecordId": streak, "name": "Day 2", "milestoneTargetValue": 2},
        "streak_log": {
            "streakId": streak,
            "ownedById": "ann",
            "activityAt": "2026-03-01T12:00:00Z",
            "activityId": "made_a_purchase",
            "uniqueIdentifier": "order-2",
            "activityValue": 1,
        },
        "account_user": {"externalId": "cat"},
        "api_key": {"name": "new"},
        "webhook_endpoint": {"url": ENDPOINT},
        "streak_excuse": _fact_body("streak_excuse", streak),
        "streak_freeze": _fact_body("streak_freeze", streak),
        "streak_rules": _rules_body(streak),
        "holiday_calendar": {"name": "Holidays"},
    }
    return bodies[slug]


def total(caller: Caller, slug: str) -> int:
    return int(caller.get(f"{slug}/record", fetchTotalCount="true", limit="1").body["paging"]["totalCount"])


def test_both_trees_answer_the_same_for_every_resource_and_head_as_get_without_the_body(caller):
    for slug in SLUGS:
        record = newest(caller, slug)["id"]
        for path in (f"{slug}/record", f"{slug}/record/{record}"):
            got, head = caller.get(f"/schema/{path}"), caller.send("HEAD", f"/schema/{path}")
            assert got.body == caller.get(f"/api/v1.0/schema/{path}").body
            assert (head.status, head.body) == (200, None)
            assert head.headers["Content-Length"] == got.headers["Content-Length"]
    assert caller.get("/schema/end-user-display").error() == (404, "not_found")


def names_in(node: Any) -> set[str]:
    if isinstance(node, dict):
        return set(node).union(*map(names_in, node.values()))
    return set().union(*map(names_in, node)) if isinstance(node, list) else set()


def test_field_names_are_camel_case_and_ids_are_uuids_in_order_of_creation(caller):
    for slug in SLUGS:
        records = caller.get(f"{slug}/record").data
        assert len(records) > 1
        assert [name for name in names_in(records) if not re.fullmatch("[a-z]+([A-Z][a-z]+)*", name)] == []
        ids = [record["id"] for record in records]
        assert {UUID(one).version for one in ids} == {7}
        # Newest first.
        assert ids == sorted(ids, reverse=True)


def test_an_unknown_query_parameter_is_refused_by_name_everywhere_and_changes_nothing(caller):
    unknown = [("limitt", "unknown_parameter")]
    for slug in SLUGS:
        record, before = newest(caller, slug), total(caller, slug)
        path = f"{slug}/record/{record['id']}"
        answers = [caller.get(f"{slug}/record", limitt="1"), caller.get(path, limitt="1")]
        if slug in CREATED:
            answers.append(caller.post(f"{slug}/record", new_body(caller, slug), limitt="1"))
        if slug in CHANGED:
            answers += [caller.patch(path, {}, limitt="1")]
        if slug in CHANGED and slug != "reward_log":
            answers += [caller.send("DELETE", path, limitt="1")]
        assert [answer.details() for answer in answers] == [unknown] * len(answers)
        assert caller.get(path).data == record
        assert total(caller, slug) == before
    bulk = caller.post("streak_log/record/bulk", {"records": [new_body(caller, "streak_log")]}, limitt="1")
    assert bulk.details() == unknown


def test_an_unknown_field_is_refused_by_name_everywhere_and_changes_nothing(caller):
    unknown = [("nickname", "unknown_field")]
    for slug in CREATED:
        before = total(caller, slug)
        assert caller.post(f"{slug}/record", {**new_body(caller, slug), "nickname": "x"}).details() == unknown
        assert total(caller, slug) == before
    for slug in CHANGED:
        record = newest(caller, slug)
        path = f"{slug}/record/{record['id']}"
        assert caller.patch(path, {"nickname": "x"}).details() == unknown
        assert caller.get(path).data == record


def test_a_record_that_was_read_can_be_sent_back_and_stays_what_it_was(caller):
    for slug in CHANGED:
        record = newest(caller, slug)
        again = caller.patch(f"{slug}/record/{record['id']}", record).data
        assert again == {**record, "updatedAt": again["updatedAt"]}


def test_wrong_values_of_the_parameters_of_lists_are_400_for_every_resource(caller):
    for slug in SLUGS:
        for name, value in (
            ("limit", "0"),
            ("limit", "1001"),
            ("offset", "-1"),
            ("fetchTotalCount", "maybe"),
            ("languageCode", "e"),
            ("fields", '["nothing"]'),
            ("filters", '{"fieldSlug":"nothing","operator":"eq","value":1}'),
            ("sortBy", '[{"fieldSlug":"nothing","order":"ASC"}]'),
            ("createdAtFrom", "yesterday"),
            ("updatedAtTo", "2026-03-01T12:00:00"),
        ):
            answer = caller.get(f"{slug}/record", **{name: value})
            assert answer.error() == (400, "validation_error")
            assert [field for field, _code in answer.details()] == [name]


def groups(records, name):
    """Return the values of a field in order, each group of neighbours that share one once; null comes last always."""
    values = [value for value, _group in groupby(record[name] for record in records)]
    if values[-1] is None:
        values.pop()
    assert all(values.count(value) == 1 for value in values)
    return values


def test_every_field_of_a_record_that_has_a_value_of_its_own_can_be_sorted_by_in_both_orders(caller):
    for slug in SLUGS:
        refused = set()
        for name in newest(caller, slug):
            fields = list({"id", name})
            first, second = (
                caller.get(f"{slug}/record", sortBy=[{"fieldSlug": name, "order": order}], fields=fields)
                for order in ("ASC", "DESC")
            )
            assert first.status == second.status
            if first.status == 400:
                refused.add(name)
            else:
                assert sorted(first.ids) == sorted(second.ids)
                assert groups(first.data, name) == groups(second.data, name)[::-1]
        assert refused == SHOWN_ONLY.get(slug, set())


def test_a_list_of_api_keys_takes_two_queries_however_long_it_is(caller, django_assert_num_queries):
    for length in (1, 50):
        for number in range(length):
            ApiKey.objects.create(name=f"{length} {number}")
        with django_assert_num_queries(2):
            assert caller.get("api_key/record", limit="1000").status == 200


def test_secrets_are_compared_in_constant_time_also_with_those_of_keys_that_are_none(caller, monkeypatch):
    """The comparison itself is Python's own; what is proved here is that no way leads around it."""
    compared: list[tuple[int, int]] = []
    compare = authentication.hmac.compare_digest

    def watch(given: bytes, known: bytes) -> bool:
        compared.append((len(given), len(known)))
        return bool(compare(given, known))

    monkeypatch.setattr(authentication.hmac, "compare_digest", watch)
    key, secret = caller.headers["x-api-key"], caller.headers["x-api-secret"]
    for headers, status in (
        ({"x-api-key": key, "x-api-secret": secret}, 200),
        ({"x-api-key": key, "x-api-secret": "x" * 64}, 401),
        ({"x-api-key": "gk_unknown", "x-api-secret": secret}, 401),
        ({"x-api-key": "é", "x-api-secret": secret}, 401),
    ):
        compared.clear()
        assert Caller(headers).get("account_user/record", fields=["id"]).status == status
        assert (64, 64) in compared
