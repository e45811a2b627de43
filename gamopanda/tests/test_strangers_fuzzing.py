"""schemathesis reads the description, and tries to prove it, or the API, wrong: every check, links included."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gamopanda.accounts.models import ApiKey
from gamopanda.accounts.sandbox import new_member
from gamopanda.conf.environment import BASE_DIR
from gamopanda.events.models import Delivery, Event
from gamopanda.events.tests.receiving import make_endpoint
from streaks.models import Streak
from streaks.tests.calling import admin, log_body, make_key, make_member, make_milestone, make_streak

pytestmark = [pytest.mark.strangers, pytest.mark.django_db(transaction=True)]

IS_LONG = os.environ.get("FUZZING") == "long"
# The short run asks the same of every change; the long one looks in new places each time.
SHORT = ["--phases=examples,fuzzing,stateful", "--max-examples=75", "--seed=1"]
# Coverage goes to the bounds of every field, one after the other.
LONG = ["--phases=examples,coverage,fuzzing,stateful", "--max-examples=230"]
MIN_CASES = 10_000 if IS_LONG else 2_000


def known_records(streak: Streak) -> dict[str, str]:
    """Records of every kind, for `gamopanda.tests.strangers.fuzzing` to name where only a real one leads further."""
    key = make_key()
    endpoint = make_endpoint("https://93.184.215.14/hook")
    spare = [make_endpoint(f"https://93.184.215.14/{number}", status="paused") for number in range(400)]
    # A code of one's own may be taken away again, as the schema says of all.
    make_milestone(streak, 1, coupon_source="external")
    sandbox = ApiKey.objects.create(name="sandbox", sandbox=True)
    tester = new_member(sandbox=True, external_id="tester")
    tester.save()
    recorded = admin().post("streak_log/record", log_body(streak, of="customer-17")).data
    return {
        "FUZZING_KEY": key.api_key,
        "FUZZING_SECRET": key.secret,
        "FUZZING_KEY_ID": str(key.pk),
        "FUZZING_STREAK": str(streak.pk),
        "FUZZING_CUSTOMER": recorded["ownedById"],
        "FUZZING_RUN": recorded["streakProgress"]["id"],
        "FUZZING_MEMBER": str(make_member("fuzzing").pk),
        "FUZZING_ENDPOINT": str(endpoint.pk),
        "FUZZING_SPARE_ENDPOINTS": ",".join(str(one.pk) for one in spare),
        "FUZZING_SPARE_MEMBERS": ",".join(str(make_member(f"spare {number}").pk) for number in range(400)),
        "FUZZING_EVENT": str(Event.objects.latest("pk").pk),
        "FUZZING_DELIVERY": str(Delivery.objects.latest("pk").pk),
        "FUZZING_SANDBOX_KEY": sandbox.api_key,
        "FUZZING_SANDBOX_SECRET": sandbox.secret,
        "FUZZING_SANDBOX_MEMBER": str(tester.pk),
        "FUZZING_REWARD": recorded["achievedMilestoneRewardLog"]["id"],
    }


def answers(events: Path) -> Iterator[tuple[int, str]]:
    """The status and the type of every answer that was seen."""
    with events.open() as lines:
        for line in lines:
            finished = json.loads(line).get("ScenarioFinished")
            for met in finished["recorder"].get("interactions", {}).values() if finished else ():
                response: dict[str, Any] = met["response"]
                yield response["status_code"], ", ".join(response["headers"].get("content-type", ["nothing"]))


def test_schemathesis_finds_nothing_in_thousands_of_calls(live_server, tmp_path: Path):
    records = known_records(make_streak(freeze_max_count=10))
    report, events = tmp_path / "report.json", tmp_path / "events.ndjson"
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"),
            "--config-file=gamopanda/tests/strangers/fuzzing.toml",
            "run",
            f"{live_server.url}/api/v1.0/openapi.json",
            "--checks=all",
            *(LONG if IS_LONG else SHORT),
            "--suppress-health-check=all",
            f"--report-json-path={report}",
            f"--report-ndjson-path={events}",
            "--no-color",
        ],
        cwd=BASE_DIR,
        # Sets are drawn from in the same order every time.
        env={
            **os.environ,
            "PYTHONPATH": str(BASE_DIR),
            "PYTHONHASHSEED": "0",
            **records,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    found = json.loads(report.read_text())
    assert (found["complete"], found["failures"], found["errors"]) == (True, [], [])
    assert found["operations"]["tested"] == 66
    assert found["test_cases"]["generated"] >= MIN_CASES
    assert found["warnings"]["missing_test_data"] == found["warnings"]["missing_auth"] == []
    met = Counter(answers(events))
    assert {kind for _status, kind in met} <= {"application/json", "nothing"}
    assert {status for status, kind in met if kind == "nothing"} <= {204, 304}
    assert max(status for status, _kind in met) < 500
    sys.stdout.write(f"{found['test_cases']['generated']} cases, {met.total()} answers: {sorted(met.items())}\n")
