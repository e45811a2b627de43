"""The administration of rewards and of the pools of coupon codes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gamopanda.admin.links import page_of
from rewards.coupons import upload_codes
from rewards.models import PoolCode, RewardLog
from streaks.models import Milestone
from streaks.tests.admin_pages import errors, messages_of, save
from streaks.tests.calling import make_member, make_milestone
from streaks.tests.recording_cases import NOW, Case, make_case

pytestmark = pytest.mark.django_db
REWARDS, CODES = "/admin/rewards/rewardlog/", "/admin/rewards/poolcode/"


def reward_of(source: str = "generated", **fields: Any) -> RewardLog:
    """A reward that was just earned."""
    case = make_case()
    make_milestone(case.streak, 1, coupon_source=source, **fields)
    case.record(1)
    return RewardLog.objects.get()


def pool_of(*codes: str) -> Milestone:
    """A milestone with a pool."""
    milestone = make_milestone(make_case().streak, 1, coupon_source="pool")
    upload_codes(milestone, codes, now=NOW)
    return milestone


def upload(client: Client, milestone: Milestone, **sent: Any) -> Any:
    """Send codes to the page of a pool."""
    return client.post(reverse("admin:rewards_poolcode_upload", args=[milestone.pk]), sent, follow=True)


def listed(client: Client, address: str) -> list[Any]:
    """The records in a list."""
    return list(client.get(address).context["cl"].result_list)


def test_a_reward_is_listed_by_its_status_at_this_moment_S24(admin_client: Client) -> None:
    reward = reward_of(reward_validity_days=1)
    states: list[tuple[str, dict[str, Any]]] = [
        ("pending", {"coupon_code": None, "reward_expiry_at": None}),
        ("issued", {"coupon_code": "A"}),
        ("expired", {"reward_expiry_at": timezone.now() - timedelta(seconds=1)}),
        ("redeemed", {"redeemed_at": timezone.now()}),
    ]
    for status, change in states:
        RewardLog.objects.filter(pk=reward.pk).update(**change)
        assert [row.status for row in listed(admin_client, REWARDS)] == [status]
        for other, _change in states:
            assert len(listed(admin_client, f"{REWARDS}?status={other}")) == (other == status)


def test_rewards_are_found_by_member_or_by_code(admin_client: Client) -> None:
    reward = reward_of("fixed", coupon_code="SUMMER")
    for term, expected in ((reward.member.external_id, [reward]), ("SUMMER", [reward]), ("summ", [])):
        assert listed(admin_client, f"{REWARDS}?q={term}") == expected


def test_only_code_expiry_and_redemption_can_be_changed(admin_client: Client) -> None:
    reward = reward_of("external")
    page = admin_client.get(page_of(reward))
    assert set(page.context["adminform"].form.fields) == {"coupon_code", "reward_expiry_at", "redeemed_at"}
    changed = save(
        admin_client,
        reward,
        coupon_code="FROM-THE-SHOP",
        reward_expiry_at_0="2026-12-31",
        reward_expiry_at_1="12:00:00",
        period_key="2020-01-01",
    )
    assert changed.status_code == 302
    after = RewardLog.objects.get()
    assert (after.coupon_code, after.reward_expiry_at) == ("FROM-THE-SHOP", datetime(2026, 12, 31, 12, tzinfo=UTC))
    assert (after.period_key, after.redeemed_at) == (reward.period_key, None)


def test_a_reward_can_be_neither_added_nor_deleted_S9(admin_client: Client) -> None:
    reward = reward_of()
    assert admin_client.get(f"{REWARDS}add/").status_code == 403
    assert admin_client.post(page_of(reward).replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert RewardLog.objects.count() == 1


def test_a_code_is_never_taken_away_and_never_given_twice_S9_S25_F39(admin_client: Client) -> None:
    reward = reward_of()
    case = Case(make_member("bob"), reward.streak)
    case.record(1)
    other = RewardLog.objects.exclude(pk=reward.pk).get()
    upload_codes(make_milestone(reward.streak, 5, coupon_source="pool"), ["IN-A-POOL"], now=NOW)
    assert errors(save(admin_client, reward, coupon_code=""))["coupon_code"][0].startswith("A reward keeps its code")
    for taken in (other.coupon_code, "IN-A-POOL"):
        refused = save(admin_client, reward, coupon_code=taken)
        assert errors(refused)["coupon_code"] == ["Another reward, or a pool, has this code."]
    assert RewardLog.objects.get(pk=reward.pk).coupon_code == reward.coupon_code


def test_rewards_are_marked_as_redeemed_once_and_only_with_a_code_F41(admin_client: Client) -> None:
    reward = reward_of()
    make_milestone(reward.streak, 2, coupon_source="external")
    Case(reward.member, reward.streak, count=1).record(2)
    waiting = RewardLog.objects.exclude(pk=reward.pk).get()
    selected = {"action": "mark_redeemed", "_selected_action": [str(reward.pk), str(waiting.pk)]}
    first = messages_of(admin_client.post(REWARDS, selected, follow=True))
    assert first == ["1 marked as redeemed.", "1 left as they are: redeemed before, or without a code yet."]
    redeemed_at = RewardLog.objects.get(pk=reward.pk).redeemed_at
    assert redeemed_at is not None
    admin_client.post(REWARDS, selected)
    assert RewardLog.objects.get(pk=reward.pk).redeemed_at == redeemed_at
    assert RewardLog.objects.get(pk=waiting.pk).redeemed_at is None


def test_codes_are_uploaded_by_paste_and_file_and_repeats_are_named_S23(admin_client: Client) -> None:
    milestone = pool_of("OLD-1")
    file = SimpleUploadedFile("codes.txt", "\ufeffNEW-2\r\nNEW-3\r\n\r\n".encode())
    page = upload(admin_client, milestone, pasted=" NEW-1 \nOLD-1\nNEW-1\n", file=file)
    assert list(PoolCode.objects.values_list("code", flat=True)) == ["OLD-1", "NEW-1", "NEW-2", "NEW-3"]
    assert messages_of(page) == [
        "3 codes added.",
        "1 left out, because this or another pool, or a reward, has them already: OLD-1",
        "1 were in what you sent more than once, and were taken once: NEW-1",
        "1 blank line left out.",
    ]
    assert page.context["stock"] == {"free": 4, "used": 0, "waiting": 0}


def test_waiting_rewards_get_uploaded_codes_oldest_first_and_the_stock_shows_it_S23_F40(admin_client: Client) -> None:
    milestone = pool_of()
    for name in ("ann2", "bob", "cid"):
        Case(make_member(name), milestone.streak).record(1)
    address = reverse("admin:rewards_poolcode_upload", args=[milestone.pk])
    before = admin_client.get(address)
    assert before.context["stock"] == {"free": 0, "used": 0, "waiting": 3}
    assert "3 rewards wait for a code" in before.content.decode()
    after = upload(admin_client, milestone, pasted="A\nB")
    assert after.context["stock"] == {"free": 0, "used": 2, "waiting": 1}
    given = RewardLog.objects.order_by("reward_issued_at", "pk").values_list("coupon_code", flat=True)
    assert list(given) == ["A", "B", None]


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"pasted": " \n"}, "Paste at least one code, or choose a file."),
        ({"pasted": "fine\n" + "x" * 257}, "cannot be a code"),
        ({"pasted": "fine\na\tb"}, "cannot be a code"),
        ({"file": SimpleUploadedFile("codes.xlsx", b"PK\x03\x04\xff\xfe")}, "The file is not text in UTF-8."),
    ],
)
def test_an_upload_that_is_wrong_stores_nothing(admin_client: Client, sent: dict[str, Any], message: str) -> None:
    milestone = pool_of()
    page = upload(admin_client, milestone, **sent)
    assert message in page.content.decode()
    assert PoolCode.objects.count() == 0


def test_only_free_codes_can_be_deleted_S9(admin_client: Client) -> None:
    milestone = pool_of("A", "B")
    Case(make_member("bob"), milestone.streak).record(1)
    used, free = PoolCode.objects.order_by("pk")
    assert admin_client.post(page_of(used).replace("change", "delete"), {"post": "yes"}).status_code == 403
    selected = {"action": "delete_selected", "post": "yes", "_selected_action": [used.pk, free.pk]}
    page = admin_client.post(CODES, selected, follow=True)
    assert list(PoolCode.objects.all()) == [used]
    assert "1 were kept because they belong to rewards." in messages_of(page)


def test_a_milestone_leads_to_its_codes_where_it_draws_from_a_pool(admin_client: Client) -> None:
    milestone = pool_of("A")
    generated = make_milestone(milestone.streak, 2)
    address = reverse("admin:streaks_milestone_coupon_codes", args=[milestone.pk])
    assert [action["path"] for action in admin_client.get(page_of(milestone)).context["actions_detail"]] == [address]
    assert admin_client.get(page_of(generated)).context["actions_detail"] == []
    assert admin_client.get(address, follow=True).context["stock"] == {"free": 1, "used": 0, "waiting": 0}


def test_codes_are_listed_by_pool_and_by_whether_they_are_free(admin_client: Client) -> None:
    milestone = pool_of("A", "B")
    Case(make_member("bob"), milestone.streak).record(1)
    assert [code.code for code in listed(admin_client, f"{CODES}?reward_log__isempty=1")] == ["B"]
    assert [code.code for code in listed(admin_client, f"{CODES}?reward_log__isempty=0")] == ["A"]
    assert [code.code for code in listed(admin_client, f"{CODES}?milestone__id__exact={milestone.pk}")] == ["A", "B"]
    assert [code.code for code in listed(admin_client, f"{CODES}?q=B")] == ["B"]
