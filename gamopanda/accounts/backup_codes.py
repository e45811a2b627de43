"""Codes to sign in with when the phone is gone: each works once, and only its fingerprint is kept."""

import secrets
from typing import Any

from django.db import transaction
from django.utils.crypto import salted_hmac
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken

NUMBER_OF_CODES = 8
# Digits, for which phones show large keys; more of them than a code of the app has, so that neither is taken for the
# other.
DIGITS = 10
FINGERPRINT_LENGTH = 16


@transaction.atomic
def make_backup_codes(user: Any) -> list[str]:
    """Return new codes of a person, to be shown this once; earlier ones do not work any more."""
    forget_backup_codes(user)
    codes = [f"{secrets.randbelow(10**DIGITS):0{DIGITS}}" for _number in range(NUMBER_OF_CODES)]
    device = StaticDevice.objects.create(user=user, name="backup codes")
    StaticToken.objects.bulk_create(StaticToken(device=device, token=_fingerprint(code)) for code in codes)
    return codes


def use_backup_code(user: Any, code: str) -> bool:
    """Say whether a code of this person is right, which uses it up."""
    device = StaticDevice.objects.filter(user=user).first()
    return device is not None and verify_token(user, device.persistent_id, _fingerprint(code)) is not None


def backup_codes_left(user: Any) -> int:
    """Return how many codes of a person still work."""
    return int(StaticToken.objects.filter(device__user=user).count())


def forget_backup_codes(user: Any) -> None:
    """Let none of the codes of a person work any more."""
    StaticDevice.objects.filter(user=user).delete()


def _fingerprint(code: str) -> str:
    return salted_hmac(__name__, code, algorithm="sha256").hexdigest()[:FINGERPRINT_LENGTH]
