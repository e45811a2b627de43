"""Secrets at rest: encrypted under a key from the environment, so that a copy of the database reveals none."""

import base64
import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


@lru_cache(maxsize=8)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    digests = (hashlib.sha256(b"gamopanda.api-secret:" + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def cipher() -> MultiFernet:
    """Return the cipher under SECRET_KEY; what was encrypted under SECRET_KEY_FALLBACKS can still be read."""
    return _cipher((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def encrypt(text: str) -> str:
    """Encrypt a secret for storage."""
    return cipher().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Read a stored secret; raises `cryptography.fernet.InvalidToken` when no known key opens it."""
    return _decrypt(token, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


# Every call of the API asks for the same few.
@lru_cache(maxsize=256)
def _decrypt(token: str, keys: tuple[str, ...]) -> str:
    return _cipher(keys).decrypt(token.encode()).decode()
