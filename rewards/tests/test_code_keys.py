"""Codes that shops take for one are one: whatever their case, their Unicode form and the blanks around them (S25)."""

import json
from typing import Any
from unicodedata import normalize

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from hypothesis import given
from hypothesis import strategies as st

from rewards.code_keys import code_key
from rewards.coupons import fill_code_keys, upload_codes
from rewards.models import PoolCode, RewardLog
from streaks.models import Milestone, StreakLog
from streaks.progress.service import record_logs
from streaks.tests.calling import admin, make_member, make_milestone
from streaks.tests.recording_cases import NOW, Case, make_case

pytestmark = pytest.mark.django_db

# Lower case, capitals, full width, a ligature, composed, decomposed.
SAME = [
    ("spring10", "SPRING10"),
    ("SPRING10", "ＳＰＲＩＮＧ１０"),
    ("offset", "oﬀset"),
    ("CAFÉ", "CAFE\u0301"),
    ("ß", "SS"),
]


def earn(name: str, **fields: Any) -> tuple[Milestone, RewardLog]:
    """Let a member of this name earn a reward in a streak of its own."""
    case = make_case(name)
    milestone = make_milestone(case.streak, 1, **fields)
    case.record(1)
    return milestone, RewardLog.objects.get(milestone=milestone)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_S25_a_code_in_another_form_is_left_out_of_every_pool(one: str, other: str) -> None:
    milestone, reward = earn("ann", coupon_source="pool")
    elsewhere, waiting = earn("bob", coupon_source="pool")
    assert upload_codes(milestone, [one, other], now=NOW) == (1, [])
    assert upload_codes(milestone, [other], now=NOW) == (0, [other])
    assert upload_codes(elsewhere, [other, one], now=NOW) == (0, [other])
    reward.refresh_from_db()
    waiting.refresh_from_db()
    assert (reward.coupon_code, waiting.coupon_code) == (one, None)
    assert list(PoolCode.objects.values_list("code", flat=True)) == [one]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_S25_a_code_in_another_form_is_not_given_to_somebody_else(one: str, other: str) -> None:
    milestone, _reward = earn("ann", coupon_source="pool")
    _elsewhere, external = earn("bob", coupon_source="external")
    upload_codes(milestone, [one, "free"], now=NOW)
    caller = admin()
    for code in (other, "FREE"):
        answer = caller.patch(f"reward_log/record/{external.pk}", {"couponCode": code})
        assert answer.details() == [("couponCode", "unique")]
    external.refresh_from_db()
    assert external.coupon_code is None


def test_S25_a_reward_may_have_its_own_code_in_another_form() -> None:
    _milestone, reward = earn("ann", coupon_source="external")
    caller = admin()
    for code in ("spring10", "SPRING10"):
        assert caller.patch(f"reward_log/record/{reward.pk}", {"couponCode": code}).data["couponCode"] == code


def test_S25_codes_that_rewards_have_stay_out_of_pools_in_every_form() -> None:
    _milestone, reward = earn("ann", coupon_source="external")
    assert admin().patch(f"reward_log/record/{reward.pk}", {"couponCode": "Spring10"}).status == 200
    pool = make_milestone(reward.streak, 2, coupon_source="pool")
    assert upload_codes(pool, ["SPRING10", "other"], now=NOW) == (1, ["SPRING10"])


def test_S25_the_database_refuses_the_same_code_in_another_form() -> None:
    milestone, _reward = earn("ann", coupon_source="pool")
    upload_codes(milestone, ["abc"], now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        PoolCode.objects.create(milestone=milestone, code="ABC")
    _other, second = earn("bob", coupon_source="pool")
    second.coupon_code = "Abc"
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save(update_fields=["coupon_code"])


@pytest.mark.parametrize("code", ["SPRING\n10", "SPRING10\n", "SPRING\u200b10", "SPRING\t10", "SPRING\u202810"])
def test_S23_a_code_is_one_line_that_can_be_seen(code: str) -> None:
    milestone, reward = earn("ann", coupon_source="external")
    caller = admin()
    for path, field in (
        (f"milestone/record/{milestone.pk}", "couponCode"),
        (f"milestone/record/{milestone.pk}", "couponPrefix"),
        (f"reward_log/record/{reward.pk}", "couponCode"),
    ):
        answer = caller.patch(path, {field: f"A{code}B"})
        assert answer.error() == (400, "validation_error")
        assert answer.details() == [(field, "unprintable")]
    milestone.refresh_from_db()
    assert (milestone.coupon_code, milestone.coupon_prefix) == ("", "")


@given(st.text(min_size=1, max_size=20))
def test_the_key_of_any_code_is_that_of_its_other_forms(code: str) -> None:
    forms = (code.casefold(), f" {code} ", *(normalize(form, code) for form in ("NFC", "NFD", "NFKC", "NFKD")))
    assert {code_key(form) for form in forms} == {code_key(code)}


@pytest.mark.parametrize("number", [1, 25])
def test_rewards_that_are_issued_have_keys_however_many_at_once(number: int) -> None:
    milestone, _reward = earn("ann")
    logs = [StreakLog(**case_of(milestone, f"member-{one}")) for one in range(number)]
    record_logs(logs, now=NOW)
    codes = RewardLog.objects.values_list("coupon_code", flat=True)
    assert len(codes) == number + 1
    for code in codes:
        assert RewardLog.objects.filter(coupon_key=code_key(code)).count() == 1


def case_of(milestone: Milestone, name: str) -> dict[str, Any]:
    """Return the fields of a log with which a new member reaches the milestone."""
    return {
        "member": make_member(name),
        "streak": milestone.streak,
        "activity_at": NOW,
        "activity_id": "bought",
        "activity_value": 50,
        "unique_identifier": name,
    }


def migrate_to(name: str) -> Any:
    """Bring the tables of the rewards to a migration; return the models of that time."""
    executor = MigrationExecutor(connection)
    executor.migrate([("rewards", name)])
    return executor.loader.project_state([("rewards", name)]).apps


@pytest.mark.django_db(transaction=True)
def test_doubles_from_before_stay_with_those_who_have_them_and_are_never_given_out() -> None:
    rewards = [earn(name, coupon_source="pool")[1] for name in ("ann", "bob")]
    milestone, external = earn("cyd", coupon_source="external")
    old = migrate_to("0007_newest_of_a_streak")
    try:
        pool_codes, before = old.get_model("rewards", "PoolCode").objects, old.get_model("rewards", "RewardLog").objects
        for code in ("ABC", "abc", "Abc", "xyz", "XYZ", "held"):
            pool_codes.create(milestone_id=rewards[0].milestone_id, code=code)
        for reward, code in zip(rewards, ("abc", "Abc"), strict=True):
            before.filter(pk=reward.pk).update(coupon_code=code)
            pool_codes.filter(code=code).update(reward_log=reward.pk)
        before.filter(pk=external.pk).update(coupon_code="HELD")
    finally:
        call_command("migrate", verbosity=0)
    doubles = PoolCode.objects.filter(is_double=True).order_by("pk")
    assert list(doubles.values_list("code", flat=True)) == ["ABC", "Abc", "XYZ", "held"]
    assert list(RewardLog.objects.filter(is_code_double=True)) == [rewards[1]]
    assert {reward.coupon_key for reward in RewardLog.objects.all()} == {code_key("abc"), code_key("held")}
    # Who has a double keeps it, and can redeem it.
    rewards[1].refresh_from_db()
    rewards[1].redeemed_at = NOW
    rewards[1].save()
    assert RewardLog.objects.get(pk=rewards[1].pk).coupon_code == "Abc"
    for name, code in (("dan", "xyz"), ("eve", None)):
        case = Case(make_member(name), rewards[0].streak)
        case.record(1)
        assert RewardLog.objects.get(member=case.member).coupon_code == code
    assert upload_codes(rewards[0].milestone, ["aBC", "xYz", "HELD"], now=NOW) == (0, ["aBC", "xYz", "HELD"])
    assert milestone.pool_codes.count() == 0


def test_codes_that_were_stored_without_keys_get_them_and_doubles_are_marked() -> None:
    rewards = [earn(name, coupon_source="pool")[1] for name in ("ann", "bob", "cyd")]
    for reward, codes in zip(rewards, (["abc"], ["other"], ["one", "more"]), strict=True):
        assert upload_codes(reward.milestone, codes, now=NOW) == (len(codes), [])
    # As a process of an earlier version writes them.
    RewardLog.objects.filter(pk=rewards[1].pk).update(coupon_code="ABC", coupon_key=None)
    PoolCode.objects.filter(code="other").update(code="ABC", code_key=None)
    RewardLog.objects.filter(pk=rewards[2].pk).update(coupon_key=None)
    PoolCode.objects.filter(code__in=["one", "more"]).update(code_key=None)
    fill_code_keys()
    assert not RewardLog.objects.filter(coupon_key=None).exists()
    assert list(RewardLog.objects.filter(is_code_double=True)) == [rewards[1]]
    assert [code.code for code in PoolCode.objects.filter(is_double=True)] == ["ABC"]
    for code in ("Abc", "ONE", "MORE"):
        assert upload_codes(rewards[0].milestone, [code], now=NOW) == (0, [code])


@pytest.mark.postgresql
def test_processes_of_the_last_version_go_on_issuing_while_an_upgrade_goes_on() -> None:
    _milestone, reward = earn("ann")
    new = ("coupon_key", "is_code_double", "earned_in_id", "is_beyond_limit", "position")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(stored) FROM rewards_rewardlog AS stored")
        (stored,) = cursor.fetchone()
        row = {name: value for name, value in stored.items() if name not in new}
        RewardLog.objects.all().delete()
        cursor.execute("SELECT rewards_issue(%s)", [json.dumps([row])])
        assert json.loads(cursor.fetchone()[0]) == [str(reward.pk)]
    fill_code_keys()
    again = RewardLog.objects.get()
    assert (again.coupon_code, again.is_code_double) == (reward.coupon_code, False)
    assert again.position >= reward.position
    assert RewardLog.objects.filter(coupon_key=code_key(reward.coupon_code)).exists()
