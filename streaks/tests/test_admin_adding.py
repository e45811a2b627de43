"""Activity that people add in the administration: the same rules as everywhere, a reason, and an audit entry."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from gamopanda.admin.audit import entries_of
from gamopanda.api.models import Status
from gamopanda.tests.people import signed_in
from rewards.models import RewardLog
from streaks.models import Streak, StreakLog, StreakProgress
from streaks.tests.admin_pages import errors
from streaks.tests.calling import make_member, make_milestone, make_streak
from streaks.tests.recording_cases import Case, make_case, noon

pytestmark = pytest.mark.django_db
ADD = "/admin/streaks/streaklog/add/"


@pytest.fixture(autouse=True)
def _evening(time_machine: Any) -> None:
    time_machine.move_to(datetime(2026, 3, 5, 18, tzinfo=UTC), tick=False)


def add(client: Client, case: Case, **changes: Any) -> Any:
    """Fill the form for noon of the third of March and send it."""
    values = {
        "member": case.member.pk,
        "streak": case.streak.pk,
        "activity_at_0": "2026-03-03",
        "activity_at_1": "12:00:00",
        "activity_id": "goodwill",
        "activity_value": "50",
        "unique_identifier": "ticket-7",
        "reason": "The till was offline",
    }
    return client.post(ADD, {**values, **changes})


def test_S17_support_adds_a_log_with_everything_that_follows_and_a_reason() -> None:
    case = make_case()
    make_milestone(case.streak, 3)
    case.record_days(1, 2)
    client = signed_in("Support")
    answer = add(client, case)
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"/admin/streaks/streakprogress/of/{case.member.pk}/{case.streak.pk}/",
    )
    log = StreakLog.objects.get(unique_identifier="ticket-7")
    assert (log.activity_at, log.activity_id, log.activity_value) == (noon(3), "goodwill", 50)
    assert StreakProgress.objects.get().current_progress_value == 3
    assert RewardLog.objects.get().streak_log == log
    (entry,) = entries_of(log)
    assert (entry.action, entry.actor.username) == (entry.Action.CREATE, "support")
    assert entry.changes["reason"] == [None, "The till was offline"]
    assert entry.changes["activity_value"] == [None, "50"]


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"reason": ""}, "reason", "This field is required."),
        ({"activity_value": ""}, "activity_value", "This streak adds up values"),
        ({"activity_at_0": "2026-03-06"}, "activity_at", "This is in the future"),
        ({"activity_at_0": "0001-01-01"}, "activity_at", "Instants before the year 2 cannot be stored."),
        ({"activity_at_0": "9999-12-31"}, "activity_at", "This is in the future"),
        ({"unique_identifier": "order-1"}, "__all__", "log_once_per_member_and_streak"),
        ({"unique_identifier": ""}, "unique_identifier", "This field is required."),
        ({"activity_value": "1e300"}, "activity_value", ""),
    ],
)
def test_what_the_rules_refuse_is_shown_on_the_form_and_nothing_is_stored(
    changes: dict[str, str], field: str, message: str
) -> None:
    case = make_case()
    case.record_days(1)
    answer = add(signed_in("Support"), case, **changes)
    assert answer.status_code == 200
    (said,) = errors(answer)[field]
    assert message in said or field == "__all__"
    assert StreakLog.objects.count() == 1


@pytest.mark.parametrize("what", ["draft", "paused", "deleted", "member"])
def test_S26_what_is_not_live_takes_no_activity_here_either(what: str) -> None:
    case = make_case()
    if what == "member":
        case.member.status = Status.PAUSED
        case.member.save()
    elif what == "deleted":
        Streak.objects.update(deleted_at=noon(1))
    else:
        case.streak.status = what
        case.streak.save()
    answer = add(signed_in("Support"), case)
    assert list(errors(answer)) == ["member" if what == "member" else "streak"]
    assert StreakLog.objects.count() == 0


def test_the_form_is_filled_from_the_member_and_from_the_explanation(admin_client: Client) -> None:
    case = make_case()
    case.record_days(1)
    led = admin_client.get(f"/admin/accounts/member/{case.member.pk}/add_activity/")
    assert led.headers["Location"] == f"{ADD}?member={case.member.pk}"
    page = admin_client.get(f"/admin/streaks/streakprogress/of/{case.member.pk}/{case.streak.pk}/").content.decode()
    address = f"{ADD}?member={case.member.pk}&amp;streak={case.streak.pk}"
    assert address in page
    initial = admin_client.get(address.replace("&amp;", "&")).context["adminform"].form.initial
    assert (initial["member"], initial["streak"]) == (str(case.member.pk), str(case.streak.pk))
    assert initial["unique_identifier"].startswith("console-")


def test_only_who_has_the_right_can_add_activity() -> None:
    case = make_case()
    case.record_days(1)
    client = signed_in("Marketer")
    assert client.get(ADD).status_code == 403
    assert add(client, case).status_code == 403
    assert client.get(f"/admin/accounts/member/{case.member.pk}/add_activity/").status_code == 403
    explained = client.get(f"/admin/streaks/streakprogress/of/{case.member.pk}/{case.streak.pk}/")
    assert "Add activity" not in explained.content.decode()
    assert StreakLog.objects.count() == 1


def test_a_log_that_is_there_cannot_be_changed_by_who_may_add_one() -> None:
    case = make_case()
    case.record_days(1)
    log = StreakLog.objects.get()
    client = signed_in("Support")
    address = f"/admin/streaks/streaklog/{log.pk}/change/"
    assert client.get(address).status_code == 200
    assert client.post(address, {"activity_value": "1", "reason": "x"}).status_code == 403
    assert StreakLog.objects.get().activity_value == 50


def test_a_count_needs_no_value() -> None:
    case = Case(make_member(), make_streak(aggregation_method="count", aggregation_target_value=1))
    assert add(signed_in("Support"), case, activity_value="").status_code == 302
    assert StreakLog.objects.get().activity_value is None
