"""Answers that are kept, so that a call that is sent again makes nothing twice.

What was made and the answer are stored in one transaction: either both are there or neither is.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import connection, transaction
from rest_framework.response import Response

from gamopanda.accounts.encryption import decrypt, encrypt
from gamopanda.accounts.models import KeptAnswer, Member
from gamopanda.api.errors.exceptions import ApiError
from gamopanda.api.rendering.renderers import dump_json
from gamopanda.api.serializers.base import read_id

KEPT_FOR = timedelta(hours=24)
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('idempotency ' || %s || ' ' || %s, 0))"


def answer_once(caller: str, key: str, fingerprint: str, answer: Callable[[], Response], *, now: datetime) -> Response:
    """Answer a call, or return the answer that a caller got before for this key.

    Raises a 409 for a key that was used for another call (`fingerprint`), or by one that is under way. A call that is
    refused is not kept: it made nothing.
    """
    with transaction.atomic():
        _claim(caller, key)
        kept = KeptAnswer.objects.filter(caller=caller, key=key)
        kept.filter(created_at__lte=now - KEPT_FOR).delete()
        stored = kept.first()
        if stored is not None:
            return _replayed(stored, fingerprint)
        response = answer()
        KeptAnswer.objects.create(
            caller=caller,
            key=key,
            fingerprint=fingerprint,
            status=response.status_code,
            encrypted_body=encrypt(dump_json(response.data).decode()),
            about_member=_member_of(response.data),
            created_at=now,
        )
        return response


def fingerprint_of(path: str, query: str, body: Any) -> str:
    """Return what two calls have in common that ask for the same; the order of fields in a body does not matter."""
    said = orjson.dumps([path, query, _comparable(body)], default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(said).hexdigest()


def _comparable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _comparable(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_comparable(part) for part in value]
    if hasattr(value, "chunks"):  # an uploaded file
        content = b"".join(value.chunks())
        value.seek(0)
        return hashlib.sha256(content).hexdigest()
    return value


def _claim(caller: str, key: str) -> None:
    """Keep the key until the transaction ends; on SQLite a transaction that writes is alone anyhow."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [caller, key])
        if not cursor.fetchone()[0]:
            message = "A call with this Idempotency-Key is under way: send it again in a moment."
            raise ApiError(409, "idempotency_in_progress", message)


def _replayed(stored: KeptAnswer, fingerprint: str) -> Response:
    if stored.fingerprint != fingerprint:
        message = "This Idempotency-Key was used for another call: use a new key for every call that is not a repeat."
        raise ApiError(409, "idempotency_mismatch", message)
    body = orjson.Fragment(decrypt(stored.encrypted_body))
    return Response(body, status=stored.status, headers={"Idempotency-Replayed": "true"})


def _member_of(data: Any) -> Any:
    """Return the id of the member that an answer is about, so that an erasure finds it."""
    if not isinstance(data, Mapping):
        return None
    return read_id(str(data.get("ownedById") or (data.get("id") if "externalId" in data else None)))


def forget_answers(member: Member) -> None:
    """Delete what is kept about a member and those who were merged into it."""
    about = [member.pk, *Member.everybody.filter(merged_into=member).values_list("pk", flat=True)]
    KeptAnswer.objects.filter(about_member__in=about).delete()
