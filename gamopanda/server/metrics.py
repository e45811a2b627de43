"""Counts of all processes for Prometheus, on an address of their own; imported where GAMOPANDA_METRICS is set."""

from pathlib import Path

from django.utils.module_loading import import_string

# First: it tells the package where the processes count.
from gamopanda.api.monitoring.metrics import FOLDER  # isort: skip
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector


def publish(host: str, port: int) -> None:
    """Answer scrapes from now on; forgets what was counted by processes that are gone."""
    for counts in Path(FOLDER).glob("*.db"):
        counts.unlink()
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=FOLDER)  # type: ignore[no-untyped-call]
    # By its name: the console stands on the server, which knows nothing of it.
    registry.register(import_string("gamopanda.console.gauges.OperatorGauges")())
    start_http_server(port, host, registry=registry)
