"""Freezes, breaks, restorations and amnesties as they are stored, with what follows from them (S36–S50)."""

from datetime import date
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from rewards.models import RewardLog
from streaks.models import ExcuseKind, StreakExcuse, StreakFreeze, StreakProgress
from streaks.progress.applying import apply_facts
from streaks.progress.excuses import (
    declare_amnesty,
    end_break,
    excuse_member,
    missed_periods,
    preview,
    revoke,
)
from streaks.progress.freezes import FreezesFull, GivenBefore, balance, give_freezes
from streaks.progress.service import check, rederive
from streaks.tests.calling import make_milestone
from streaks.tests.recording_cases import make_case, march, noon
from streaks.tests.test_core_protection import Walk, freezes

pytestmark = pytest.mark.django_db

TWO_FREEZES: dict[str, Any] = {"freeze_max_count": 2, "freeze_initial_count": 1, "freeze_minimum_value": 2}


def excuse(case, kind, first=None, last=None, **more):
    more = {"streak": case.streak, "member": case.member, "reason": "outage", "created_by": "ann"} | more
    return StreakExcuse(kind=kind, starts_on=first, ends_on=last, **more)


def gift(case, quantity=1, identifier="ticket-1"):
    return StreakFreeze(
        member=case.member,
        streak=case.streak,
        quantity=quantity,
        reason="sorry",
        unique_identifier=identifier,
        created_by="ann",
    )


def rows():
    """All that is derived, as it reads: ids and instants of saving left out."""
    columns = ("starts_on", "ends_on", "current_progress_value", "breaks_at", "frozen_periods", "freeze_account")
    return list(StreakProgress.objects.order_by("member_id", "starts_on").values_list(*columns))


def is_clean(case, now=None):
    """Check that what is stored is what the facts say, and that deriving it anew changes nothing."""
    now = now or case.clock
    return check([case.member.pk], now=now) == [] and rederive([case.member.pk], now=now) == {}


# --- freezes ---------------------------------------------------------------------------------------------------------


def test_a_freeze_carries_a_run_over_a_missed_day_and_is_used_up_S46():
    case = make_case(**TWO_FREEZES)
    case.record_days(1, 2, 4)
    assert case.runs(noon(4)) == [("in_progress", 3, 1, 5)]
    assert StreakProgress.objects.get().frozen_periods == ["2026-03-03"]
    assert balance(case.streak, case.member, now=noon(4)) == 0
    assert case.runs(noon(6)) == [("broken", 3, 1, 5)]
    assert is_clean(case)


def test_a_late_day_gives_a_freeze_back_S46():
    case = make_case(**TWO_FREEZES)
    case.record_days(1, 2, 4)
    case.record(3, now=noon(5))
    assert case.runs(noon(5)) == [("in_progress", 4, 1, 6)]
    assert balance(case.streak, case.member, now=noon(5)) == 1
    assert is_clean(case)


def test_a_gift_takes_effect_when_it_is_made_and_revives_nothing_S47():
    case = make_case(**TWO_FREEZES)
    case.record_days(1, 2)
    before = rows()
    assert case.runs(noon(5)) == [("broken", 2, 1, 4)]
    assert give_freezes(gift(case), now=noon(5)) == 2
    assert case.runs(noon(5)) == [("broken", 2, 1, 4)]
    assert rows() == before
    assert is_clean(case, noon(5))


def test_a_gift_moves_the_deadline_of_a_run_that_lives_S47_S49():
    case = make_case(**TWO_FREEZES)
    case.record_days(1, 2)
    assert case.runs(noon(2)) == [("in_progress", 2, 1, 4)]
    assert give_freezes(gift(case), now=noon(2)) == 2
    assert case.runs(noon(2)) == [("in_progress", 2, 1, 5)]
    assert is_clean(case)


def test_a_gift_over_the_maximum_and_a_repeated_one_change_nothing_S47_S27():
    case = make_case(**TWO_FREEZES)
    case.record_days(1, 2)
    with pytest.raises(FreezesFull):
        give_freezes(gift(case, 2), now=noon(2))
    assert StreakFreeze.objects.count() == 0
    give_freezes(gift(case), now=noon(2))
    with pytest.raises(GivenBefore):
        give_freezes(gift(case), now=noon(2))
    assert StreakFreeze.objects.count() == 1
    assert case.runs(noon(2)) == [("in_progress", 2, 1, 5)]


# --- breaks ----------------------------------------------------------------------------------------------------------


def test_a_break_excuses_its_days_and_can_be_ended_early_S39():
    case = make_case()
    case.record_days(1, 2)
    taken = excuse(case, ExcuseKind.MEMBER_BREAK, march(3), march(8))
    excuse_member(taken, now=noon(2))
    assert case.runs(noon(2)) == [("in_progress", 2, 1, 9)]
    end_break(taken, march(5), now=noon(5))
    assert case.runs(noon(5)) == [("in_progress", 2, 1, 6)]
    assert is_clean(case)


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (march(1), march(3), "break_in_past"),
        (march(3), date(2026, 4, 2), "break_too_long"),
    ],
)
def test_a_break_outside_its_limits_is_refused_by_name_and_changes_nothing_S39(first, last, code):
    case = make_case()
    case.record_days(1, 2)
    before = rows()
    with pytest.raises(ValidationError) as refused:
        excuse_member(excuse(case, ExcuseKind.MEMBER_BREAK, first, last), now=noon(2))
    assert [error.code for errors in refused.value.error_dict.values() for error in errors] == [code]
    assert (StreakExcuse.objects.count(), rows()) == (0, before)


def test_breaks_take_no_more_days_of_a_year_than_allowed_S39():
    case = make_case(member_break_max_days_per_year=5)
    excuse_member(excuse(case, ExcuseKind.MEMBER_BREAK, march(3), march(6)), now=noon(2))
    excuse_member(excuse(case, ExcuseKind.MEMBER_BREAK, march(6), march(7)), now=noon(2))
    with pytest.raises(ValidationError) as refused:
        excuse_member(excuse(case, ExcuseKind.MEMBER_BREAK, march(20), march(20)), now=noon(2))
    assert refused.value.message_dict == {
        "endsOn": ["Breaks take at most 5 of any 365 days; with this one it would be 6."]
    }
    assert [error.code for error in refused.value.error_dict["endsOn"]] == ["break_days_used_up"]
    assert StreakExcuse.objects.count() == 2


# --- restorations ----------------------------------------------------------------------------------------------------


def test_a_restoration_joins_a_broken_run_with_the_present_one_and_its_revocation_splits_them_S41():
    case = make_case()
    case.record_days(1, 2, 3, 6, 7)
    before, ids = rows(), case.run_ids()
    assert missed_periods(case.streak, case.member, now=noon(7)) == [march(4), march(5)]
    restored = excuse(case, ExcuseKind.RESTORATION)
    impact = preview(lambda: excuse_member(excuse(case, ExcuseKind.RESTORATION), now=noon(7)))
    assert (impact.runs.joined, rows()) == (1, before)
    excuse_member(restored, now=noon(7))
    assert (restored.starts_on, restored.ends_on) == (march(4), march(5))
    assert case.runs(noon(7)) == [("in_progress", 5, 1, 8)]
    assert is_clean(case)
    revoke(restored, by="ann", now=noon(7))
    assert (rows(), case.run_ids()[0]) == (before, ids[0])
    assert is_clean(case)


def test_a_restoration_of_yesterday_lets_the_run_live_again_S39():
    case = make_case()
    case.record_days(1, 2, 3)
    assert case.runs(noon(5)) == [("broken", 3, 1, 4)]
    impact = excuse_member(excuse(case, ExcuseKind.RESTORATION), now=noon(5))
    assert (impact.members, impact.runs.revived) == (1, 1)
    assert case.runs(noon(5)) == [("in_progress", 3, 1, 5)]


def test_more_missed_periods_than_allowed_are_not_restored_S39():
    case = make_case()
    case.record_days(1, 2, 3, 8)
    before = rows()
    with pytest.raises(ValidationError) as refused:
        excuse_member(excuse(case, ExcuseKind.RESTORATION), now=noon(8))
    assert [error.code for error in refused.value.error_dict["startsOn"]] == ["restore_too_many"]
    assert (StreakExcuse.objects.count(), rows()) == (0, before)
    excuse_member(excuse(case, ExcuseKind.RESTORATION), now=noon(8), is_limited=False)
    assert case.runs(noon(8)) == [("in_progress", 4, 1, 9)]


def test_a_restoration_reaches_the_milestones_between_with_the_last_log_of_the_period_S38():
    case = make_case()
    make_milestone(case.streak, 4)
    case.record_days(1, 2, 3, 5, 6)
    last = case.record(5, hours=1, now=noon(6))
    assert case.rewards() == []
    restored = excuse(case, ExcuseKind.RESTORATION)
    impact = excuse_member(restored, now=noon(6))
    assert (list(impact.rewards.values()), case.rewards()) == ([1], [(4, 5)])
    reward = RewardLog.objects.get()
    assert reward.streak_log_id == last.log.pk
    revoke(restored, by="ann", now=noon(6))
    excuse_member(excuse(case, ExcuseKind.RESTORATION), now=noon(6))
    assert case.rewards() == [(4, 5)]


def test_a_restoration_without_rewards_never_issues_any_for_its_rise_S38():
    case = make_case()
    make_milestone(case.streak, 4)
    case.record_days(1, 2, 3, 5)
    excuse_member(excuse(case, ExcuseKind.RESTORATION, without_rewards=True), now=noon(5))
    case.record_days(6)
    rederive([case.member.pk], now=noon(6))
    assert (case.runs(noon(6)), case.rewards()) == ([("in_progress", 5, 1, 7)], [])


# --- pauses ----------------------------------------------------------------------------------------------------------


def test_a_pause_keeps_freezes_for_later_S19_S46(time_machine, django_capture_on_commit_callbacks):
    case = make_case(**TWO_FREEZES)
    case.record_days(1, 2)
    # The freeze is to save the 3rd.
    assert case.runs(noon(2)) == [("in_progress", 2, 1, 4)]
    for day, status in ((3, "paused"), (6, "live")):
        time_machine.move_to(noon(day), tick=False)
        case.streak.status = status
        with django_capture_on_commit_callbacks(execute=True):
            case.streak.save()
    assert case.runs(noon(6)) == [("in_progress", 2, 1, 8)]
    assert (StreakProgress.objects.get().frozen_periods, is_clean(case, noon(6))) == (["2026-03-07"], True)
    case.record_days(8)
    assert case.runs(noon(8)) == [("in_progress", 3, 1, 9)]
    assert (balance(case.streak, case.member, now=noon(8)), is_clean(case)) == (0, True)


def test_a_log_after_a_pause_comes_before_the_turn_of_its_member_S38(time_machine):
    case = make_case(**TWO_FREEZES)
    case.record_days(1, 2)
    for day, status in ((3, "paused"), (6, "live")):
        time_machine.move_to(noon(day), tick=False)
        case.streak.status = status
        case.streak.save()
    assert case.streak.pauses.get().applied_at is None
    case.record_days(8)
    assert case.runs(noon(8)) == [("in_progress", 3, 1, 9)]
    assert (balance(case.streak, case.member, now=noon(8)), is_clean(case)) == (0, True)


# --- any facts in any order ------------------------------------------------------------------------------------------


days = st.integers(0, 14)


class AnyOrder(TestCase):
    """The stored runs of one member against a walk over every day."""

    @settings(max_examples=25, deadline=None)
    @given(
        by=freezes,
        complete=st.sets(days, min_size=1, max_size=10),
        excused=st.lists(st.tuples(days, st.integers(0, 2)), max_size=2),
        seed=st.integers(0, 1000),
    )
    def test_any_logs_and_excuses_in_any_order_agree_with_the_walk_S36_S37(self, by, complete, excused, seed):
        """Logs come in any order, with amnesties of everybody and of one member between them."""
        case = make_case(
            f"member-{UUID(int=Random(seed).getrandbits(128))}",
            completion_target_value=9,
            freeze_max_count=by.maximum,
            freeze_initial_count=by.initial,
            freeze_every_periods=by.every,
            freeze_minimum_value=by.minimum_value,
        )
        facts = [*(("log", number) for number in complete), *(("excuse", span) for span in excused)]
        Random(seed).shuffle(facts)
        now = noon(31)
        for number, (kind, what) in enumerate(facts):
            if kind == "log":
                case.record(what + 5, now=now)
                continue
            first = what[0] + 5
            amnesty = excuse(case, ExcuseKind.AMNESTY, march(first), march(first + what[1]), member=None)
            declare_amnesty(amnesty, None if number % 2 else [case.member.pk])
            apply_facts(amnesty, now=now)
        off = {first + more for first, length in excused for more in range(length + 1)}
        expected = Walk(by, complete, off, {}, 9).run()
        assert [
            (run.starts_on.day - 5, (run.ends_on - march(5)).days, run.current_progress_value, run.frozen_periods or [])
            for run in StreakProgress.objects.filter(member=case.member).order_by("starts_on")
        ] == [
            (start, end, value, [march(on + 5).isoformat() for on in frozen]) for start, end, value, frozen in expected
        ]
        assert is_clean(case, now)
