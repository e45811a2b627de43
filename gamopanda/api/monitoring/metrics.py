"""Calls counted for Prometheus, by all processes together; imported only where GAMOPANDA_METRICS is on."""

import os
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from gamopanda.api.monitoring.context import QUEUED_AT

# The package looks for it when it is imported: from there on, every process writes its counts into files there.
FOLDER = os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(settings.VAR_DIR / "metrics"))
os.makedirs(FOLDER, exist_ok=True)  # noqa: PTH103  the package takes the folder as text

from prometheus_client import Counter, Gauge, Histogram  # noqa: E402

METHODS = {"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"}
LABELS = ["method", "view"]

calls = Counter("gamopanda_calls", "Calls answered, by method, view and status.", [*LABELS, "status"])
seconds = Histogram("gamopanda_call_seconds", "Seconds until the answer, by method and view.", LABELS)
waits = Histogram("gamopanda_call_wait_seconds", "Seconds that calls waited for a thread.")
threads = Gauge("gamopanda_threads", "Threads that answer calls.", multiprocess_mode="livesum")
threads_busy = Gauge("gamopanda_threads_busy", "Threads that answer a call now.", multiprocess_mode="livesum")


class MetricsMiddleware:
    """Count every call. Labels have few values: names of views, never addresses, ids or people."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and count the answer with the time that it took."""
        started_at = time.perf_counter()
        waits.observe(max(0, started_at - request.META.get(QUEUED_AT, started_at)))
        with threads_busy.track_inprogress():
            response = self.get_response(request)
        match = request.resolver_match
        method = request.method if request.method in METHODS else "other"
        view = match.view_name if match is not None and match.view_name else "unknown"
        calls.labels(method, view, str(response.status_code)).inc()
        seconds.labels(method, view).observe(time.perf_counter() - started_at)
        return response
