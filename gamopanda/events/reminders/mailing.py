"""Reminders by e-mail, with a way out that needs no login (R5, RFC 8058)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override

from gamopanda.events.reminder_models import Reminder, ReminderRule
from gamopanda.events.reminders.claiming import Claimed
from gamopanda.events.reminders.texts import Words, sample_words

SALT = "gamopanda.reminders"
SAMPLE_MEMBER_ID = UUID(int=0)


def preferences_url(member_id: UUID) -> str:
    """Return the address of a member's own page of reminders, which never expires."""
    token = signing.dumps(str(member_id), salt=SALT)
    return f"{settings.GAMOPANDA_SITE_URL}{reverse('reminder-preferences', args=[token])}"


def member_of_token(token: str) -> UUID | None:
    """Return whom a page of reminders belongs to; None where its address is not signed."""
    try:
        return UUID(signing.loads(token, salt=SALT))
    except (signing.BadSignature, ValueError):
        return None


def compose(address: str, words: Words, url: str) -> EmailMessage:
    """Return the e-mail of a reminder; mail programs sign off with one click."""
    with override(words.language):
        way_out = gettext("To change or stop these reminders: %s") % url
    return EmailMessage(
        subject=words.subject,
        body=f"{words.text}\n\n--\n{way_out}\n",
        to=[address],
        headers={"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )


def send_sample(rule: ReminderRule, language: str, address: str) -> None:
    """Send a reminder of a member who does not exist; its link leads nowhere. Raises `OSError` where it is not sent."""
    compose(address, sample_words(rule, language), preferences_url(SAMPLE_MEMBER_ID)).send()


def send_claimed(claimed: Sequence[Claimed], connection: Any) -> int:
    """Send e-mails that were written down as being sent; returns how many went.

    One that the mail server does not take is dropped: to try again could send it twice.
    """
    sent = 0
    for one in claimed:
        assert one.words is not None, "it is to be sent"
        message = compose(one.member.email, one.words, preferences_url(one.member.pk))
        message.connection = connection
        try:
            message.send()
            status, reason, sent = Reminder.Status.SENT, "", sent + 1
        except OSError:
            # All errors of smtplib are such.
            status, reason = Reminder.Status.DROPPED, Reminder.Reason.REFUSED
        Reminder.objects.filter(pk=one.reminder.pk).update(status=status, reason=reason, updated_at=timezone.now())
    return sent
