"""Counts of all processes for Prometheus, on an address of their own; imported where GAMOPANDA_METRICS is set."""

import os
from collections.abc import Iterator
from pathlib import Path

from django.utils.module_loading import import_string

# First: it tells the package where the processes count.
from gamopanda.api.monitoring.metrics import FOLDER  # isort: skip
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead


class CountsOfAllProcesses(MultiProcessCollector):
    """Adds up what the processes have counted; what is so at the moment, of those that live."""

    def collect(self) -> Iterator[Metric]:
        """Return the counts."""
        for counts in Path(FOLDER).glob("gauge_live*.db"):
            process = int(counts.stem.rpartition("_")[2])
            if not is_running(process):
                mark_process_dead(process, FOLDER)  # type: ignore[no-untyped-call]
        return super().collect()  # type: ignore[no-untyped-call, no-any-return]


def is_running(process: int) -> bool:
    """Say whether there is a process of this id."""
    try:
        os.kill(process, 0)
    except OSError as error:
        return isinstance(error, PermissionError)
    return True


def publish(host: str, port: int) -> None:
    """Answer scrapes from now on; forgets what was counted by processes that are gone."""
    for counts in Path(FOLDER).glob("*.db"):
        counts.unlink()
    registry = CollectorRegistry()
    CountsOfAllProcesses(registry, path=FOLDER)  # type: ignore[no-untyped-call]
    # By its name: the console stands on the server, which knows nothing of it.
    registry.register(import_string("gamopanda.console.gauges.OperatorGauges")())
    start_http_server(port, host, registry=registry)
