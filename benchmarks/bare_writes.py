"""The second floor of one log: pgbench doing the three writes of a log by itself, with no server and no Python.

In one durable transaction it inserts a log, adds to a total and moves a run, in tables with the same indexes.
"""

import re
import subprocess
from dataclasses import dataclass

from django.db import connection

from benchmarks.installation import Installation
from scripts.with_postgres import find_binaries

_TABLES = {"bare_log": "streaks_streaklog", "bare_total": "streaks_taskprogress", "bare_run": "streaks_streakprogress"}
_MEMBER = "lpad(:member::text, 32, '0')::uuid"
_SCRIPT = f"""\\set member random(1, {{members}})
BEGIN;
INSERT INTO bare_log (id, created_at, updated_at, member_id, streak_id, activity_at, activity_id, unique_identifier,
                      activity_value, period_key)
VALUES (gen_random_uuid(), now(), now(), {_MEMBER}, {_MEMBER}, now(), 'made_a_purchase', gen_random_uuid(), 250000,
        current_date);
INSERT INTO bare_total (id, created_at, updated_at, member_id, streak_id, period_key, total, log_count,
                        first_activity_at, last_activity_at)
VALUES (gen_random_uuid(), now(), now(), {_MEMBER}, {_MEMBER}, current_date, 250000, 1, now(), now())
ON CONFLICT (member_id, streak_id, period_key) DO UPDATE
SET total = bare_total.total + 250000, log_count = bare_total.log_count + 1,
    last_activity_at = greatest(bare_total.last_activity_at, now());
INSERT INTO bare_run (id, created_at, updated_at, member_id, streak_id, stored_status, current_progress_value,
                      highest_progress_value, starts_on, ends_on, streak_started_at, breaks_at)
VALUES (gen_random_uuid(), now(), now(), {_MEMBER}, {_MEMBER}, 'in_progress', 1, 1, current_date, current_date, now(),
        current_date + 1)
ON CONFLICT (member_id, streak_id) WHERE stored_status = 'in_progress' DO UPDATE SET updated_at = now();
COMMIT;
"""


@dataclass(frozen=True, slots=True)
class BareWrites:
    """The three writes, of random members, on so many connections for so many seconds."""

    installation: Installation
    members: int
    seconds: int
    connections: int = 16

    def prepare(self) -> None:
        """Make the tables."""
        with connection.cursor() as cursor:
            for name, model in _TABLES.items():
                cursor.execute(f"CREATE TABLE IF NOT EXISTS {name} (LIKE {model} INCLUDING ALL)")

    def measure(self) -> float:
        """Write for a while; return transactions a second. Raises `RuntimeError` when one fails."""
        script = self.installation.folder / "writes.sql"
        script.write_text(_SCRIPT.format(members=self.members))
        how = ["-n", "-c", str(self.connections), "-T", str(self.seconds), "-f", str(script)]
        command = [str(find_binaries() / "pgbench"), *how, self.installation.database_url]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
        if done.returncode or found is None:
            raise RuntimeError(done.stderr)
        return float(found[1])
