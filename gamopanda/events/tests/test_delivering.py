"""Deliveries: signed, tried again, noted, and sent to public addresses alone (W1–W5)."""

import threading
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from gamopanda.events import delivering, endpoints
from gamopanda.events.cleaning import delete_old_events
from gamopanda.events.delivering import Deliverer, claim
from gamopanda.events.endpoints import rotate_secret
from gamopanda.events.models import Delivery, Event, WebhookEndpoint
from gamopanda.events.retries import OFFSETS, next_attempt
from gamopanda.events.sending import send
from gamopanda.events.tests.receiving import LOCAL, Receiver, deliver, make_endpoint, receiving
from streaks.progress.housekeeping import close_runs
from streaks.tests.calling import Caller, admin

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings: Any) -> Any:
    settings.GAMOPANDA_WEBHOOK_NETWORKS = LOCAL
    with receiving() as receiver:
        yield receiver


def send_tests(endpoint: WebhookEndpoint, number: int = 1) -> list[Delivery]:
    """Let some test events be on their way to an endpoint."""
    return [endpoints.send_test(endpoint, now=timezone.now()) for _number in range(number)]


def reload(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def test_a_delivery_is_verified_by_the_package_of_pypi_also_during_rotation_W2(receiver: Receiver) -> None:
    endpoint = make_endpoint(receiver.url)
    former = endpoint.secret
    (delivery,) = send_tests(endpoint)
    deliver()
    endpoint = rotate_secret(endpoint, now=timezone.now())
    send_tests(endpoint)
    deliver()
    first, second = receiver.calls
    assert first.headers["webhook-id"] == str(delivery.event_id)
    assert first.event == Webhook(former).verify(first.body, first.headers)
    for secret in (former, endpoint.secret):
        assert Webhook(secret).verify(second.body, second.headers) == second.event
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint.secret).verify(first.body, first.headers)
    assert len(second.headers["webhook-signature"].split()) == 2
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1)):
        assert endpoint.secrets_at(timezone.now()) == [endpoint.secret]


def test_what_is_delivered_is_noted(receiver: Receiver) -> None:
    receiver.answer = lambda _call: (204, {}, b"")
    (delivery,) = send_tests(make_endpoint(receiver.url))
    deliver()
    delivery = reload(delivery)
    assert (delivery.status, delivery.next_attempt_at, len(delivery.attempts)) == ("delivered", None, 1)
    assert receiver.types == ["webhook.test"]
    deliver()
    assert len(receiver.calls) == 1


@pytest.mark.parametrize("status", [199 + 101, 301, 302, 307, 400, 404, 500, 503])
def test_only_2xx_is_success_and_redirects_are_not_followed_W3(receiver: Receiver, status: int) -> None:
    receiver.answer = lambda _call: (status, {"Location": receiver.url}, b"no")
    (delivery,) = send_tests(make_endpoint(receiver.url))
    before = timezone.now()
    deliver()
    delivery = reload(delivery)
    assert len(receiver.calls) == 1
    assert (delivery.status, delivery.attempts[0]["status"]) == ("pending", status)
    assert delivery.attempts[0]["answer"] == "no"
    assert timedelta(seconds=4) < delivery.next_attempt_at - before < timedelta(seconds=9)


def test_410_disables_the_endpoint_at_once_and_drops_what_it_has_not_got_W3(receiver: Receiver) -> None:
    receiver.answer = lambda _call: (410, {}, b"")
    endpoint = make_endpoint(receiver.url)
    send_tests(endpoint, 20)
    deliver()
    endpoint.refresh_from_db()
    assert (endpoint.status, endpoint.disabled_reason) == ("disabled", "The endpoint answered 410 Gone.")
    assert set(Delivery.objects.values_list("status", flat=True)) == {"failed", "dropped"}
    assert len(receiver.calls) < 20


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured_W3(receiver: Receiver, status: int) -> None:
    receiver.answer = lambda _call: (status, {"Retry-After": "120"}, b"")
    (delivery,) = send_tests(make_endpoint(receiver.url))
    deliver()
    wait = reload(delivery).next_attempt_at - timezone.now()
    assert timedelta(seconds=110) < wait < timedelta(seconds=130)


def test_tries_are_as_far_apart_as_they_should_be_and_end_after_ten_W3() -> None:
    first = datetime(2026, 3, 1, tzinfo=UTC)
    now, gaps = first, []
    for tries in range(1, 11):
        due = next_attempt(first_attempt_at=first, tries=tries, now=now, retry_after=None)
        if due is None:
            gaps.append(tries)
            break
        assert OFFSETS[tries] <= due - first
        assert due - first <= OFFSETS[tries] + 0.2 * (OFFSETS[tries] - OFFSETS[tries - 1])
        now = first + OFFSETS[tries]
    assert gaps == [10]


def test_after_5_days_of_nothing_but_failures_the_endpoint_is_disabled_W3(receiver: Receiver) -> None:
    receiver.answer = lambda _call: (500, {}, b"")
    endpoint = make_endpoint(receiver.url)
    send_tests(endpoint)
    deliver()
    endpoint.refresh_from_db()
    assert endpoint.failing_since is not None
    for days, status in ((4.9, "live"), (5.1, "disabled")):
        WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(days=days))
        send_tests(endpoint)
        deliver()
        endpoint.refresh_from_db()
        assert endpoint.status == status


def test_after_a_day_one_email_goes_to_the_address_set_for_it_W3(receiver: Receiver, settings: Any) -> None:
    settings.GAMOPANDA_ALERT_EMAIL, settings.GAMOPANDA_SITE_URL = "ops@example.com", "https://streaks.example.com"
    receiver.answer = lambda _call: (500, {}, b"")
    endpoint = make_endpoint(receiver.url, description="Till")
    send_tests(endpoint)
    deliver()
    for hours, number in ((23, 0), (25, 1), (30, 1)):
        WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(hours=hours))
        close_runs(now=timezone.now())
        assert len(mail.outbox) == number
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["ops@example.com"], "The webhook endpoint Till has failed for 24 hours")
    assert f"https://streaks.example.com/admin/events/webhookendpoint/{endpoint.pk}/change/" in message.body
    assert receiver.url in message.body
    # The next outage is another one.
    receiver.answer = lambda _call: (200, {}, b"")
    send_tests(endpoint)
    deliver()
    WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(hours=25))
    close_runs(now=timezone.now())
    assert len(mail.outbox) == 2


@pytest.mark.parametrize("address", ["", "ops@example.com"])
def test_an_email_that_cannot_be_sent_is_tried_again_W3(
    receiver: Receiver, settings: Any, monkeypatch: Any, address: str
) -> None:
    settings.GAMOPANDA_ALERT_EMAIL = address
    make_endpoint(receiver.url, failing_since=timezone.now() - timedelta(hours=25))

    def fail(*_given: Any, **_named: Any) -> None:
        raise ConnectionRefusedError("no server")

    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.EmailMessage.send", fail)
        close_runs(now=timezone.now())
    assert WebhookEndpoint.objects.get().warned_at is None
    close_runs(now=timezone.now())
    assert len(mail.outbox) == bool(address)


def test_one_success_ends_the_failing(receiver: Receiver) -> None:
    endpoint = make_endpoint(receiver.url, failing_since=timezone.now() - timedelta(days=4))
    send_tests(endpoint)
    deliver()
    endpoint.refresh_from_db()
    assert endpoint.failing_since is None


def test_an_endpoint_that_is_down_is_a_failure_with_the_reason(receiver: Receiver) -> None:
    (delivery,) = send_tests(make_endpoint("http://127.0.0.1:9/hook"))
    deliver()
    attempt = reload(delivery).attempts[0]
    assert attempt["status"] is None
    assert "ConnectionRefusedError" in attempt["answer"]


def test_of_a_long_answer_1_kB_is_kept_and_the_rest_is_not_waited_for_W3(receiver: Receiver) -> None:
    receiver.answer = lambda _call: (200, {}, b"x" * 1_000_000)
    (delivery,) = send_tests(make_endpoint(receiver.url))
    deliver()
    assert reload(delivery).attempts[0]["answer"] == "x" * 1024


def test_an_answer_that_comes_drop_by_drop_ends_in_time_W3(receiver: Receiver) -> None:
    def drip(_call: Any) -> Any:
        time.sleep(0.8)
        return 200, {}, b""

    receiver.answer = drip
    began = time.monotonic()
    outcome = send(receiver.url, {}, b"{}", seconds=0.3)
    assert time.monotonic() - began < 0.7
    assert (outcome.status, outcome.answer) == (None, "No answer within 0.3 seconds.")


def test_a_slow_endpoint_delays_no_other_W3(receiver: Receiver) -> None:
    gate = threading.Event()

    def answer(call: Any) -> Any:
        if call.path == "/slow":
            gate.wait(5)
        return 200, {}, b""

    receiver.answer = answer
    slow, quick = make_endpoint(receiver.url.replace("hook", "slow")), make_endpoint(receiver.url)
    send_tests(slow, 30)
    send_tests(quick, 30)
    deliverer = Deliverer()
    for _step in range(200):
        deliverer.step()
        if Delivery.objects.filter(endpoint=quick, status="delivered").count() == 30:
            break
    assert Delivery.objects.filter(endpoint=quick, status="delivered").count() == 30
    assert Delivery.objects.filter(endpoint=slow, status="delivered").count() == 0
    gate.set()
    deliverer.finish()
    assert Delivery.objects.filter(endpoint=slow, status="delivered").count() == delivering.AT_ONCE
    # What was claimed and not sent is due at once for others.
    due = Delivery.objects.filter(endpoint=slow, status="pending", next_attempt_at__lte=timezone.now())
    assert due.count() == 30 - delivering.AT_ONCE


@pytest.mark.parametrize("status", ["paused", "disabled"])
def test_what_was_claimed_for_an_endpoint_that_is_switched_off_meanwhile_is_not_sent(receiver, status: str) -> None:
    gate = threading.Event()
    receiver.answer = lambda _call: (200 if gate.wait(5) else 500, {}, b"")
    endpoint = make_endpoint(receiver.url)
    send_tests(endpoint, 20)
    deliverer = Deliverer()
    deliverer.step()
    endpoint.status = status
    endpoint.save()
    endpoints.settle(endpoint, now=timezone.now())
    gate.set()
    deliverer.step()
    deliverer.finish()
    assert len(receiver.calls) == delivering.AT_ONCE
    left = Delivery.objects.exclude(status="delivered")
    assert (left.count() >= 20 - delivering.AT_ONCE, {one.status for one in left}) == (
        True,
        {"pending" if status == "paused" else "dropped"},
    )
    assert all(one.next_attempt_at is None or one.next_attempt_at <= timezone.now() for one in left)


def test_a_try_begins_only_with_enough_left_of_its_lease_W5(receiver: Receiver) -> None:
    endpoint = make_endpoint(receiver.url)
    send_tests(endpoint, 2)
    deliverer = Deliverer()
    early = timezone.now() - (delivering.LEASE - delivering.LONGEST_TRY) - timedelta(seconds=1)
    Delivery.objects.update(next_attempt_at=early)
    deliverer.waiting[endpoint.pk] = deque(claim(endpoint, 1, now=early))
    deliverer.send_waiting()
    deliverer.finish()
    assert (receiver.calls, Delivery.objects.filter(status="pending").count()) == ([], 2)


def test_what_a_worker_has_claimed_no_other_gets_until_its_lease_is_over_W5(receiver: Receiver) -> None:
    endpoint = make_endpoint(receiver.url)
    send_tests(endpoint, 3)
    now = timezone.now()
    jobs = claim(endpoint, 2, now=now)
    assert len(jobs) == 2
    assert len(claim(endpoint, 9, now=now)) == 1
    assert claim(endpoint, 9, now=now + timedelta(seconds=59)) == []
    # The worker was killed: another one sends them, under the same ids.
    again = claim(endpoint, 9, now=now + timedelta(seconds=61))
    assert {job.delivery.pk for job in jobs} < {job.delivery.pk for job in again}
    # What the former worker notes late does not count.
    outcome = delivering.try_job(jobs[0])
    delivering.note(jobs[0], outcome, now=now + timedelta(seconds=62))
    assert reload(jobs[0].delivery).status == "pending"


def test_a_paused_endpoint_gets_what_it_missed_when_it_is_live_again(receiver: Receiver) -> None:
    endpoint = make_endpoint(receiver.url)
    send_tests(endpoint)
    WebhookEndpoint.objects.update(status="paused")
    deliver()
    assert receiver.calls == []
    WebhookEndpoint.objects.update(status="live")
    deliver()
    assert receiver.types == ["webhook.test"]


def test_the_command_delivers_what_is_due_and_says_how_many(receiver: Receiver, capsys: Any) -> None:
    send_tests(make_endpoint(receiver.url), 3)
    call_command("deliver_events")
    assert capsys.readouterr().out == "3 deliveries taken, 0 tries failed.\n"


def test_events_are_kept_for_some_days_E7(receiver: Receiver) -> None:
    endpoint = make_endpoint(receiver.url)
    send_tests(endpoint, 2)
    Event.objects.filter(pk=Event.objects.latest("id").pk).update(created_at=timezone.now() - timedelta(days=31))
    assert delete_old_events(now=timezone.now()) == 1
    assert (Event.objects.count(), Delivery.objects.count()) == (1, 1)


# --- by the API ------------------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Caller:
    return admin()


def test_the_secret_is_shown_when_it_is_made_or_rotated_and_never_again_W1(server, receiver):
    made = server.post("webhook_endpoint/record", {"url": receiver.url}).data
    path = f"webhook_endpoint/record/{made['id']}"
    endpoint = WebhookEndpoint.objects.get()
    assert made["secret"] == endpoint.secret
    assert made["secret"].startswith("whsec_")
    assert endpoint.secret not in endpoint.encrypted_secret
    assert "secret" not in server.get(path).data
    assert "secret" not in server.patch(path, {"description": "Till"}).data
    rotated = server.post(f"{path}/rotate", {}).data
    assert rotated["secret"] not in (None, made["secret"])
    before = WebhookEndpoint.objects.values().get()
    assert server.post(f"{path}/rotate", {}).details() == [(None, "rotated_recently")]
    assert WebhookEndpoint.objects.values().get() == before


def test_there_are_at_most_20_endpoints_W1(server, receiver):
    for _number in range(20):
        assert server.post("webhook_endpoint/record", {"url": receiver.url}).status == 201
    assert server.post("webhook_endpoint/record", {"url": receiver.url}).details() == [(None, "too_many")]
    assert WebhookEndpoint.objects.count() == 20


def test_a_test_event_a_retry_and_a_replay_by_the_api_W6(server, receiver):
    endpoint = make_endpoint(receiver.url)
    path = f"webhook_endpoint/record/{endpoint.pk}"
    delivery = server.post(f"{path}/test", {}).data
    assert (delivery["status"], delivery["attempts"]) == ("pending", [])
    deliver()
    one = f"webhook_delivery/record/{delivery['id']}"
    seen = server.get(one).data
    assert [attempt["status"] for attempt in seen["attempts"]] == [200]
    assert server.post(f"{one}/retry", {}).data["status"] == "pending"
    deliver()
    assert [call.headers["webhook-id"] for call in receiver.calls] == [delivery["eventId"]] * 2
    Delivery.objects.update(status="failed")
    assert server.post(f"{path}/replay", {"since": "2026-01-01T00:00:00Z"}).data == {"replayed": 1}
    assert server.post(f"{path}/replay", {"since": "2999-01-01T00:00:00Z"}).data == {"replayed": 0}
    deliver()
    assert len(receiver.calls) == 3
    event = server.get(f"event/record/{delivery['eventId']}").data
    assert {name: event[name] for name in ("type", "timestamp", "data")} == receiver.calls[0].event


def test_events_are_listed_by_type_member_and_streak_E7(server, receiver):
    send_tests(make_endpoint(receiver.url), 2)
    assert len(server.get("event/record", type="webhook.test").data) == 2
    assert server.get("event/record", type="reward.issued").data == []
    assert server.get("event/record", externalId="ann").data == []
    assert server.get("event/record", type="x").status == 400


def test_a_disabled_endpoint_that_is_live_again_has_no_reason_and_gets_what_failed_by_a_replay(server, receiver):
    endpoint = make_endpoint(receiver.url)
    send_tests(endpoint)
    path = f"webhook_endpoint/record/{endpoint.pk}"
    server.patch(path, {"status": "disabled"})
    assert Delivery.objects.get().status == "dropped"
    assert server.post(f"{path}/test", {}).details() == [(None, "not_live")]
    WebhookEndpoint.objects.update(disabled_reason="410", failing_since=timezone.now())
    server.patch(path, {"status": "live"})
    assert WebhookEndpoint.objects.get().failing_since is None
    assert server.get(path).data["disabledReason"] == ""
    assert server.post(f"{path}/replay", {"since": "2026-01-01T00:00:00Z"}).data == {"replayed": 1}
    assert server.delete(path).status == 204
    assert Delivery.objects.count() == 0
