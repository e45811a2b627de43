"""The API's description: as a document, and for people in two layouts that ask nothing of another site."""

from functools import cache
from hashlib import sha256
from typing import Any

from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.http import etag
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

# Redoc would load its maker's logo. Both pages start with a script of their own and style what they draw.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; worker-src blob:; frame-ancestors 'none'"
)


@cache
def api_document() -> bytes:
    """Return the description, made once in a process: it is the same for every caller and in every language."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return bytes(OpenApiJsonRenderer().render(schema, renderer_context={}))


@cache
def _document_tag() -> str:
    return f'"{sha256(api_document()).hexdigest()[:32]}"'


@method_decorator(etag(lambda _request: _document_tag()), name="dispatch")
class ApiDocument(APIView):
    """The description in OpenAPI 3.1. The answer has an `ETag`: an unchanged one is a 304."""

    permission_classes = []

    @extend_schema(exclude=True)
    def get(self, _request: Request) -> HttpResponse:
        """Return the document."""
        headers = {"Content-Disposition": 'inline; filename="openapi.json"', "Cache-Control": "public, no-cache"}
        return HttpResponse(api_document(), content_type=OpenApiJsonRenderer.media_type, headers=headers)


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
