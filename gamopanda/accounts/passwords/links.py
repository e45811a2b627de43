"""Links with which somebody chooses a password: each works once, and for a few days."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)
SECONDS_PER_DAY = 24 * 60 * 60


def has_mail() -> bool:
    """Say whether this installation can send e-mails."""
    return bool(settings.EMAIL_HOST)


def days_valid() -> int:
    """Return for how many days a link works."""
    return settings.PASSWORD_RESET_TIMEOUT // SECONDS_PER_DAY


def password_link(request: HttpRequest, person: User) -> str:
    """Return the address at which somebody chooses a password."""
    key = urlsafe_base64_encode(force_bytes(person.pk))
    path = reverse("choose-password", args=[key, default_token_generator.make_token(person)])
    return f"{settings.GAMOPANDA_SITE_URL}{path}" if settings.GAMOPANDA_SITE_URL else request.build_absolute_uri(path)


def send_password_link(person: User, link: str) -> bool:
    """Send a link by e-mail; return whether the mail server has taken it."""
    text = render_to_string("admin/password/email.txt", {"person": person, "link": link, "days": days_valid()})
    try:
        send_mail(_("Your password for Gamopanda Streaks"), text, settings.DEFAULT_FROM_EMAIL, [person.email])
    except (SMTPException, OSError) as error:
        logger.warning("The link for a password was not sent: %s", error)
        return False
    return True
