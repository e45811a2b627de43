"""Work that several processes share comes out as if one had done it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from rewards.models import RewardLog
from streaks.management.sharing_out import share_out
from streaks.models import StreakLog, StreakProgress, TaskProgress
from streaks.tests.calling import make_milestone
from streaks.tests.recording_cases import make_case
from streaks.tests.test_importing import write
from streaks.tests.test_killed_server import ROOT, database_url


def double(number: int) -> int:
    """Twice a number; odd ones cannot be doubled here."""
    if number % 2:
        raise ValueError(number)
    return 2 * number


def test_one_process_does_all_itself_in_order() -> None:
    assert list(share_out(double, enumerate([2, 4, 6]), processes=1)) == [4, 8, 12]


def test_fewer_than_one_process_is_refused() -> None:
    with pytest.raises(CommandError, match="--processes must be at least 1"):
        call_command("rebuild_progress", processes=0)


@pytest.mark.sqlite
def test_two_processes_do_every_piece_once_and_an_error_of_one_is_raised() -> None:
    assert sorted(share_out(double, enumerate(range(0, 40, 2)), processes=2)) == list(range(0, 80, 4))
    with pytest.raises(ValueError, match="7"):
        list(share_out(double, enumerate([2, 7, 4]), processes=2))


def run_command(*arguments: str) -> str:
    """Run a command of the product on the test database with two processes; return its closing line."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "gamopanda.settings", "DATABASE_URL": database_url()}
    command = [sys.executable, "manage.py", *arguments, "--processes", "2"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
def test_import_rebuild_and_check_by_two_processes_give_what_one_gives_S17_S22(tmp_path: Path) -> None:
    case = make_case(completion_target_value=2)
    make_milestone(case.streak, 1)
    # Enough members for several batches, three days each; the third begins a second run.
    lines = [
        f"member-{member},2026-03-0{day}T12:00:00Z,bought,order-{member}-{day},50"
        for day in (3, 1, 2)
        for member in range(600)
    ]
    file = write(tmp_path / "logs.csv", *lines, "member-1,never,bought,order,50")
    closing = run_command("import_streak_logs", str(file), "--streak", str(case.streak.pk))
    assert closing == f"1801 rows: 1800 logs recorded, 0 were there already, 1 rejected (see {file}.rejects.csv)."
    assert run_command("check_progress") == "600 members checked, 0 differences."
    runs = StreakProgress.objects.order_by("member__external_id", "starts_on")
    columns = ("member__external_id", "starts_on", "current_progress_value", "streak_completed_at")
    imported = list(runs.values_list(*columns))
    assert [value for _, _, value, _ in imported] == [2, 1] * 600
    assert (StreakLog.objects.count(), RewardLog.objects.count()) == (1800, 1200)

    TaskProgress.objects.all().delete()
    RewardLog.objects.all().delete()
    runs.delete()
    assert run_command("rebuild_progress") == "600 members rebuilt, 3000 rows corrected."
    assert list(runs.values_list(*columns)) == imported
    assert RewardLog.objects.count() == 0
