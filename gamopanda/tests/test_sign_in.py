"""Signing in to the administration: an end to guessing, and the code of a second factor."""

from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from gamopanda.accounts.second_factor import SESSION_KEY
from gamopanda.admin.audit import entries_of
from gamopanda.admin.links import list_of, page_of

pytestmark = pytest.mark.django_db
LOGIN, FACTOR = "/admin/login/", "/admin/second-factor/"
PASSWORD = "correct horse"


@pytest.fixture
def ann() -> User:
    """Somebody who may do everything."""
    return User.objects.create_superuser("ann", password=PASSWORD)


def sign_in(
    client: Client, *, password: str = PASSWORD, name: str = "ann", address: str = "192.0.2.1", **more: Any
) -> Any:
    """Send the form from an address."""
    headers = more.pop("headers", {})
    return client.post(LOGIN, {"username": name, "password": password, **more}, REMOTE_ADDR=address, headers=headers)


def is_in(client: Client) -> bool:
    """Say whether somebody has signed in."""
    return client.get("/admin/").status_code == 200


def fail(times: int, **where: Any) -> Any:
    """Guess wrongly a few times; returns the last answer."""
    return [sign_in(Client(), password="guess", **where) for _ in range(times)][-1]


def set_up(client: Client) -> TOTPDevice:
    """Set up a second factor as a person does, with the key that the page shows."""
    client.get(FACTOR)
    key = bytes.fromhex(client.session[SESSION_KEY])
    assert client.post(FACTOR, {"code": f"{totp(key):06}"}).context["backup_codes"]
    return TOTPDevice.objects.get()


def code_of(device: TOTPDevice) -> str:
    """What the app shows now."""
    return f"{totp(device.bin_key):06}"


# --- guessing ---------------------------------------------------------------------------------------------------------


def test_the_fifth_wrong_password_ends_the_guessing_under_this_name_from_this_address(ann: User) -> None:
    assert fail(4).status_code == 200
    locked = fail(1)
    assert (locked.status_code, locked.headers["Retry-After"]) == (429, "900")
    assert "Try again in 15 minutes" in locked.content.decode()
    right = Client()
    assert sign_in(right).status_code == 429
    assert not is_in(right)
    assert sign_in(right, address="192.0.2.2").status_code == 302
    assert User.objects.create_superuser("bob", password=PASSWORD).is_staff
    assert sign_in(Client(), name="bob").status_code == 302


def test_after_a_quarter_of_an_hour_one_may_try_again_and_a_success_forgets_the_failures(ann: User) -> None:
    with time_machine.travel("2026-03-02T12:00:00Z") as clock:
        fail(5)
        clock.shift(14 * 60)
        assert sign_in(Client()).status_code == 429
        clock.shift(60 + 1)
        assert sign_in(Client()).status_code == 302
    assert AccessAttempt.objects.count() == 0


def test_a_colleague_lets_somebody_in_again_and_no_password_is_kept(ann: User, admin_client: Client) -> None:
    fail(5)
    attempt = AccessAttempt.objects.get()
    assert "guess" not in str(vars(attempt))
    shown = admin_client.get(page_of(attempt)).content.decode()
    assert "192.0.2.1" in shown
    admin_client.post(page_of(attempt).replace("change", "delete"), {"post": "yes"})
    assert sign_in(Client()).status_code == 302


@pytest.mark.parametrize(("is_behind_proxy", "locked"), [(True, {"203.0.113.9"}), (False, {"192.0.2.1"})])
def test_the_address_is_that_which_our_own_proxy_names_and_no_other(
    ann: User, settings: Settings, is_behind_proxy: bool, locked: set[str]
) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": int(is_behind_proxy)}
    for number in range(5):
        fail(1, headers={"x-forwarded-for": f"198.51.100.{number}, 203.0.113.9"})
    assert set(AccessAttempt.objects.values_list("ip_address", flat=True)) == locked
    assert sign_in(Client(), headers={"x-forwarded-for": "203.0.113.9"}).status_code == 429


@pytest.mark.parametrize(
    ("forwarded", "stored"),
    [
        ("5.6.7.8:1234", "5.6.7.8"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ('"[2001:db8::1]:443"', "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:5.6.7.8", "5.6.7.8"),
        ("unknown", "192.0.2.1"),
        ("_hidden", "192.0.2.1"),
        ("198.51.100.1, ", "192.0.2.1"),
        ("999.1.1.1", "192.0.2.1"),
        ("5.6.7.8:port", "192.0.2.1"),
    ],
)
def test_one_signs_in_however_the_proxy_writes_the_address(
    ann: User, settings: Settings, forwarded: str, stored: str
) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    assert fail(1, headers={"x-forwarded-for": forwarded}).status_code == 200
    assert AccessAttempt.objects.get().ip_address == stored
    assert sign_in(Client(), headers={"x-forwarded-for": forwarded}).status_code == 302


# --- the second factor ------------------------------------------------------------------------------------------------


def test_people_without_a_second_factor_need_no_code(ann: User) -> None:
    client = Client()
    assert sign_in(client).status_code == 302
    assert is_in(client)


def test_who_has_set_up_an_app_signs_in_with_its_code_once(ann: User) -> None:
    client = Client()
    client.force_login(ann)
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as clock:
        page = client.get(FACTOR)
        device = set_up(client)
        assert "data:image/svg+xml" in page.content.decode()
        assert device.user == ann
        later = Client()
        assert "as well" in sign_in(later).content.decode()
        assert "not correct" in sign_in(later, code=code_of(device)).content.decode(), "the code that set it up"
        clock.shift(60)
        assert sign_in(later, code=code_of(device)).status_code == 302
        assert is_in(later)
        assert "not correct" in sign_in(Client(), code=code_of(device)).content.decode()


def test_guessing_the_code_ends_as_guessing_the_password_does(ann: User) -> None:
    TOTPDevice.objects.create(user=ann, confirmed=True)
    answers = [sign_in(Client(), code="000000").status_code for _ in range(6)]
    assert answers == [200, 200, 200, 200, 429, 429]


def test_a_wrong_code_sets_nothing_up_and_the_key_stays_the_same(ann: User) -> None:
    client = Client()
    client.force_login(ann)
    client.get(FACTOR)
    key = client.session[SESSION_KEY]
    wrong = f"{(totp(bytes.fromhex(key)) + 1) % 1_000_000:06}"
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
        for code in ("", "12345", "abcdef", wrong):
            assert client.post(FACTOR, {"code": code}).status_code == 200
    assert TOTPDevice.objects.count() == 0
    assert client.session[SESSION_KEY] == key


def test_it_is_turned_off_with_a_code_and_lifted_by_a_colleague(ann: User, admin_client: Client) -> None:
    client = Client()
    client.force_login(ann)
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as clock:
        device = set_up(client)
        assert client.post(FACTOR, {"code": code_of(device)}).status_code == 200
        assert TOTPDevice.objects.count() == 1
        clock.shift(60)
        assert client.post(FACTOR, {"code": code_of(device)}).status_code == 302
        assert TOTPDevice.objects.count() == 0
        device = set_up(client)
    shown = admin_client.get(page_of(device)).content.decode()
    assert device.key not in shown
    assert device.key not in str(list(entries_of(device).values_list("changes", flat=True)))
    admin_client.post(page_of(device).replace("change", "delete"), {"post": "yes"})
    assert sign_in(Client()).status_code == 302


def test_a_backup_code_stands_in_for_the_app_once_and_is_shown_once(ann: User, admin_client: Client) -> None:
    client = Client()
    client.force_login(ann)
    client.get(FACTOR)
    key = bytes.fromhex(client.session[SESSION_KEY])
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as clock:
        made = client.post(FACTOR, {"code": f"{totp(key):06}"})
        codes = made.context["backup_codes"]
        assert (len(set(codes)), {len(code) for code in codes}) == (8, {10})
        assert all(f"<code>{code}</code>" in made.content.decode() for code in codes)
        assert "no-store" in made.headers["Cache-Control"]
        assert codes[0] not in f"{client.get(FACTOR).content!r} {dict(client.session)} {made.cookies}"
        assert not StaticToken.objects.filter(token__in=codes).exists(), "a copy of the database lets no one in"
        wrong = f"{(int(codes[0]) + 1) % 10**10:010}"
        for attempt, status in ((wrong, 200), (codes[0], 302), (codes[0], 200)):
            assert sign_in(Client(), code=attempt).status_code == status
            clock.shift(60)
        assert "7 backup codes are left." in client.get(FACTOR).content.decode()
        device = TOTPDevice.objects.get()
        assert '<td class="field-backup_codes_left' in admin_client.get(list_of(TOTPDevice)).content.decode()
        assert entries_of(device).first().changes == {"backup_codes_left": [8, 7]}
        renewed = client.post(FACTOR, {"code": codes[1], "new_codes": "1"}).context["backup_codes"]
        assert set(renewed).isdisjoint(codes)
        assert sign_in(Client(), code=codes[2]).status_code == 200
        clock.shift(60)
        assert client.post(FACTOR, {"code": renewed[0]}).status_code == 302, "who lost the phone turns it off"
    assert (TOTPDevice.objects.count(), StaticToken.objects.count()) == (0, 0)
    assert sign_in(Client()).status_code == 302


def test_the_page_to_set_it_up_is_for_those_who_signed_in(client: Client) -> None:
    assert client.get(FACTOR).headers["Location"] == f"{LOGIN}?next={FACTOR}"
    assert client.post(FACTOR, {"code": "123456"}).status_code == 302
