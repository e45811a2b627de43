"""The API's description for people, in two layouts; neither page asks anything of another site."""

from typing import Any

from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerView
from rest_framework.request import Request
from rest_framework.response import Response

# Redoc would load its maker's logo. Both pages start with a script of their own and style what they draw.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; worker-src blob:; frame-ancestors 'none'"
)


class _OwnPage:
    """Keeps the browser from asking elsewhere."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Any:
        """Add the policy."""
        answer = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        answer.headers["Content-Security-Policy"] = POLICY
        return answer


class SwaggerPage(_OwnPage, SpectacularSwaggerView):
    """Swagger: every operation can be tried here."""

    url_name = "openapi"


class RedocPage(_OwnPage, SpectacularRedocView):
    """Redoc: for reading."""

    url_name = "openapi"
    template_name = "api/redoc.html"
