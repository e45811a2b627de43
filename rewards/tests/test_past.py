"""Rewards for those who stand at a milestone when it goes live (S20)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from gamopanda.accounts.models import Member
from rewards.issuing import past
from rewards.models import PastRewards, RewardLog
from streaks.models import Milestone, Streak, StreakLog
from streaks.tests.calling import Answer, Caller, admin, end_user, make_member, make_milestone, make_streak
from streaks.tests.recording_cases import Case

pytestmark = pytest.mark.django_db

OnCommit = Callable[..., Any]
REQUESTED_AT = datetime(2026, 3, 3, 18, tzinfo=UTC)


@pytest.fixture
def on_commit(django_capture_on_commit_callbacks: OnCommit) -> OnCommit:
    return django_capture_on_commit_callbacks


@pytest.fixture
def streak(time_machine: Any) -> Streak:
    """On 3 March: ann and bob stand at 3, cyd at 1, dan was at 3 and has broken, eve was at 3 and has completed."""
    time_machine.move_to(REQUESTED_AT, tick=False)
    streak = make_streak(completion_target_value=4)
    hours = {"ann": (0, 24, 48), "bob": (0, 24, 48), "cyd": (48,), "dan": (-96, -72, -48), "eve": (-48, -24, 0, 24)}
    for name, some in hours.items():
        case = Case(make_member(name), streak)
        for later in some:
            case.record(1, hours=later)
    return streak


def body_for(streak: Streak, **changes: Any) -> dict[str, Any]:
    fields = {"linkedSchemaRecordId": str(streak.pk), "name": "Day 3", "milestoneTargetValue": 3, "status": "live"}
    return {**fields, **changes}


def send(caller: Caller, streak: Streak, on_commit: OnCommit, **query: str) -> Answer:
    with on_commit(execute=True):
        return caller.post("milestone/record", body_for(streak), **query)


def rewarded() -> list[tuple[str, int, bool]]:
    """Whose rewards there are, of which day, and whether they came with the last log of that day."""
    found = []
    for reward in RewardLog.objects.select_related("member", "streak_log").order_by("member__external_id"):
        last = StreakLog.objects.filter(member=reward.member, period_key=reward.period_key).latest("activity_at")
        found.append((reward.member.external_id, reward.period_key.day, reward.streak_log_id == last.pk))
    return found


def test_a_milestone_rewards_those_who_stand_there_only_when_asked_S20(streak: Streak, on_commit: OnCommit) -> None:
    caller = admin()
    assert send(caller, streak, on_commit).status == 201
    assert rewarded() == []
    made = send(caller, streak, on_commit, rewardPast="true")
    assert made.status == 201
    assert rewarded() == [("ann", 3, True), ("bob", 3, True)]
    assert set(RewardLog.objects.values_list("milestone", flat=True)) == {Milestone.objects.get(pk=made.data["id"]).pk}
    # Asked again, no member is left.
    with on_commit(execute=True):
        assert caller.patch(f"milestone/record/{made.data['id']}", {}, rewardPast="true").status == 200
    assert len(rewarded()) == 2
    assert list(PastRewards.objects.exclude(finished_at=None).values_list("rewarded_members", flat=True)) == [2, 0]


def test_a_dry_run_tells_what_would_happen_and_stores_nothing_S42(streak: Streak, on_commit: OnCommit) -> None:
    caller, none = admin(), dict.fromkeys(("revived", "joined", "extended", "split", "broken"), 0)
    tried = send(caller, streak, on_commit, rewardPast="true", dryRun="true")
    (told,) = tried.data["impact"]["rewards"]
    assert (told["name"], told["count"]) == ("Day 3", 2)
    assert (tried.status, tried.data) == (200, {"impact": {"members": 2, "runs": none, "rewards": [told]}})
    assert not Milestone.objects.exists()
    draft = make_milestone(streak, 3, status="draft")
    with on_commit(execute=True):
        change = caller.patch(f"milestone/record/{draft.pk}", {"status": "live"}, rewardPast="true", dryRun="true")
    assert change.data["impact"]["rewards"] == [{**told, "milestoneId": str(draft.pk)}]
    assert Milestone.objects.get().status == "draft"
    plain = caller.patch(f"milestone/record/{draft.pk}", {"status": "live"}, dryRun="true")
    assert plain.data == {"impact": {"members": 0, "runs": none, "rewards": []}}
    assert (rewarded(), PastRewards.objects.count()) == ([], 0)


def test_only_a_live_milestone_rewards_the_past(streak: Streak) -> None:
    caller = admin()
    answer = caller.post("milestone/record", body_for(streak, status="draft"), rewardPast="true")
    assert answer.details() == [("rewardPast", "milestone_not_live")]
    assert caller.post("milestone/record", body_for(streak), rewardPast="yes").details() == [("rewardPast", "invalid")]
    assert caller.get("milestone/record", rewardPast="true").details() == [("rewardPast", "unknown_parameter")]
    assert end_user().post("milestone/record", body_for(streak), rewardPast="true").status == 403
    assert not Milestone.objects.exists()


def test_once_per_member_and_people_who_left_are_respected_S21(streak: Streak, on_commit: OnCommit) -> None:
    Member.objects.filter(external_id="bob").update(status="paused")
    milestone = make_milestone(streak, 3, once_per_member=True, reward_limit=1)
    for _ in range(2):
        with on_commit(execute=True), transaction.atomic():
            past.request_past_rewards(milestone, now=REQUESTED_AT)
    assert rewarded() == [("ann", 3, True)]
    assert not RewardLog.objects.filter(is_beyond_limit=True).exists()


def test_what_a_killed_process_has_left_is_judged_by_the_instant_of_the_request_S38(
    streak: Streak, time_machine: Any, on_commit: OnCommit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile ann completes, bob's run breaks, and cyd rises to the milestone while it is live."""
    monkeypatch.setattr(past, "BATCH", 1)
    assert admin().post("milestone/record", body_for(streak), rewardPast="true").status == 201
    assert rewarded() == []
    for name, days in {"ann": (4,), "cyd": (4, 5)}.items():
        Case(Member.objects.get(external_id=name), streak, count=9).record_days(*days)
    time_machine.move_to("2026-03-06T18:00:00Z", tick=False)
    assert rewarded() == [("cyd", 5, True)]
    call_command("close_periods")
    call_command("issue_rewards")
    assert rewarded() == [("ann", 3, True), ("bob", 3, True), ("cyd", 5, True)]
    call_command("issue_rewards")
    assert len(rewarded()) == 3


def test_the_console_says_how_many_stand_there_and_rewards_them_S20(
    admin_client: Client, streak: Streak, on_commit: OnCommit
) -> None:
    milestone = make_milestone(streak, 3)
    draft = make_milestone(streak, 3, status="draft")
    address = reverse("admin:streaks_milestone_reward_past", args=[milestone.pk])
    page = f"/admin/streaks/milestone/{milestone.pk}/change/"
    assert "Reward those already there" in admin_client.get(page).content.decode()
    other = admin_client.get(f"/admin/streaks/milestone/{draft.pk}/change/").content.decode()
    assert "Reward those already there" not in other
    assert "2 members are there and have no reward for it." in admin_client.get(address).content.decode()
    assert rewarded() == []
    with on_commit(execute=True):
        admin_client.post(address, {"_form_submitted": "on"})
    assert [name for name, _, _ in rewarded()] == ["ann", "bob"]
