"""One log over HTTP, complete: its key checked, validated, recorded, milestone and reward issued, a full answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from statistics import median

from benchmarks.bare_writes import BareWrites
from benchmarks.bodies import body_of_log
from benchmarks.generating import generate, make_streaks
from benchmarks.installation import Installation
from benchmarks.load import Body, Load, Pace, Target, send_load
from benchmarks.measuring import Contender, compete, table

PATH = "/api/v1.0/schema/streak_log/record"


@dataclass(slots=True)
class Shop:
    """A server under load: `target` of its requests, how they are paced, and the results so far."""

    target: Target
    pace: Pace
    next_number: int = 0
    loads: list[Load] = field(default_factory=list)

    def measure(self) -> float:
        """Send load for one period of time; return the answers a second."""
        load, self.next_number = send_load(self.target, first=self.next_number, pace=self.pace)
        self.loads.append(load)
        return load.per_second

    def latencies(self) -> str:
        """Say how long answers took: medians over all periods of load but the first."""
        counted = self.loads[1:]
        p50, p95, p99 = (median(getattr(load, name) for load in counted) for name in ("p50", "p95", "p99"))
        return f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms: {p99 / p50:.1f} × p50"


@contextmanager
def floor(installation: Installation, pace: Pace, body: Body) -> Iterator[Shop]:
    """Serve the floor view, with its table, by the same server."""
    settings = {"DJANGO_SETTINGS_MODULE": "benchmarks.floor.settings"}
    installation.manage("migrate", "--run-syncdb", "--verbosity", "0", **settings)
    with installation.serve(**settings) as port:
        yield Shop(Target(port, "/floor", body=body), pace)


def measure(installation: Installation, *, quick: bool) -> Iterator[str]:
    """Compare with the floor: at least as many a second, and a p99 under five times the p50."""
    now, members = datetime.now(UTC), 5_000 if quick else 50_000
    streaks = make_streaks(20)
    generate(streaks, members=members, now=now, spread=1)
    body = partial(body_of_log, streaks=[str(streak.pk) for streak in streaks], stamp=now.isoformat())
    everybody = partial(body, members=range(members))
    pace = Pace(seconds=3 if quick else 10)
    rounds = 3 if quick else 7
    with installation.serve() as port:
        target = Target(port, PATH, headers=installation.key_headers(), body=everybody)
        with floor(installation, pace, everybody) as bare:
            whole = Shop(target, pace)
            writes = BareWrites(installation, members, seconds=int(pace.seconds))
            writes.prepare()
            contenders = [
                Contender("Floor: DRF, one INSERT", bare.measure),
                Contender("One log, complete", whole.measure, 1.0, 1.5),
                Contender("pgbench: its three writes alone", writes.measure),
            ]
            yield table("One log over HTTP", compete(contenders, rounds=rounds))
            yield f"Floor: {bare.latencies()}\n\nOne log: {whole.latencies()} (target: under 5)\n"
