"""Commands that go through all members, a slice at a time."""

from argparse import ArgumentTypeError
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from streaks.management.selection import Slice, read_slice
from streaks.models import TaskProgress
from streaks.tests.calling import make_member
from streaks.tests.recording_cases import Case, make_case


@pytest.mark.sqlite
@given(st.uuids(), st.integers(1, 1_000))
def test_every_member_is_in_exactly_one_slice(member_id: UUID, of: int) -> None:
    assert [number for number in range(1, of + 1) if member_id in Slice(number, of)] == [member_id.int % of + 1]


@pytest.mark.sqlite
@pytest.mark.parametrize("text", ["0/30", "31/30", "3", "3/", "/30", "-1/30", "3/1001", "³/30", "a/b", ""])
def test_a_slice_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="is no slice: use 3/30"):
        read_slice(text)


@pytest.mark.django_db
def test_slices_check_and_mend_all_members_once() -> None:
    case = make_case()
    cases = [case, *(Case(make_member(f"member {number}"), case.streak) for number in range(5))]
    for one in cases:
        one.record(1)
    TaskProgress.objects.update(total=9)
    sizes = [sum(one.member.pk in Slice(number, 3) for one in cases) for number in (1, 2, 3)]
    for number, size in enumerate(sizes, start=1):
        printed = StringIO()
        if size:
            with pytest.raises(SystemExit):
                call_command("check_progress", slice=read_slice(f"{number}/3"), stdout=printed)
        assert not size or f"{size} members checked, {size} differences." in printed.getvalue()
        call_command("rebuild_progress", "--slice", f"{number}/3", stdout=printed)
        assert f"{size} members rebuilt, {size} rows corrected." in printed.getvalue()
    assert set(TaskProgress.objects.values_list("total", flat=True)) == {50}


@pytest.mark.django_db
def test_the_command_refuses_a_wrong_slice() -> None:
    with pytest.raises(CommandError, match="31/30"):
        call_command("check_progress", "--slice", "31/30")
