"""Django's middleware for pages with people before them. Calls of the API have no session, and do without it."""

from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from gamopanda.api.errors.handlers import is_api
from gamopanda.api.errors.pages import error_page, is_console

# The scripts of the console evaluate what its pages say in attributes, and set styles; none is written into a page.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'"
)
UNUSED = (
    "accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer",
    "microphone", "midi", "payment", "usb",
)  # fmt: skip
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in UNUSED)


class PagesOnly:
    """Stands before a piece of middleware and leads calls of the API past it."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        """Answer, with the middleware or without."""
        if is_api(request):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]


class PagePolicy:
    """Tells browsers what a page may do; a page that has a policy of its own keeps it."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        """Answer, and add the policies to pages."""
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            # A preview lies in a frame of the console.
            ancestors = "'self'" if response.headers.get("X-Frame-Options") == "SAMEORIGIN" else "'none'"
            response.headers.setdefault("Content-Security-Policy", f"{CONTENT_POLICY}; frame-ancestors {ancestors}")
            response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


class PageAddress:
    """Answers addresses of the console that name nothing: with the character NUL, or an id that is none."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        """Refuse NUL, which no text of ours has and PostgreSQL does not take."""
        if not is_api(request) and ("\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", "")):
            return error_page(request, 400)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> Any:
        """Answer 404 where an id in an address cannot be one: forms catch what is wrong in them themselves.

        In the console nothing is found without a trace of the code, also on a machine for trials.
        """
        is_none = isinstance(exception, ValidationError) and not is_api(request)
        is_missing = isinstance(exception, Http404) and is_console(request)
        return error_page(request, 404) if is_none or is_missing else None


class PageSession(PagesOnly, SessionMiddleware):
    """Keeps a session."""


class PageLanguage(LocaleMiddleware):
    """Answers in the language of the browser.

    Calls of the API name theirs, and otherwise are about the default one. The console is in the default language for
    everybody, as long as it has no whole catalog of another one.
    """

    def __call__(self, request: HttpRequest) -> Any:
        """Answer, and say in which language."""
        if not is_api(request) and not is_console(request):
            return super().__call__(request)
        # Or it would be that of the page which this thread has served last.
        with translation.override(settings.LANGUAGE_CODE):
            response: Any = self.get_response(request)
        # A 304 is made where the view has no hand in it any more.
        response.headers.setdefault("Content-Language", getattr(request, "content_language", settings.LANGUAGE_CODE))
        return response


class PagePerson(PagesOnly, AuthenticationMiddleware):
    """Finds out who is signed in."""


class PageMessages(PagesOnly, MessageMiddleware):
    """Keeps messages until the next page."""
