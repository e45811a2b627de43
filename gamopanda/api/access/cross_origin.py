"""What browsers may send from pages on other sites."""

import re

from corsheaders.middleware import ACCESS_CONTROL_ALLOW_METHODS, CorsMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# A member may take a break, and end it early.
_BREAKS = re.compile(r"(/api/v1\.0)?/schema/streak_excuse/record(/[^/]+)?")
_METHODS_OF_BREAKS = "GET, OPTIONS, PATCH, POST"


class CrossOriginMiddleware(CorsMiddleware):
    """Allow reading, as the settings say, and writing where a member may write."""

    def add_response_headers(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the headers that tell a browser what it may send and read."""
        response = super().add_response_headers(request, response)
        if ACCESS_CONTROL_ALLOW_METHODS in response and _BREAKS.fullmatch(request.path_info):
            response[ACCESS_CONTROL_ALLOW_METHODS] = _METHODS_OF_BREAKS
        return response
