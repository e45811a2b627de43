"""Exports of rewards and members, and the words with which support sends a code again."""

import csv
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from gamopanda.accounts.models import Member
from gamopanda.admin import sheets
from gamopanda.admin.audit import entries_of
from gamopanda.admin.sheets import read_rows
from rewards.models import RewardLog
from streaks.models import Streak
from streaks.tests.admin_pages import messages_of
from streaks.tests.calling import make_milestone
from streaks.tests.recording_cases import make_case

pytestmark = pytest.mark.django_db
MEMBERS, REWARDS = "/admin/accounts/member/export/", "/admin/rewards/rewardlog/export/"
XLSX, CSV = "0", "1"


def exported(client: Client, address: str, kind: str) -> list[list[Any]]:
    """Return the cells of an export."""
    answer = client.post(address, {"format": kind, "resource": ""})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    content = answer.getvalue()
    if kind == CSV:
        return list(csv.reader(StringIO(content.decode("utf-8-sig"))))
    book = openpyxl.load_workbook(BytesIO(content))
    return [["" if cell.value is None else cell.value for cell in row] for row in book.worksheets[0].rows]


def reward_of(**fields: Any) -> RewardLog:
    """A reward that was just earned."""
    case = make_case()
    make_milestone(case.streak, 1, **fields)
    case.record(1)
    return RewardLog.objects.get()


@pytest.mark.parametrize("kind", [XLSX, CSV])
def test_rewards_are_exported_with_their_status_at_this_moment_S24(admin_client: Client, kind: str) -> None:
    reward = reward_of(reward_validity_days=1)
    heading, row = exported(admin_client, REWARDS, kind)
    assert heading == [
        "member", "streak", "milestone", "period", "status", "coupon code", "coupon source", "issued at", "expires at",
        "redeemed at", "id",
    ]  # fmt: skip
    assert row == [
        "ann", "7-Day Shopper", "Day 1", "2026-03-01", "expired", reward.coupon_code, "generated",
        "2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z", "", str(reward.pk),
    ]  # fmt: skip


def test_the_lists_lead_to_their_exports(admin_client: Client) -> None:
    for address in (MEMBERS, REWARDS):
        page = admin_client.get(address.removesuffix("export/")).content.decode()
        assert f'href="{address}?"' in page
        assert "object-tools" not in page


def test_an_export_has_what_the_list_is_filtered_to(admin_client: Client) -> None:
    Member.objects.create(external_id="ann")
    Member.objects.create(external_id="bob", status="paused")
    assert [row[0] for row in exported(admin_client, f"{MEMBERS}?status__exact=paused", CSV)] == ["external id", "bob"]
    assert [row[0] for row in exported(admin_client, f"{MEMBERS}?q=ann", XLSX)] == ["external id", "ann"]


def test_nothing_in_an_export_runs_as_a_formula_and_phone_numbers_stay(admin_client: Client) -> None:
    Member.objects.create(external_id="=1+1", first_name="@SUM(A1)", last_name="-2+3", phone_number="+14155550123")
    assert exported(admin_client, MEMBERS, CSV)[1][:5] == ["'=1+1", "'@SUM(A1)", "'-2+3", "", "+14155550123"]
    assert exported(admin_client, MEMBERS, XLSX)[1][:5] == ["=1+1", "@SUM(A1)", "-2+3", "", "+14155550123"]
    book = openpyxl.load_workbook(BytesIO(admin_client.post(MEMBERS, {"format": XLSX, "resource": ""}).getvalue()))
    assert book.worksheets[0]["A2"].data_type == "s"


@pytest.mark.parametrize("sign", ["=", "＝", "+", "＋", "-", "－", "@", "＠", "\t=", "\r=", "\n=", "'=", "''＝", "'\t"])
def test_what_any_spreadsheet_may_take_for_a_formula_is_escaped_in_csv_and_a_text_in_xlsx(
    admin_client: Client, sign: str
) -> None:
    Member.objects.create(external_id="ann", first_name=f"{sign}1+1", last_name="-5", phone_number="+14155550123")
    name, last_name, _email, number = exported(admin_client, MEMBERS, CSV)[1][1:5]
    assert (name, last_name, number) == (f"'{sign}1+1", "-5", "+14155550123")
    book = openpyxl.load_workbook(BytesIO(admin_client.post(MEMBERS, {"format": XLSX, "resource": ""}).getvalue()))
    cell = book.worksheets[0]["B2"]
    assert (cell.data_type, cell.value) == ("s", f"{sign}1+1".replace("\r", "\n"))


@pytest.mark.parametrize("kind", [XLSX, CSV])
def test_control_characters_that_are_stored_are_replaced_in_exports(admin_client: Client, kind: str) -> None:
    streak = reward_of().streak
    Streak.objects.update(name="Shop\x0b\x1b per")
    Member.objects.update(external_id="a\ufffenn", first_name="Ann\x0bX", last_name="\x7f\x85")
    assert exported(admin_client, MEMBERS, kind)[1][:3] == ["a\ufffdnn", "Ann\ufffdX", "\ufffd\ufffd"]
    assert exported(admin_client, REWARDS, kind)[1][:2] == ["a\ufffdnn", "Shop\ufffd\ufffd per"]
    Streak.objects.update(eud_title_en="A\x0bB")
    for extension in ("xlsx", "csv"):
        answer = admin_client.get(reverse("admin:streaks_streak_texts_export", args=[streak.pk, extension]))
        assert answer.status_code == 200
        sheet = read_rows(BytesIO(answer.content), name="sheet")
        assert sheet[1][3] == "A\ufffdB"


@pytest.mark.parametrize("kind", [XLSX, CSV])
def test_an_export_takes_the_same_queries_for_few_rows_and_for_many(
    admin_client: Client, django_assert_num_queries: Any, kind: str
) -> None:
    for number in (1, 40):
        Member.objects.bulk_create(Member(external_id=f"{number}-{count}") for count in range(number))
        with django_assert_num_queries(3):  # the session, its user, the members
            rows = exported(admin_client, MEMBERS, kind)
    assert len(rows) == 1 + 41


def test_what_fits_into_no_workbook_is_said_and_not_cut_off(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    Member.objects.bulk_create(Member(external_id=str(number)) for number in range(3))
    monkeypatch.setattr(sheets, "MAX_XLSX_ROWS", 3)
    page = admin_client.post(MEMBERS, {"format": XLSX, "resource": ""})
    assert messages_of(page) == ["An XLSX file holds 1,048,576 rows at most: choose CSV."]
    assert len(exported(admin_client, MEMBERS, CSV)) == 4


def test_support_finds_the_words_with_which_to_send_a_code_again(admin_client: Client) -> None:
    reward = reward_of(
        eud_title_en="5% off",
        eud_title_ar="خصم",
        eud_milestone_reward_instruction_message_en="Enter the code & pay less.",
        reward_validity_days=30,
    )
    Member.objects.update(email="ann@example.com")
    address = reverse("admin:rewards_rewardlog_letter", args=[reward.pk])
    page = admin_client.get(reverse("admin:rewards_rewardlog_resend", args=[reward.pk]), follow=True)
    english, arabic = page.context["letters"]
    assert english.body.split("\n\n") == ["5% off", reward.coupon_code, "Enter the code & pay less."]
    assert "valid until March 31, 2026" in page.content.decode()
    assert unquote(english.mail_address).startswith("mailto:ann@example.com?subject=5% off&body=5% off\n\n")
    assert (arabic.subject, arabic.direction) == ("خصم", "rtl")
    assert entries_of(reward).count() == 0
    admin_client.post(address)
    assert list(entries_of(reward).get().changes) == ["code_sent_again"]


def test_what_waits_for_a_code_cannot_be_sent_nor_redeemed_F41(admin_client: Client) -> None:
    reward = reward_of(coupon_source="external")
    for name in ("resend", "redeem"):
        assert admin_client.post(reverse(f"admin:rewards_rewardlog_{name}", args=[reward.pk])).status_code == 403
    letter = reverse("admin:rewards_rewardlog_letter", args=[reward.pk])
    assert (admin_client.get(letter).status_code, admin_client.post(letter).status_code) == (404, 404)
    assert RewardLog.objects.get().redeemed_at is None
    assert entries_of(reward).count() == 0


def test_a_reward_is_redeemed_once_from_its_own_page_F41(admin_client: Client) -> None:
    reward = reward_of()
    address = reverse("admin:rewards_rewardlog_redeem", args=[reward.pk])
    assert admin_client.post(address, {"_form_submitted": "on"}).status_code == 302
    redeemed_at = RewardLog.objects.get().redeemed_at
    assert redeemed_at is not None
    assert admin_client.post(address, {"_form_submitted": "on"}).status_code == 403
    assert RewardLog.objects.get().redeemed_at == redeemed_at
