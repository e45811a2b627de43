"""Reading from a deployment of some size, at a steady 50 requests a second: 95 of 100 answers within 25 ms."""

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import quote

import jwt

from benchmarks.bodies import body_of_question
from benchmarks.generating import generate, make_streaks
from benchmarks.installation import Installation, processor_seconds
from benchmarks.load import Pace, Target, send_load
from gamopanda.conf.environment import read_int
from streaks.models import Streak, StreakLog

API = "/api/v1.0"
TARGET_MS = 25
HEADING = "| What | server's processor, ms | p50 ms | p95 ms | p99 ms | |\n|---|--:|--:|--:|--:|---|"
# Different members in turn, so that no page is always the same one.
READERS = 500
Variants = list[tuple[str, Mapping[str, str]]]


def measure(installation: Installation, *, quick: bool) -> Iterator[str]:
    """Print for every kind of reading what an answer takes, and its percentiles; MEMBERS says how many there are."""
    now = datetime.now(UTC)
    members = read_int("MEMBERS", default=2_000 if quick else 100_000, minimum=READERS)
    started_at = time.monotonic()
    over, *live = make_streaks(21)
    generate(live, members=members, now=now)
    generate([over], members=1_000, first=members, now=now - timedelta(days=400))
    size = f"{members:,} members, {StreakLog.objects.count():,} logs, 20 streaks; {time.monotonic() - started_at:.0f} s"
    yield f"## Reading: {size} to generate\n\n{HEADING}"
    pace = Pace(seconds=3 if quick else 20, connections=8, per_second=50)
    with installation.serve() as port:
        for name, variants in _readings(installation.key_headers(), members, over).items():
            row, p95 = _measure_row(name, Target(port, "", method="GET", expects=200, variants=variants), pace)
            yield f"{row} {'reached' if p95 < TARGET_MS else 'missed'} |"
        for name, target in _questions(port, installation.key_headers(), members, live).items():
            yield f"{_measure_row(name, target, Pace(pace.seconds, connections=1, per_second=4))[0]} |"
    yield ""


def _measure_row(name: str, target: Target, pace: Pace) -> tuple[str, float]:
    """Return a row of the table without its last cell, and p95."""
    send_load(target, first=0, pace=Pace(seconds=1, connections=4))
    before = processor_seconds(os.getpid())
    load, answers = send_load(target, first=0, pace=pace)
    each = 1000 * (processor_seconds(os.getpid()) - before) / answers
    return f"| {name} | {each:.1f} | {load.p50:.1f} | {load.p95:.1f} | {load.p99:.1f} |", load.p95


def _questions(port: int, key: Mapping[str, str], members: int, live: Sequence[Streak]) -> dict[str, Target]:
    """Return what is asked about many members at once, by what it is called."""

    def ask(path: str, count: int, streak: str | None = None) -> Target:
        step = len(live) if streak else 7
        body = partial(body_of_question, count=count, step=step, members=members, streak=streak)
        return Target(port, f"{API}/{path}", headers=key, body=body, expects=200)

    runs, one = "schema/streak_progress/record/query", str(live[0].pk)
    return {
        "the runs of 20 members in a streak, in one call": ask(runs, 20, one),
        "the runs of 1,000 members in a streak, in one call": ask(runs, 1_000, one),
        "what 50 members see, in one call": ask("end-user-display/query", 50),
    }


def _readings(key: Mapping[str, str], members: int, over: Streak) -> dict[str, Variants]:
    """Return what is asked for, by what it is called; `over` is a streak that ended long ago."""
    names = [f"generated-{number * (members // READERS)}" for number in range(READERS)]

    def of_each(slug: str) -> Variants:
        return [(f"{API}/schema/{slug}/record?externalId={name}", key) for name in names]

    thousandth = StreakLog.objects.order_by("-created_at", "-pk").values_list("created_at", flat=True)
    before = thousandth[min(20_000, members)].isoformat().replace("+00:00", "Z")
    filters = quote(json.dumps({"fieldSlug": "createdAt", "operator": "lt", "value": before}))
    return {
        "what an end user sees, in one call": [(f"{API}/end-user-display", _token(key, name)) for name in names],
        "the runs of a member": of_each("streak_progress"),
        "the logs of a member": of_each("streak_log"),
        "the rewards of a member": of_each("reward_log"),
        "the newest logs": [(f"{API}/schema/streak_log/record", key)],
        "the 1,000th page of logs, by what came before": [(f"{API}/schema/streak_log/record?filters={filters}", key)],
        "the logs of a streak that is long over": [(f"{API}/schema/streak_log/record?streakId={over.pk}", key)],
        "broken runs": [(f"{API}/schema/streak_progress/record?streakProgressStatus=broken", key)],
    }


def _token(key: Mapping[str, str], name: str) -> Mapping[str, str]:
    """Return the headers of an end user, with a token as the client's backend signs it."""
    claims = {"sub": "gamopanda", "exp": int(time.time()) + 3600 * 12, "userData": {"externalId": name}}
    token = jwt.encode(claims, key["x-api-secret"], algorithm="HS256", headers={"kid": key["x-api-key"]})
    return {"x-enduser-access-token": token, "x-account-id": "gamopanda"}
