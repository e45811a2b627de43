"""The two ways in, each a pair of headers that must come together; none of them: a guest.

A caller who tries and fails is never silently a guest. Secrets are compared in constant time and never logged.
"""

import hashlib
import hmac
import logging
import re
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import jwt
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from gamopanda.accounts.encryption import decrypt
from gamopanda.accounts.models import Member
from gamopanda.api.access.callers import KEY_HEADERS, TOKEN_HEADERS, CallerKind, describe_pair
from gamopanda.api.lists.compiled_queries import deferred_query, run_together
from gamopanda.api.models import Status

logger = logging.getLogger(__name__)

ALGORITHMS = ["HS256", "HS384", "HS512"]
MAX_LIFETIME = 24 * 60 * 60
"""How many seconds ahead a token may expire."""
LEEWAY = 60
"""How many seconds the clock of a client may be ahead, for `nbf` and `iat`."""
MAX_TOKEN_LENGTH = 8192
MAX_EXTERNAL_ID_LENGTH = 256

_LIVE_KEY = "SELECT id, encrypted_secret, sandbox FROM accounts_apikey WHERE api_key = %s AND status = %s"
_KEY = re.compile(r"[!-~]{1,64}")
# What an unknown key is compared with, so that it takes as long as a wrong secret.
_UNKNOWN_KEY_SECRET = secrets.token_hex(32)


@dataclass(frozen=True, slots=True)
class LiveKey:
    """What is stored of an API key that works, or did when this process last looked it up."""

    api_key: str
    key_id: UUID
    encrypted_secret: str
    sandbox: bool


@dataclass(frozen=True)
class AdminCaller:
    """One of the client's own servers; `key_id` is the id of its API key."""

    key_id: UUID
    sandbox: bool = False
    kind: CallerKind = CallerKind.ADMIN
    is_authenticated: bool = True
    clock_at: datetime | None = None

    @property
    def throttle_name(self) -> str:
        """What the calls of this key are counted under."""
        return str(self.key_id)


@dataclass(frozen=True)
class EndUserCaller:
    """An end user, who need not be a member yet."""

    external_id: str
    sandbox: bool = False
    kind: CallerKind = CallerKind.END_USER
    is_authenticated: bool = True

    @cached_property
    def member(self) -> Member | None:
        """The member with this external id, or None: someone who has done nothing so far."""
        (found,) = run_together(deferred_query("member by external id", _members_named, self.external_id))
        member: Member | None = found[0] if found else None
        if member is None or member.sandbox != self.sandbox:
            return None
        return member if member.merged_into_id is None else member.merged_into

    @property
    def clock_at(self) -> datetime | None:
        """The clock of a sandbox member."""
        return self.member.clock_at if self.sandbox and self.member is not None else None

    @property
    def throttle_name(self) -> str:
        """What the calls of this end user are counted under: any text makes a key of a bounded length."""
        return hashlib.sha256(self.external_id.encode()).hexdigest()


_cached_keys: dict[str, LiveKey] = {}
MOST_CACHED = 1000


def cached_key(key: str, secret: str) -> LiveKey | None:
    """Return a key that had this secret when this process last looked it up; None for all others.

    It may have been revoked since. A caller that relies on it compares it with the database before anything is changed,
    in a statement that is sent anyway.
    """
    cached = _cached_keys.get(key)
    return cached if cached is not None and _has_secret(cached, secret) else None


def _members_named(external_id: str) -> QuerySet[Member]:
    return Member.everybody.filter(external_id=external_id).order_by()


class HeaderAuthentication(BaseAuthentication):
    """Find out who calls from the request's headers; 401 for anything that is not right."""

    def authenticate(self, request: Request) -> tuple[AdminCaller | EndUserCaller, None] | None:
        """Return the caller, or None for a guest."""
        key, secret = (request.headers.get(name) for name in KEY_HEADERS)
        token, account_id = (request.headers.get(name) for name in TOKEN_HEADERS)
        has_key, has_token = (key, secret) != (None, None), (token, account_id) != (None, None)
        if has_key and has_token:
            raise AuthenticationFailed(
                f"Send {describe_pair(KEY_HEADERS)}, or {describe_pair(TOKEN_HEADERS)}, but not both."
            )
        if has_key:
            return admin_caller(*_complete(KEY_HEADERS, key, secret)), None
        if has_token:
            return end_user_caller(*_complete(TOKEN_HEADERS, token, account_id)), None
        return None

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that a refusal is a 401."""
        return 'Gamopanda realm="api"'


def _complete(names: tuple[str, str], first: str | None, second: str | None) -> tuple[str, str]:
    if not first or not second:
        raise AuthenticationFailed(f"Send both headers of the pair: {describe_pair(names)}.")
    return first, second


def admin_caller(key: str, secret: str) -> AdminCaller:
    """Return the server that holds this live key and its secret; 401 otherwise, without telling which was wrong."""
    live_key = _live_key(key)
    is_right = _has_secret(live_key, secret)
    if live_key is None or not is_right:
        raise AuthenticationFailed("The API key or its secret is wrong, or the key is not live.")
    if len(_cached_keys) >= MOST_CACHED:
        _cached_keys.clear()
    _cached_keys[key] = live_key
    return AdminCaller(live_key.key_id, live_key.sandbox)


def _live_key(key: Any) -> LiveKey | None:
    """Look a key up. In SQL, and every time: the ORM takes longer than the database, and revoking works at once."""
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        return None
    with connection.cursor() as cursor:
        cursor.execute(_LIVE_KEY, [key, Status.LIVE.value])
        row = cursor.fetchone()
    if row is None:
        return None
    return LiveKey(key, row[0] if isinstance(row[0], UUID) else UUID(row[0]), row[1], bool(row[2]))


def _has_secret(live_key: LiveKey | None, secret: str) -> bool:
    return hmac.compare_digest(secret.encode(), _secret_of(live_key).encode())


def _secret_of(live_key: LiveKey | None) -> str:
    if live_key is None:
        return _UNKNOWN_KEY_SECRET
    try:
        return decrypt(live_key.encrypted_secret)
    except InvalidToken:
        logger.exception("The secret of API key %s cannot be read: was SECRET_KEY changed?", live_key.key_id)
        return _UNKNOWN_KEY_SECRET


def end_user_caller(token: str, account_id: str) -> EndUserCaller:
    """Return the end user whom a token of the client's backend names; 401 with a sentence otherwise."""
    claims, sandbox = _read_claims(token)
    if not account_id == claims.get("sub") == settings.GAMOPANDA_ACCOUNT_ID:
        raise AuthenticationFailed(
            "The token's sub, x-account-id and the account id of this installation must be the same."
        )
    if claims["exp"] > time.time() + MAX_LIFETIME:
        raise AuthenticationFailed("The token lives too long: its exp may be at most 24 hours ahead.")
    return EndUserCaller(_external_id(claims), sandbox)


def _read_claims(token: str) -> tuple[dict[str, Any], bool]:
    """Verify the signature and the times of a token; return with its claims whether a sandbox key signed it."""
    unverified = dict.fromkeys(("verify_nbf", "verify_iat", "verify_aud", "verify_jti"), False)
    options: Any = {"require": ["exp", "sub"], **unverified}
    try:
        if len(token) > MAX_TOKEN_LENGTH:
            raise jwt.DecodeError("too long")
        key = _live_key(jwt.get_unverified_header(token).get("kid"))
        claims: dict[str, Any] = jwt.decode(token, _secret_of(key), algorithms=ALGORITHMS, options=options)
        if isinstance(claims["exp"], bool) or not isinstance(claims["exp"], int | float):
            raise jwt.DecodeError("exp is no number")
    except jwt.ExpiredSignatureError as error:
        raise AuthenticationFailed("The token has expired: its exp has passed. Sign a new one.") from error
    except jwt.MissingRequiredClaimError as error:
        raise AuthenticationFailed(f"The token has no {error.claim}: it needs sub and exp (seconds).") from error
    except (jwt.PyJWTError, ValueError, OverflowError, RecursionError) as error:
        raise AuthenticationFailed(
            "The token is not valid: sign it with HS256, HS384 or HS512 and the secret of a live API key, with that "
            "key as kid in its header, and sub and exp (seconds) in its payload."
        ) from error
    for name in ("nbf", "iat"):
        _check_begun(claims, name)
    return claims, key is not None and key.sandbox


def _check_begun(claims: dict[str, Any], name: str) -> None:
    """Refuse a token that says that it is not valid, or not signed, yet; clocks may differ a little."""
    begins_at = claims.get(name, 0)
    if isinstance(begins_at, bool) or not isinstance(begins_at, int | float):
        raise AuthenticationFailed(f"The token's {name} must be a number of seconds since 1970.")
    if begins_at > time.time() + LEEWAY:
        raise AuthenticationFailed(
            f"The token's {name} is in the future: at most {LEEWAY} seconds are allowed. Is your server's clock right?"
        )


def _external_id(claims: dict[str, Any]) -> str:
    user_data = claims.get("userData")
    external_id = user_data.get("externalId") if isinstance(user_data, dict) else None
    if not isinstance(external_id, str) or not _is_storable(external_id):
        raise AuthenticationFailed(
            "The token's userData.externalId must be a text of 1 to 256 characters, not all blank."
        )
    return external_id


def _is_storable(text: str) -> bool:
    is_whole = text.encode(errors="replace").decode() == text
    return 0 < len(text) <= MAX_EXTERNAL_ID_LENGTH and bool(text.strip()) and "\0" not in text and is_whole
