"""The pages of webhook endpoints, deliveries and events."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gamopanda.events.models import Delivery, WebhookEndpoint
from gamopanda.events.tests.receiving import LOCAL, deliver, make_endpoint, receiving
from gamopanda.tests.people import signed_in

CONFIRMED = {"_form_submitted": "on"}

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def integrator() -> Client:
    return signed_in("Integrator")


@pytest.fixture
def receiver(settings: Any) -> Any:
    settings.GAMOPANDA_WEBHOOK_NETWORKS = LOCAL
    with receiving() as receiver:
        yield receiver


def page(name: str, *arguments: Any) -> str:
    return reverse(f"admin:events_{name}", args=arguments)


def test_a_new_endpoint_shows_its_secret_once_W1(integrator: Client) -> None:
    form = {"url": "https://93.184.215.14/hook", "description": "Till", "status": "live"}
    refused = integrator.post(page("webhookendpoint_add"), {**form, "url": "https://10.0.0.1/hook"})
    assert "is not a public address" in refused.content.decode()
    answer = integrator.post(page("webhookendpoint_add"), {**form, "event_types": ["reward.issued"]})
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.secret in answer.content.decode()
    assert (endpoint.event_types, endpoint.streak_ids) == (["reward.issued"], None)
    again = integrator.get(page("webhookendpoint_change", endpoint.pk))
    assert endpoint.secret not in again.content.decode()


def test_the_secret_is_rotated_by_a_post_alone_and_shown_once(integrator: Client) -> None:
    endpoint = make_endpoint()
    former = endpoint.secret
    asked = integrator.get(page("webhookendpoint_secret", endpoint.pk))
    assert (asked.status_code, WebhookEndpoint.objects.get().secret) == (200, former)
    answer = integrator.post(page("webhookendpoint_secret", endpoint.pk))
    assert WebhookEndpoint.objects.get().secret in answer.content.decode()
    second = integrator.post(page("webhookendpoint_secret", endpoint.pk), follow=True)
    assert "rotated within the last 24 hours" in second.content.decode()


def test_a_test_event_is_sent_looked_at_and_sent_again_W6(integrator: Client, receiver: Any) -> None:
    receiver.answer = lambda _call: (500, {}, b"the till is closed")
    endpoint = make_endpoint(receiver.url)
    asked = integrator.get(page("webhookendpoint_send_test_event", endpoint.pk))
    assert (asked.status_code, Delivery.objects.count()) == (200, 0)
    sent = integrator.post(page("webhookendpoint_send_test_event", endpoint.pk), CONFIRMED, follow=True)
    delivery = Delivery.objects.get()
    assert sent.redirect_chain == [(page("delivery_change", delivery.pk), 302)]
    deliver()
    looked_at = integrator.get(page("delivery_change", delivery.pk)).content.decode()
    assert "the till is closed" in looked_at
    assert "webhook.test" in looked_at
    listed = integrator.get(page("delivery_changelist")).content.decode()
    assert "the till is closed" in listed
    receiver.answer = lambda _call: (200, {}, b"")
    integrator.post(page("delivery_send_again", delivery.pk), CONFIRMED)
    deliver()
    assert Delivery.objects.get().status == "delivered"
    assert integrator.get(page("event_changelist")).status_code == 200
    assert integrator.get(page("event_change", delivery.event_id)).status_code == 200


def test_all_that_failed_since_an_instant_is_sent_again_W6(integrator: Client, receiver: Any) -> None:
    endpoint = make_endpoint(receiver.url)
    integrator.post(page("webhookendpoint_send_test_event", endpoint.pk), CONFIRMED)
    Delivery.objects.update(status="failed", next_attempt_at=None)
    form = {**CONFIRMED, "since_0": "2026-01-01", "since_1": "00:00:00"}
    integrator.post(page("webhookendpoint_replay", endpoint.pk), form)
    deliver()
    assert Delivery.objects.get().status == "delivered"


def test_the_first_page_says_when_an_endpoint_has_failed_for_a_day_W3(admin_client: Client) -> None:
    endpoint = make_endpoint(description="Till", failing_since=timezone.now() - timedelta(hours=23))
    assert "Every delivery has failed" not in admin_client.get(reverse("admin:index")).content.decode()
    WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(hours=25))
    assert "Every delivery has failed since" in admin_client.get(reverse("admin:index")).content.decode()
    WebhookEndpoint.objects.update(status="disabled", disabled_reason="The endpoint answered 410 Gone.")
    home = admin_client.get(reverse("admin:index")).content.decode()
    assert "The webhook endpoint was disabled" in home
    assert page("webhookendpoint_change", endpoint.pk) in home


def test_who_has_no_right_is_refused() -> None:
    endpoint = make_endpoint()
    marketer = signed_in("Marketer")
    for name in ("change", "secret", "send_test_event", "replay"):
        assert marketer.post(page(f"webhookendpoint_{name}", endpoint.pk)).status_code == 403
    assert Delivery.objects.count() == 0
