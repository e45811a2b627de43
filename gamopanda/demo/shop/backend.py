"""The shop's own backend: it signs tokens and sends activity to the API, as any client's does."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import jwt
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.template.response import SimpleTemplateResponse
from django.urls import resolve

from gamopanda.accounts.models import ApiKey
from gamopanda.api.access.callers import KEY_HEADERS

KEY_NAME = "Demo shop (sandbox)"
LIFETIME = timedelta(minutes=30)
ROOT = "/api/v1.0/schema"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API as it went over the wire, without its secrets."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    status: int
    answer: Any


def find_key() -> ApiKey:
    """Return the shop's own API key, made at the first visit: its visitors count nowhere, and have own clocks."""
    description = "Used by the demo shop at /demo/. Pause or delete it at will."
    key, _is_new = ApiKey.objects.get_or_create(name=KEY_NAME, defaults={"description": description, "sandbox": True})
    return key


def sign_token(external_id: str, *, now: datetime) -> str:
    """Return an access token for a visitor, good for half an hour."""
    key = find_key()
    claims = {
        "sub": settings.GAMOPANDA_ACCOUNT_ID,
        "exp": now + LIFETIME,
        "userData": {"externalId": external_id},
    }
    return jwt.encode(claims, key.secret, algorithm="HS256", headers={"kid": key.api_key})


def post(request: HttpRequest, path: str, body: Mapping[str, Any]) -> Call:
    """Send one call to the API of this installation, key, secret and all, and return it."""
    key, path = find_key(), f"{ROOT}/{path}"
    view, args, kwargs = resolve(path)
    answer = view(_request_with(request, key, path, json.dumps(body).encode()), *args, **kwargs)
    if isinstance(answer, SimpleTemplateResponse):
        answer.render()
    masked = {KEY_HEADERS[0]: key.api_key, KEY_HEADERS[1]: "••••••••", "content-type": "application/json"}
    return Call("POST", path, masked, body, answer.status_code, json.loads(answer.content))


def _request_with(request: HttpRequest, key: ApiKey, path: str, content: bytes) -> WSGIRequest:
    """Return the request that a server sends: nothing of the visitor's own is in it."""
    where = {name: value for name, value in request.META.items() if name.startswith(("SERVER_", "wsgi.", "REMOTE_"))}
    headers = {
        f"HTTP_{name.upper().replace('-', '_')}": value
        for name, value in zip(KEY_HEADERS, (key.api_key, key.secret), strict=True)
    }
    return WSGIRequest(
        {
            **where,
            **headers,
            "HTTP_HOST": request.get_host(),
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(content)),
            "wsgi.input": BytesIO(content),
        }
    )
