"""Many logs at once: a file of real purchases, a file of dense activity, and batches of 1,000 over HTTP.

The floor is a bare COPY of the same rows into a table with the same indexes: nothing derived, no foreign keys.
"""

import csv
import gzip
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from django.db import connection

from benchmarks.bodies import body_of_logs
from benchmarks.generating import make_streaks
from benchmarks.installation import WORKERS, Installation
from benchmarks.load import Pace, Target, send_load
from benchmarks.measuring import Contender, compete, limit, table
from benchmarks.watching import Watched, watch
from gamopanda.conf.environment import BASE_DIR
from streaks.models import Milestone, Streak, StreakLog

PURCHASES = BASE_DIR / "streaks" / "tests" / "data" / "cdnow-purchases.csv.gz"
COLUMNS = ("externalId", "activityAt", "activityId", "uniqueIdentifier", "activityValue")
LOGS_A_DAY = 10
RECORDS = 1_000
MOONSHOT = 0.9
IMPORT_MEGABYTES = 300
PATH = "/api/v1.0/schema/streak_log/record/bulk"


@dataclass(slots=True)
class Copying:
    """The floor: rows as they were recorded, written to a table with the same indexes and nothing else."""

    number: int
    rows: bytes

    @classmethod
    def of_what_is_stored(cls) -> "Copying":
        """Read all logs, in order of their ids."""
        number = StreakLog.objects.count()
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS copied (LIKE streaks_streaklog INCLUDING ALL)")
            query = "COPY (SELECT * FROM streaks_streaklog ORDER BY id) TO STDOUT (FORMAT BINARY)"
            with cursor.copy(query) as copy:
                return cls(number, b"".join(map(bytes, copy)))

    def measure(self) -> float:
        """Write them; return rows a second."""
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE copied")
            started_at = time.perf_counter()
            with cursor.copy("COPY copied FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(self.rows)
            return self.number / (time.perf_counter() - started_at)


@dataclass(slots=True)
class Importing:
    """A file, imported by the command into an installation that has no members yet."""

    installation: Installation
    file: Path
    streak: Streak

    @property
    def command(self) -> list[str]:
        """What is run."""
        rejects = str(self.installation.folder / "no")
        how = ["--streak", str(self.streak.pk), "--rejects", rejects, "--processes", str(WORKERS)]
        return ["import_streak_logs", str(self.file), *how]

    def watch(self) -> Watched:
        """Import it, and say what that took."""
        empty()
        return watch(self.installation, *self.command)

    def measure(self) -> float:
        """Import it, from the start of the command to its end; return rows a second."""
        empty()
        started_at = time.perf_counter()
        closing = self.installation.manage(*self.command)
        taken = time.perf_counter() - started_at
        assert ", 0 were there already, 0 rejected." in closing, closing
        return StreakLog.objects.count() / taken


@dataclass(slots=True)
class Batches:
    """Batches over HTTP; each measurement goes on where the last one ended."""

    target: Target
    pace: Pace
    next_number: int = 0

    def measure(self) -> float:
        """Send them for a while; return logs a second."""
        load, self.next_number = send_load(self.target, first=self.next_number, pace=self.pace)
        return load.per_second * RECORDS


def empty() -> None:
    """Forget all members and their activity."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_member CASCADE")


def monthly_streak() -> Streak:
    """Make a streak of 20 a month for three months, with a reward for the first and for the last."""
    rules = {"aggregation_period": "monthly", "aggregation_target_value": 20, "completion_target_value": 3}
    streak = Streak.objects.create(name="Months", description="Spend $20 a month.", status="live", **rules)
    for target in (1, 3):
        Milestone.objects.create(streak=streak, name=f"Month {target}", status="live", milestone_target_value=target)
    return streak


def write_purchases(path: Path, *, rows: int) -> Path:
    """Write the first so many real purchases."""
    with gzip.open(PURCHASES, "rt") as lines, path.open("w") as file:
        file.writelines(line for number, line in enumerate(lines) if number <= rows)
    return path


def write_dense_activity(path: Path, *, members: int, days: int) -> Path:
    """Write ten logs a day of each member, in order of time, which complete six days of seven."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(days * LOGS_A_DAY * members):
            hour, member = divmod(number, members)
            day, of_day = divmod(hour, LOGS_A_DAY)
            at = midnight + timedelta(days=day, hours=2 * of_day, milliseconds=member)
            value = 4 if (member + day) % 7 == 0 else 6
            writer.writerow([f"dense-{member}", at.isoformat(), "made_a_purchase", f"dense-{number}", value])
    return path


def measure(installation: Installation, *, quick: bool) -> Iterator[str]:
    """Compare with a bare COPY."""
    rounds = 2 if quick else 5
    months, (days,) = monthly_streak(), make_streaks(1)
    purchases = write_purchases(installation.folder / "purchases.csv", rows=10_000 if quick else 100_000)
    # So large that starting the command takes a small part of the whole.
    dense = write_dense_activity(installation.folder / "dense.csv", members=300, days=10 if quick else 200)
    of_purchases, of_dense = (Importing(installation, *what) for what in ((purchases, months), (dense, days)))
    for title, importing, target, times in (
        ("Import of real purchases: nearly every row opens a period and a run", of_purchases, 0.25, rounds),
        ("Import of dense activity: ten logs a day", of_dense, 0.4, min(rounds, 3)),
    ):
        watched = importing.watch()
        contenders = [
            Contender("Floor: COPY with the same indexes", Copying.of_what_is_stored().measure),
            Contender(f"import_streak_logs --processes {WORKERS}", importing.measure, target, MOONSHOT),
        ]
        yield table(title, compete(contenders, rounds=times))
        yield limit("Memory of all its processes", watched.megabytes, "MB", IMPORT_MEGABYTES) + "\n"
    yield from _measure_batches(installation, days, rounds=rounds, seconds=4 if quick else 15)


def _measure_batches(installation: Installation, streak: Streak, *, rounds: int, seconds: float) -> Iterator[str]:
    copying = Copying.of_what_is_stored()
    body = partial(body_of_logs, streak=str(streak.pk), records=RECORDS, stamp=datetime.now(UTC).isoformat())
    with installation.serve() as port:
        target = Target(port, PATH, headers=installation.key_headers(), body=body, expects=200)
        batches = Batches(target, Pace(seconds, WORKERS))
        contenders = [
            Contender("Floor: COPY with the same indexes", copying.measure),
            Contender("Batches of 1,000 on two connections", batches.measure, 0.15, 0.25),
        ]
        yield table("Batches over HTTP: members of the dense activity, in turn", compete(contenders, rounds=rounds))
