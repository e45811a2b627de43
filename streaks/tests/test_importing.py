"""Imports: a shop's real purchases, bad rows beside good ones, every kind of file, and a killed import."""

import csv
import gzip
import io
import json
import os
import random
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count

from gamopanda.accounts.models import Member
from rewards.models import RewardLog
from streaks.models import Streak, StreakLog, StreakProgress
from streaks.progress import service
from streaks.progress.service import batches_with_activity
from streaks.tests.calling import make_milestone, make_streak
from streaks.tests.recording_cases import NOW

pytestmark = pytest.mark.django_db

PURCHASES = Path(__file__).parent / "data" / "cdnow-purchases.csv.gz"
HEADING = "externalId,activityAt,activityId,uniqueIdentifier,activityValue"
GOOD = "ann,2026-03-01T12:00:00Z,bought,order-1,50"


def run_import(path: Path | str, streak: Streak, **options: Any) -> str:
    """Run the command and return its closing line."""
    out = StringIO()
    call_command("import_streak_logs", str(path), streak=str(streak.pk), stdout=out, **options)
    return out.getvalue().strip()


def write(path: Path, *lines: str) -> Path:
    """Write a CSV file with the usual heading."""
    path.write_text("\n".join([HEADING, *lines]) + "\n")
    return path


def monthly_streak(name: str) -> Streak:
    """Spend 20 a month for 3 months in New York, with rewards at 1 and 3."""
    streak = make_streak(
        name=name,
        aggregation_period="monthly",
        aggregation_target_value=Decimal(20),
        completion_target_value=3,
        time_zone="America/New_York",
    )
    make_milestone(streak, 1)
    make_milestone(streak, 3)
    return streak


def purchases_of_every(nth: int) -> list[dict[str, str]]:
    """The purchases of every nth customer."""
    with gzip.open(PURCHASES, "rt") as lines:
        rows = list(csv.DictReader(lines))
    customers = sorted({row["externalId"] for row in rows})[::nth]
    chosen = set(customers)
    return [row for row in rows if row["externalId"] in chosen]


def write_rows(path: Path, rows: Iterable[dict[str, str]]) -> Path:
    """Write purchases as a gzipped CSV file."""
    with gzip.open(path, "wt", newline="") as file:
        writer = csv.DictWriter(file, HEADING.split(","))
        writer.writeheader()
        writer.writerows(rows)
    return path


def counted_by_hand(rows: Iterable[dict[str, str]]) -> Counter[tuple[str, int]]:
    """Runs by status and value, counted month by month without any code of the product."""
    zone = ZoneInfo("America/New_York")
    months: dict[str, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows:
        at = datetime.fromisoformat(row["activityAt"]).astimezone(zone)
        months[row["externalId"]][at.year * 12 + at.month] += Decimal(row["activityValue"])
    runs: Counter[tuple[str, int]] = Counter()
    for spent in months.values():
        value = None
        for month in range(min(spent), max(spent) + 2):
            if value is None and month not in spent:
                continue
            value = value or 0
            if spent.get(month, Decimal(0)) < 20:
                runs["broken", value] += 1
                value = None
            elif value == 2:
                runs["completed", 3] += 1
                value = None
            else:
                value += 1
    return runs


def stored_runs(streak: Streak) -> list[tuple[Any, ...]]:
    """Everything that a run is, by member, but its row."""
    rows = StreakProgress.objects.filter(streak=streak).with_status(NOW)
    columns = ("member__external_id", "starts_on", "ends_on", "status", "current_progress_value", "streak_started_at")
    return sorted(rows.values_list(*columns, "streak_completed_at", "broken_at"), key=lambda run: run[:2])


def test_real_purchases_come_out_as_counted_by_hand_in_any_order_and_any_pieces_S17_F17(tmp_path: Path) -> None:
    rows = purchases_of_every(50)
    whole, shuffled = monthly_streak("whole"), monthly_streak("in pieces")
    file = write_rows(tmp_path / "whole.csv.gz", rows)

    assert run_import(file, whole) == f"{len(rows)} rows: {len(rows)} logs recorded, 0 were there already, 0 rejected."
    by_hand = counted_by_hand(rows)
    stored = StreakProgress.objects.filter(streak=whole).with_status(NOW)
    assert Counter(stored.values_list("status", "current_progress_value")) == by_hand
    rewards = RewardLog.objects.filter(streak=whole).values_list("milestone__milestone_target_value")
    assert dict(rewards.annotate(Count("pk")).order_by()) == {
        1: sum(number for (_, value), number in by_hand.items() if value >= 1),
        3: by_hand["completed", 3],
    }

    assert run_import(file, whole) == f"{len(rows)} rows: 0 logs recorded, {len(rows)} were there already, 0 rejected."
    assert RewardLog.objects.filter(streak=whole).count() == sum(
        number * ((value >= 1) + (value >= 3)) for (_, value), number in by_hand.items()
    )

    random.Random(1998).shuffle(rows)
    for piece in range(3):
        run_import(write_rows(tmp_path / f"{piece}.csv.gz", rows[piece::3]), shuffled)
    assert stored_runs(shuffled) == stored_runs(whole)
    for batch in batches_with_activity(500):
        assert service.check(batch, now=NOW) == []


BAD = {
    "two columns too few": ("ann,2026-03-01T12:00:00Z,bought", "The heading has 5 columns, this line has 3."),
    "no member": (",2026-03-01T12:00:00Z,bought,o,50", "externalId: This field may not be blank."),
    "no offset": (
        "ann,2026-03-01T12:00:00,bought,o,50",
        "activityAt: Add the UTC offset, as in 2026-03-01T18:30:00+01:00 or",
    ),
    "no instant": ("ann,yesterday,bought,o,50", "activityAt: Use an instant such as 2026-03-01T18:30:00+01:00"),
    "in the future": (
        "ann,2999-03-01T12:00:00Z,bought,o,50",
        "This is in the future. At most 5 minutes ahead are allowed.",
    ),
    "no value": ("ann,2026-03-01T12:00:00Z,bought,o,", "This streak adds up values: send the value of the activity."),
    "no number": ("ann,2026-03-01T12:00:00Z,bought,o,fifty", "activityValue: A valid number is required."),
    "too exact": (
        "ann,2026-03-01T12:00:00Z,bought,o,0.00001",
        "activityValue: Ensure that there are no more than 4 decimal places.",
    ),
    "not a number": ("ann,2026-03-01T12:00:00Z,bought,o,NaN", "activityValue: A valid number is required."),
    "too large": (
        "ann,2026-03-01T12:00:00Z,bought,o,1000000000000000",
        "activityValue: Ensure that there are no more than 14 digits before the decimal point.",
    ),
    "too long": (
        f"ann,2026-03-01T12:00:00Z,bought,{'o' * 257},50",
        "uniqueIdentifier: Ensure this field has no more than 256",
    ),
    "a NUL": ("an\0n,2026-03-01T12:00:00Z,bought,o,50", "externalId: Texts must not contain the character NUL"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_row_goes_to_the_rejects_with_line_and_reason_and_good_ones_are_kept(tmp_path: Path, kind: str) -> None:
    line, reason = BAD[kind]
    file = write(tmp_path / "logs.csv", GOOD, line, GOOD.replace("order-1", "order-2"))
    rejects = tmp_path / "logs.csv.rejects.csv"
    assert (
        run_import(file, make_streak()) == f"3 rows: 2 logs recorded, 0 were there already, 1 rejected (see {rejects})."
    )
    with rejects.open(newline="") as file_of_rejects:
        (row,) = csv.DictReader(file_of_rejects)
    assert row["line"] == "3"
    assert row["reason"].startswith(reason)
    assert StreakLog.objects.count() == 2


def test_bytes_that_are_no_text_reject_their_own_row_only(tmp_path: Path) -> None:
    file = tmp_path / "logs.csv"
    file.write_bytes(f"{HEADING}\n".encode() + b"ann\xff,2026-03-01T12:00:00Z,bought,o,50\n" + f"{GOOD}\n".encode())
    assert run_import(file, make_streak()).startswith("2 rows: 1 logs recorded, 0 were there already, 1 rejected")
    assert Member.objects.get().external_id == "ann"


def test_lines_of_json_that_cannot_be_read_exactly_reject_themselves_only(tmp_path: Path) -> None:
    good = {"externalId": "ann", "activityAt": "2026-03-01T12:00:00Z", "activityId": "bought", "activityValue": 50}
    lines = [json.dumps({**good, "uniqueIdentifier": f"order-{number}"}) for number in range(2)]
    huge = lines[0].replace(": 50", ": 1e99999999999999999999")
    half = json.dumps({**good, "externalId": "\ud800", "uniqueIdentifier": "half"})
    file = tmp_path / "logs.ndjson"
    file.write_text("\n".join([lines[0], huge, half, lines[1]]))
    assert run_import(file, make_streak()).startswith("4 rows: 2 logs recorded, 0 were there already, 2 rejected")
    with (tmp_path / "logs.ndjson.rejects.csv").open(newline="") as rejects:
        reasons = {row["line"]: row["reason"] for row in csv.DictReader(rejects)}
    assert list(reasons) == ["2", "3"]
    assert reasons["2"] == "The number 1e99999999999999999999 is out of range."
    assert reasons["3"].startswith("externalId: ")


def test_a_total_out_of_range_rejects_its_own_row_only(tmp_path: Path) -> None:
    lines = [f"ann,2026-03-01T12:00:00Z,bought,order-{number},99999999999999.9999" for number in range(10)]
    assert run_import(write(tmp_path / "logs.csv", *lines), make_streak()).startswith("10 rows: 9 logs recorded")


def test_a_single_row_with_a_total_out_of_range_is_rejected_like_any_other(tmp_path: Path) -> None:
    streak = make_streak()
    lines = [f"ann,2026-03-01T12:00:00Z,bought,order-{number},99999999999999.9999" for number in range(10)]
    run_import(write(tmp_path / "logs.csv", *lines[:9]), streak)
    assert run_import(write(tmp_path / "one.csv", lines[9]), streak).startswith("1 rows: 0 logs recorded, 0 were there")


def test_a_member_who_is_not_live_earns_nothing_by_import_S26(tmp_path: Path) -> None:
    Member.objects.create(external_id="ann", status="paused")
    assert run_import(write(tmp_path / "logs.csv", GOOD), make_streak()).startswith("1 rows: 0 logs recorded")
    assert StreakLog.objects.count() == 0


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_every_kind_of_file_from_disk_and_from_standard_input(
    tmp_path: Path, kind: str, compressed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = dict(zip(HEADING.split(","), GOOD.split(","), strict=True))
    text = f"{HEADING}\n{GOOD}\n" if kind == "csv" else json.dumps({**values, "activityValue": 50.1}) + "\n\n"
    content = gzip.compress(text.encode()) if compressed else text.encode()
    (tmp_path / "logs").write_bytes(content)
    streak = make_streak()
    assert run_import(tmp_path / "logs", streak) == "1 rows: 1 logs recorded, 0 were there already, 0 rejected."
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    monkeypatch.chdir(tmp_path)
    assert run_import("-", streak) == "1 rows: 0 logs recorded, 1 were there already, 0 rejected."


def test_bad_lines_of_json_are_rejected_by_number(tmp_path: Path) -> None:
    good = dict(zip(HEADING.split(","), GOOD.split(","), strict=True))
    changes = (
        {"extra": 1},
        {"activityValue": True},
        {"activityAt": 123},
        {"externalId": {"a": 1}},
        {"externalId": True},
    )
    lines = [json.dumps(good), "{broken", "[1]", *(json.dumps({**good, **change}) for change in changes)]
    file = tmp_path / "logs.ndjson"
    file.write_text("\n".join(lines))
    assert run_import(file, make_streak()).startswith("8 rows: 1 logs recorded, 0 were there already, 7 rejected")
    with (tmp_path / "logs.ndjson.rejects.csv").open(newline="") as rejects:
        assert [row["line"] for row in csv.DictReader(rejects)] == [str(number) for number in range(2, 9)]


@pytest.mark.parametrize(
    ("heading", "message"),
    [
        ("externalId,activityAt,activityId", "missing: uniqueIdentifier; unknown: none"),
        (f"{HEADING},colour", "missing: none; unknown: colour"),
        (f"{HEADING},externalId", "each once"),
        ("", "missing: externalId, activityAt, activityId, uniqueIdentifier"),
    ],
)
def test_a_wrong_heading_stops_before_anything_is_stored(tmp_path: Path, heading: str, message: str) -> None:
    file = tmp_path / "logs.csv"
    file.write_text(f"{heading}\n{GOOD}\n" if heading else "")
    with pytest.raises(CommandError, match=message):
        run_import(file, make_streak())
    assert StreakLog.objects.count() == 0


def test_a_missing_file_and_an_unknown_streak_are_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        run_import(tmp_path / "none.csv", make_streak())
    with pytest.raises(CommandError, match="There is no streak"):
        call_command("import_streak_logs", str(write(tmp_path / "logs.csv", GOOD)), streak="nonsense")


def test_a_truncated_file_keeps_what_was_read(tmp_path: Path) -> None:
    rows = purchases_of_every(100)
    file = write_rows(tmp_path / "logs.csv.gz", rows)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(CommandError, match=r"marker was reached\. What was read before is kept"):
        run_import(file, monthly_streak("cut"))


def test_a_file_that_has_grown_counts_what_is_new_and_says_how_much_was_there_S27_F14(tmp_path: Path) -> None:
    days = [f"ann,2026-03-{day:02}T12:00:00Z,bought,order-{day},50" for day in range(1, 31)]
    streak = make_streak(completion_target_value=400)
    assert run_import(write(tmp_path / "first.csv", *days[:10]), streak).startswith(
        "10 rows: 10 logs recorded, 0 were there"
    )
    before = set(StreakLog.objects.values_list("pk", "created_at", "activity_value"))
    # All again with other values, then new ones, one of them twice; a late one, and a correction that comes again too.
    others = [line.replace(",50", ",1") for line in days]
    odd = ["ben,2026-03-02T12:00:00Z,bought,back,-5", "ann,2026-02-20T12:00:00Z,bought,late,50"]
    file = write(tmp_path / "all.csv", *others[:10], *days[10:], others[29], "ann,never,bought,bad,1", *odd)
    rejects = tmp_path / "all.csv.rejects.csv"
    assert run_import(file, streak) == f"34 rows: 22 logs recorded, 11 were there already, 1 rejected (see {rejects})."
    assert run_import(file, streak) == f"34 rows: 0 logs recorded, 33 were there already, 1 rejected (see {rejects})."
    assert before <= set(StreakLog.objects.values_list("pk", "created_at", "activity_value"))
    runs = StreakProgress.objects.filter(member__external_id="ann").order_by("starts_on")
    assert list(runs.values_list("current_progress_value", flat=True)) == [1, 30]


@pytest.mark.django_db(transaction=True)
def test_a_killed_import_is_finished_by_running_it_again(tmp_path: Path) -> None:
    rows = purchases_of_every(12)
    file, streak = write_rows(tmp_path / "logs.csv.gz", rows), monthly_streak("killed")
    script = (
        "import os, signal, sys; from django.conf import settings; import django; django.setup()\n"
        "from django.db import connection; connection.settings_dict['NAME'] = sys.argv[1]\n"
        "from streaks.management import importing; importing.ROWS_AT_ONCE = importing.ROWS_AT_FIRST = 2_000\n"
        "from streaks.management.commands import import_streak_logs as command\n"
        "real = command.import_rows; done = []\n"
        "def dying(*args, **kwargs):\n"
        "    if len(done) == 2: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    done.append(1); return real(*args, **kwargs)\n"
        "command.import_rows = dying\n"
        "from django.core.management import call_command\n"
        "call_command('import_streak_logs', sys.argv[2], streak=sys.argv[3])"
    )
    process = subprocess.run(
        [sys.executable, "-c", script, str(connection.settings_dict["NAME"]), str(file), str(streak.pk)],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "gamopanda.tests.settings"},
        cwd=Path(__file__).parent.parent.parent,
        capture_output=True,
        check=False,
    )
    assert process.returncode == -9, process.stderr.decode()
    assert StreakLog.objects.count() == 4_000
    assert (
        run_import(file, streak)
        == f"{len(rows)} rows: {len(rows) - 4_000} logs recorded, 4000 were there already, 0 rejected."
    )
    stored = StreakProgress.objects.filter(streak=streak).with_status(NOW)
    assert Counter(stored.values_list("status", "current_progress_value")) == counted_by_hand(rows)
