"""Django's middleware for pages with people before them. Calls of the API have no session, and do without it."""

from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from gamopanda.api.errors import is_api


class PagesOnly:
    """Stands before a piece of middleware and leads calls of the API past it."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        """Answer, with the middleware or without."""
        if is_api(request):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]


class PageSession(PagesOnly, SessionMiddleware):
    """Keeps a session."""


class PageLanguage(LocaleMiddleware):
    """Answers in the language of the browser. Calls of the API name theirs, and otherwise are about the default one."""

    def __call__(self, request: HttpRequest) -> Any:
        """Answer, and say in which language."""
        if not is_api(request):
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
