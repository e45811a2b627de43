"""An e-mail when every delivery to an endpoint has failed for a day, one for each outage (W3)."""

import logging
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext, override

from gamopanda.admin.links import page_of
from gamopanda.events.endpoints import WARNED_AFTER
from gamopanda.events.models import WebhookEndpoint

logger = logging.getLogger(__name__)


def warn_of_outages(*, now: datetime) -> int:
    """Write of each endpoint that has failed for a day and was not written of; return of how many.

    One that the mail server does not take is written again in the next round.
    """
    if not settings.GAMOPANDA_ALERT_EMAIL:
        return 0
    failing = WebhookEndpoint.objects.filter(
        status=WebhookEndpoint.Status.LIVE, failing_since__lte=now - WARNED_AFTER, warned_at=None
    )
    return sum(_warn(endpoint, now) for endpoint in failing.order_by("pk"))


def _warn(endpoint: WebhookEndpoint, now: datetime) -> bool:
    """Write, unless another process does."""
    mine = WebhookEndpoint.objects.filter(pk=endpoint.pk, failing_since=endpoint.failing_since)
    if not mine.filter(warned_at=None).update(warned_at=now):
        return False
    try:
        compose(endpoint).send()
    except OSError as error:
        logger.warning("The e-mail about a failing webhook endpoint was not sent: %s", error)
        mine.filter(warned_at=now).update(warned_at=None)
        return False
    return True


def compose(endpoint: WebhookEndpoint) -> EmailMessage:
    """Return the e-mail about an endpoint."""
    with override(settings.LANGUAGE_CODE):
        values = {
            "endpoint": endpoint,
            "url": endpoint.url,
            "since": f"{endpoint.failing_since:%Y-%m-%d %H:%M} UTC",
            "page": f"{settings.GAMOPANDA_SITE_URL}{page_of(endpoint)}",
        }
        subject = gettext("The webhook endpoint %(endpoint)s has failed for 24 hours") % values
        body = gettext(
            "Every delivery to %(url)s has failed since %(since)s. After 5 days of nothing but failures the endpoint "
            "is disabled, and gets no events until it is live again.\n\n%(page)s\n"
        )
        return EmailMessage(" ".join(subject.split()), body % values, to=[settings.GAMOPANDA_ALERT_EMAIL])
