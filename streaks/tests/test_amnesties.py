"""Amnesties: previewed, applied in batches, resumed, revoked, and applied first to whom anything touches (S38, S42)."""

from io import StringIO

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command

from gamopanda.accounts.zones import ask_for_zone
from streaks.models import ExcuseKind, StreakExcuse
from streaks.progress import counting_impact
from streaks.progress.applying import apply_facts
from streaks.progress.excuses import declare_amnesty, estimate_amnesty, estimate_revocation, excuse_member, revoke
from streaks.progress.freezes import give_freezes
from streaks.tests.calling import make_milestone
from streaks.tests.recording_cases import Case, make_case, march, noon
from streaks.tests.test_protection import TWO_FREEZES, excuse, gift, is_clean, rows

pytestmark = pytest.mark.django_db


def test_an_amnesty_is_applied_in_batches_and_goes_on_where_it_stopped_S38(monkeypatch):
    monkeypatch.setattr("streaks.progress.applying.BATCH", 2)
    first = make_case("member-0")
    cases = [first, *(Case(make_case(f"member-{number}").member, first.streak) for number in range(1, 5))]
    for case in cases:
        case.record_days(1, 2, 4)
    amnesty = excuse(first, ExcuseKind.AMNESTY, march(3), march(3), member=None)
    declare_amnesty(amnesty, None)
    assert amnesty.total_members == 5
    apply_facts(amnesty, now=noon(4), at_most=2)
    assert (amnesty.applied_members, amnesty.applied_at) == (2, None)
    assert sorted(len(case.runs(noon(4))) for case in cases) == [1, 1, 2, 2, 2]
    apply_facts(amnesty, now=noon(4))
    assert (amnesty.applied_members, amnesty.applied_at) == (5, noon(4))
    assert {tuple(case.runs(noon(4))) for case in cases} == {(("in_progress", 3, 1, 5),)}
    revoke(amnesty, by="ann", now=noon(5))
    apply_facts(amnesty, now=noon(5))
    assert {tuple(case.runs(noon(4))) for case in cases} == {(("broken", 2, 1, 3), ("in_progress", 1, 4, 5))}
    assert all(is_clean(case) for case in cases)


def test_a_log_of_a_member_whose_turn_has_not_come_applies_the_amnesty_first_S38():
    case = make_case()
    make_milestone(case.streak, 3)
    case.record_days(1, 2, 4)
    declare_amnesty(excuse(case, ExcuseKind.AMNESTY, march(3), march(3), member=None), None)
    case.record_days(5)
    assert case.runs(noon(5)) == [("in_progress", 4, 1, 6)]
    assert case.rewards() == [(3, 4)]
    assert is_clean(case)


def test_an_amnesty_of_some_concerns_them_alone_S39():
    case = make_case()
    other = Case(make_case("bob").member, case.streak)
    for one in (case, other):
        one.record_days(1, 2, 4)
    amnesty = excuse(case, ExcuseKind.AMNESTY, march(3), march(3), member=None, streak=None)
    declare_amnesty(amnesty, [other.member.pk])
    other.record_days(5)
    assert other.runs(noon(5)) == [("broken", 2, 1, 3), ("in_progress", 2, 4, 6)]
    apply_facts(amnesty, now=noon(5))
    assert case.runs(noon(4)) == [("broken", 2, 1, 3), ("in_progress", 1, 4, 5)]
    assert other.runs(noon(5)) == [("in_progress", 4, 1, 6)]
    assert is_clean(other)


def test_a_second_amnesty_waits_until_the_first_is_applied_S38():
    case = make_case()
    declare_amnesty(excuse(case, ExcuseKind.AMNESTY, march(3), march(3), member=None), None)
    with pytest.raises(ValidationError) as refused:
        declare_amnesty(excuse(case, ExcuseKind.AMNESTY, march(4), march(4), member=None, streak=None), None)
    assert [error.code for error in refused.value.error_dict["streakId"]] == ["being_applied"]
    assert StreakExcuse.objects.count() == 1


@pytest.mark.parametrize("fact", ["gift", "break", "restoration", "zone"])
def test_what_touches_a_member_before_the_turn_applies_an_amnesty_without_rewards_first_S38(fact):
    case = make_case(**TWO_FREEZES | {"freeze_initial_count": 0}, clock="member")
    make_milestone(case.streak, 3)
    case.record_days(1, 2, 4)
    silent = {"member": None, "without_rewards": True}
    declare_amnesty(excuse(case, ExcuseKind.AMNESTY, march(3), march(3), **silent), None)
    if fact == "gift":
        give_freezes(gift(case), now=noon(4))
    elif fact == "break":
        excuse_member(excuse(case, ExcuseKind.MEMBER_BREAK, march(5), march(5)), now=noon(4))
    elif fact == "zone":
        ask_for_zone(case.member, "Asia/Tokyo", author="sue", now=noon(4))
    else:
        with pytest.raises(ValidationError, match="nothing to restore"):
            excuse_member(excuse(case, ExcuseKind.RESTORATION), now=noon(4))
        return
    assert [run[:3] for run in case.runs(noon(4))] == [("in_progress", 3, 1)]
    assert (case.rewards(), is_clean(case)) == ([], True)


@pytest.mark.parametrize("at_once", [2, 500])
def test_an_amnesty_is_estimated_from_some_counted_from_all_and_applied_as_counted_S42(at_once, monkeypatch):
    monkeypatch.setattr(counting_impact, "AT_ONCE", at_once)
    monkeypatch.setattr(counting_impact, "SLICES", 2)
    first = make_case("member-0")
    milestone = make_milestone(first.streak, 3, once_per_member=True)
    cases = [first, *(Case(make_case(f"member-{number}").member, first.streak) for number in range(1, 6))]
    for number, case in enumerate(cases):
        case.record_days(*((1, 2, 4) if number else (1, 2, 3)))
    amnesty = excuse(first, ExcuseKind.AMNESTY, march(3), march(3), member=None)
    before = rows()
    told = StringIO()
    with time_machine.travel(noon(4)):
        arguments = ("--streak", str(first.streak.pk), "--from", "2026-03-03", "--to", "2026-03-03")
        call_command("preview_amnesty", *arguments, stdout=told)
    assert told.getvalue() == (
        "5 members change; runs: 0 revived, 5 joined, 5 extended, 0 split, 0 broken.\n5 rewards of “Day 3”.\n"
    )
    estimated = estimate_amnesty(amnesty, None, now=noon(4))
    assert (estimated.members, estimated.runs.joined, estimated.rewards) == (5, 5, {milestone.pk: 5})
    assert (rows(), StreakExcuse.objects.count()) == (before, 0)
    declare_amnesty(amnesty, None)
    assert apply_facts(amnesty, now=noon(4)) == estimated
    monkeypatch.setattr(counting_impact, "AT_ONCE", 500)
    undone = estimate_revocation(amnesty, now=noon(4))
    assert (undone.members, undone.runs.split, undone.rewards) == (5, 5, {})
    amnesty.refresh_from_db()
    assert amnesty.revoked_at is None


def test_a_revocation_for_many_waits_until_another_change_is_applied_S38():
    case = make_case()
    case.record_days(1, 2, 4)
    first = excuse(case, ExcuseKind.AMNESTY, march(3), march(3), member=None)
    declare_amnesty(first, None)
    apply_facts(first, now=noon(4))
    declare_amnesty(excuse(case, ExcuseKind.AMNESTY, march(2), march(2), member=None), None)
    with pytest.raises(ValidationError) as refused:
        revoke(first, by="ann", now=noon(4))
    assert [error.code for error in refused.value.error_dict["streakId"]] == ["being_applied"]
    first.refresh_from_db()
    assert first.revoked_at is None
