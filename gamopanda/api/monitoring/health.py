"""Is the process up, and is it ready to serve? For load balancers and orchestrators; no login."""

from collections.abc import Callable
from typing import Any

from django.core.checks import run_checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import resolve
from django.views.decorators.http import require_safe

from gamopanda.api.limits.throttling import can_count

READINESS = "readiness"
"""The tag of the checks of a deployment that have to pass before this process serves."""
HEALTHY = b'{"status": "ok"}'


class HealthMiddleware:
    """Answer about the health under any name: probes call a host by its address, which ALLOWED_HOSTS does not list."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer at once, before anything asks for the name, or for TLS."""
        if request.path_info not in {"/healthz", "/readyz"}:
            return self.get_response(request)
        answer: HttpResponse = resolve(request.path_info).func(request)
        return answer


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process can answer at all; the server does so itself, without a thread."""
    return HttpResponse(HEALTHY, content_type="application/json")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database is reachable and every migration is applied, 503 with what is missing otherwise.

    Without the cache calls are served all the same, so that is a 200 with a warning.
    """
    problem = find_problem()
    if problem:
        return JsonResponse({"status": "unavailable", "reason": problem}, status=503)
    if not can_count():
        return JsonResponse({"status": "ok", "warning": "Calls cannot be counted: they are not limited."})
    return JsonResponse({"status": "ok"})


def find_problem() -> str:
    """Return why this process cannot serve yet, in words that tell nothing of the inside; empty when it can."""
    try:
        executor: Any = MigrationExecutor(connection)
        is_behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        is_writable = connection.vendor != "postgresql" or _is_writable()
    except DatabaseError:
        return "The database cannot be reached."
    if not is_writable:
        return "The database is read-only."
    if is_behind:
        return "Migrations are waiting: run manage.py migrate."
    missing = run_checks(tags=[READINESS], include_deployment_checks=True, databases=["default"])
    return next((f"{found.msg} {found.hint}" for found in missing), "")


def _is_writable() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        return bool(cursor.fetchone() == ("off",))
