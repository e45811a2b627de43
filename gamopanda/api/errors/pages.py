"""Pages that say what went wrong, and lead back: in the frame of the console for those who are signed in to it."""

from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

TEXTS = {
    400: (_("This address cannot be read"), _("Go back and follow a link, or begin on the first page.")),
    403: (
        _("You may not open this page"),
        _("Your groups do not allow it. If you need it for your work, ask a colleague who manages users."),
    ),
    404: (
        _("There is nothing at this address"),
        _("It was deleted, or the address is not complete. What you look for may be in one of the lists."),
    ),
    500: (
        _("Something went wrong"),
        _("The fault is ours. Go back and try again; if it happens again, tell who runs this installation."),
    ),
    503: (_("This cannot be done right now"), _("It passes by itself: try again in a moment.")),
}
STALE = (
    _("This page was open for too long"),
    _("Nothing was saved. Go back, load the page again, and do it once more."),
)


def is_console(request: HttpRequest) -> bool:
    """Say whether the request is for a page of the console."""
    return request.path.startswith(reverse("admin:index"))


def error_page(request: HttpRequest, status: int, texts: Any = None) -> HttpResponse:
    """Return the page for a status, without the frame of the console where that cannot be drawn."""
    title, advice = texts or TEXTS[status]
    context: dict[str, Any] = {
        "title": title,
        "advice": advice,
        "request_id": getattr(request, "request_id", "") if status == HTTPStatus.INTERNAL_SERVER_ERROR else "",
        "is_console": is_console(request),
    }
    if not is_console(request) or status >= HTTPStatus.INTERNAL_SERVER_ERROR or not _is_colleague(request):
        return render(None, "error.html", context, status=status)
    return render(request, "admin/error.html", {**admin.site.each_context(request), **context}, status=status)


def stale_page(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without a valid token; named in the settings."""
    return error_page(request, HTTPStatus.FORBIDDEN, STALE)


def _is_colleague(request: HttpRequest) -> bool:
    person: Any = getattr(request, "user", None)
    return person is not None and bool(person.is_active and person.is_staff)
