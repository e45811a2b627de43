"""Answers that are compressed for those who accept it."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from gamopanda.api.errors.handlers import is_api

LONGEST_PLAIN = 1024


class CompressionMiddleware(GZipMiddleware):
    """Compress the API's answers over 1 kB, except those that nothing may transform, as they have a secret.

    Django adds bytes at random, so that the length of an answer does not tell what is in it (BREACH), and makes the
    `ETag` of a compressed answer a weak one.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress what is long."""
        is_long = response.streaming or len(getattr(response, "content", b"")) > LONGEST_PLAIN
        if not is_api(request) or not is_long or "no-transform" in response.get("Cache-Control", ""):
            return response
        return super().process_response(request, response)
