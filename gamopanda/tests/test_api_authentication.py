"""The two ways in: what is right, and every way to get it wrong, which is 401 and never silently a guest."""

import base64
import json
import logging
import time
from itertools import product
from typing import Any

import jwt
import pytest

from gamopanda.accounts.models import ApiKey
from gamopanda.api.models import Status
from streaks.tests.calling import Answer, Caller, admin, end_user, guest, make_key, make_member, make_streak

pytestmark = pytest.mark.django_db

ACCOUNT = "gamopanda"
HOUR = 3600


def token(
    key: ApiKey,
    *,
    algorithm: str = "HS256",
    secret: str | None = None,
    headers: dict[str, Any] | None = None,
    **claims: Any,
) -> str:
    """Sign a token as the client's backend does; a claim of `...` is left out."""
    payload = {"sub": ACCOUNT, "exp": int(time.time()) + HOUR, "userData": {"externalId": "ann"}, **claims}
    return jwt.encode(
        {name: value for name, value in payload.items() if value is not ...},
        key.secret if secret is None else secret,
        algorithm=algorithm,
        headers={"kid": key.api_key} if headers is None else headers,
    )


def bearer(text: str, account: str = ACCOUNT) -> Caller:
    return Caller({"x-enduser-access-token": text, "x-account-id": account})


def unsigned(header: dict[str, Any], payload: dict[str, Any], signature: str = "") -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, payload))
    return ".".join([*parts, signature])


def refused(caller: Caller) -> str:
    """Assert that the caller is refused, also where guests may read, and return the sentence that says why."""
    assert guest().get("streak/record").status == 200
    answer = caller.get("streak/record")
    assert answer.error() == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == 'Gamopanda realm="api"'
    assert caller.get("account_user/record").status == 401
    return str(answer.body["error"]["message"])


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_a_token_of_a_live_key_names_its_member(algorithm):
    make_member("bob")
    member = make_member("ann")
    answer = bearer(token(make_key(), algorithm=algorithm)).get("account_user/record")
    assert answer.ids == [str(member.pk)]


def token_of_length(key: ApiKey, length: int) -> str:
    """Sign a token of exactly this length: padding in its header and in a claim of its own makes it so long."""
    for header, claim in product(range(4), range(length * 3 // 4 - 600, length * 3 // 4)):
        headers = {"kid": key.api_key, "pad": "h" * header}
        if len(text := token(key, headers=headers, pad="c" * claim)) == length:
            return text
    raise AssertionError("no padding makes this length")


def test_a_token_has_at_most_8192_characters():
    key, member = make_key(), make_member("ann")
    assert bearer(token_of_length(key, 8192)).get("account_user/record").ids == [str(member.pk)]
    assert "The token is not valid" in refused(bearer(token_of_length(key, 8193)))


def test_a_token_for_someone_who_is_no_member_yet_is_a_valid_end_user_without_records():
    make_member("bob")
    make_streak()
    caller = end_user("new member")
    assert caller.get("account_user/record").data == []
    assert len(caller.get("streak/record").data) == 1


@pytest.mark.parametrize("external_id", ["  ann  ", "x" * 256, "ann@example.com", "日本 🐼", "a/b?c=d", "0"])
def test_any_stable_text_of_1_to_256_characters_is_an_external_id(external_id):
    member = make_member(external_id)
    assert bearer(token(make_key(), userData={"externalId": external_id})).get("account_user/record").ids == [
        str(member.pk)
    ]


@pytest.mark.parametrize("ahead", [30 * 60, 24 * HOUR - 1, 24 * HOUR])
def test_a_token_may_live_up_to_24_hours(ahead):
    assert bearer(token(make_key(), exp=int(time.time()) + ahead)).get("streak/record").status == 200


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_a_clock_of_the_client_may_run_a_minute_ahead(name, time_machine):
    time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
    key, now = make_key(), int(time.time())

    def call(ahead: int) -> Answer:
        claims: dict[str, Any] = {"exp": now + HOUR, name: now + ahead}
        return bearer(token(key, **claims)).get("streak/record")

    assert call(60).status == 200
    assert call(61).error() == (401, "unauthorized")
    assert f"The token's {name} is in the future" in call(61).body["error"]["message"]


def test_claims_that_are_not_ours_are_ignored():
    assert bearer(token(make_key(), aud="somebody", iss="shop", jti="1", name="Ann")).get("streak/record").status == 200


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": int(time.time()) - 1}, "expired"),
        ({"exp": int(time.time()) + 26 * HOUR}, "24 hours"),
        ({"exp": 10**20}, "24 hours"),
        ({"exp": ...}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"exp": str(int(time.time()) + 60)}, "exp"),
        ({"exp": float("inf")}, "exp"),
        ({"exp": float("nan")}, "exp"),
        ({"exp": [1]}, "exp"),
        ({"nbf": int(time.time()) + 10 * HOUR}, "nbf"),
        ({"iat": int(time.time()) + 10 * HOUR}, "iat"),
        ({"nbf": "soon"}, "nbf"),
        ({"iat": True}, "iat"),
        ({"sub": ...}, "sub"),
        ({"sub": "another"}, "sub"),
        ({"sub": None}, "sub"),
        ({"sub": 1}, "sub"),
        ({"userData": ...}, "userData.externalId"),
        ({"userData": None}, "userData.externalId"),
        ({"userData": "ann"}, "userData.externalId"),
        ({"userData": {}}, "userData.externalId"),
        ({"userData": {"externalId": ""}}, "userData.externalId"),
        ({"userData": {"externalId": None}}, "userData.externalId"),
        ({"userData": {"externalId": " \t"}}, "userData.externalId"),
        ({"userData": {"externalId": 1}}, "userData.externalId"),
        ({"userData": {"externalId": "x" * 257}}, "userData.externalId"),
        ({"userData": {"externalId": "a\0b"}}, "userData.externalId"),
        ({"userData": {"externalId": "\ud800"}}, "userData.externalId"),
    ],
)
def test_a_token_with_wrong_claims_is_refused_with_a_sentence(claims, why):
    assert why in refused(bearer(token(make_key(), **claims)))


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PAUSED])
def test_a_key_that_is_not_live_opens_nothing(status):
    key = make_key()
    headers = {"x-api-key": key.api_key, "x-api-secret": key.secret}
    signed = token(key)
    assert Caller(headers).get("api_key/record").status == 200
    ApiKey.objects.update(status=status)
    assert "live" in refused(Caller(headers))
    assert "live" in refused(bearer(signed))


def test_a_deleted_key_opens_nothing():
    key = make_key()
    headers, signed = {"x-api-key": key.api_key, "x-api-secret": key.secret}, token(key)
    key.delete()
    refused(Caller(headers))
    refused(bearer(signed))


def test_a_token_that_is_signed_wrongly_or_not_at_all_is_refused():
    key, other = make_key(), make_key()
    payload = {"sub": ACCOUNT, "exp": int(time.time()) + HOUR, "userData": {"externalId": "ann"}}
    good = token(key)
    for wrong in (
        token(key, secret=other.secret),
        token(key, secret="x" * 64),
        token(key, headers={}),
        token(key, headers={"kid": other.api_key}),
        token(key, headers={"kid": "gk_unknown"}),
        token(key, headers={"kid": key.api_key + "\0"}),
        token(key, headers={"kid": "\ud800"}),
        unsigned({"alg": "none", "typ": "JWT", "kid": key.api_key}, payload),
        unsigned({"alg": "None", "typ": "JWT", "kid": key.api_key}, payload),
        unsigned({"alg": "HS256", "typ": "JWT", "kid": key.api_key}, payload),
        unsigned({"alg": "HS256", "typ": "JWT", "kid": [key.api_key]}, payload, "AAAA"),
        unsigned({"alg": "RS256", "typ": "JWT", "kid": key.api_key}, payload, "AAAA"),
        unsigned({"alg": "HS256", "typ": "JWT", "kid": key.api_key}, [payload], "AAAA"),  # type: ignore[arg-type]
        good[:-4],
        good.rsplit(".", 1)[0] + ".",
        good.replace(".", "..", 1),
        good + "A" * 9000,
        "x",
        "a.b.c",
        "[" * 8000,
        base64.urlsafe_b64encode(b"[" * 5000).decode() + ".e30.AAAA",
        "é.é.é",
    ):
        refused(bearer(wrong))


def test_a_token_of_an_asymmetric_algorithm_is_refused_even_when_its_signature_is_right():
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = make_key()
    private = rsa.generate_private_key(65537, 2048)
    payload = {"sub": ACCOUNT, "exp": int(time.time()) + HOUR, "userData": {"externalId": "ann"}}
    refused(bearer(jwt.encode(payload, private, algorithm="RS256", headers={"kid": key.api_key})))


def test_the_account_must_be_the_one_of_this_installation():
    key = make_key()
    assert "account" in refused(bearer(token(key), account="another"))
    assert "account" in refused(bearer(token(key, sub="another"), account="another"))


def test_wrong_keys_and_secrets_are_refused_without_saying_which_was_wrong():
    key, other = make_key(), make_key()
    sentences = {
        refused(Caller({"x-api-key": name, "x-api-secret": secret}))
        for name, secret in (
            (key.api_key, other.secret),
            (key.api_key, key.secret[:-1]),
            (key.api_key, key.secret.upper()),
            (key.api_key, "é"),
            (key.api_key, key.encrypted_secret),
            ("gk_unknown", key.secret),
            (key.api_key.upper(), key.secret),
            ("x" * 5000, key.secret),
            ("é", key.secret),
        )
    }
    assert sentences == {"The API key or its secret is wrong, or the key is not live."}


def test_half_of_a_pair_is_refused_with_the_name_of_the_pair():
    key = make_key()
    for headers in (
        {"x-api-key": key.api_key},
        {"x-api-secret": key.secret},
        {"x-api-key": key.api_key, "x-api-secret": ""},
        {"x-api-key": "", "x-api-secret": key.secret},
        {"x-api-key": "", "x-api-secret": ""},
    ):
        assert refused(Caller(headers)) == "Send both headers of the pair: x-api-key with x-api-secret."
    for headers in (
        {"x-enduser-access-token": token(key)},
        {"x-account-id": ACCOUNT},
        {"x-enduser-access-token": token(key), "x-account-id": ""},
        {"x-enduser-access-token": "", "x-account-id": ACCOUNT},
    ):
        assert refused(Caller(headers)) == "Send both headers of the pair: x-enduser-access-token with x-account-id."


def test_both_pairs_at_once_or_parts_of_both_are_refused():
    key_headers, token_headers = admin().headers, end_user().headers
    assert "not both" in refused(Caller({**key_headers, **token_headers}))
    assert "not both" in refused(Caller({**key_headers, "x-account-id": ACCOUNT}))
    assert "not both" in refused(Caller({"x-api-key": key_headers["x-api-key"], "x-account-id": ACCOUNT}))


def test_a_secret_that_a_changed_secret_key_cannot_read_is_refused_and_the_log_says_why(settings, caplog):
    key = make_key()
    headers, signed = {"x-api-key": key.api_key, "x-api-secret": key.secret}, token(key)
    settings.SECRET_KEY = "another key than the one that the secret was encrypted under"
    refused(Caller(headers))
    refused(bearer(signed))
    assert "was SECRET_KEY changed?" in caplog.text
    settings.SECRET_KEY_FALLBACKS = ["a key for tests only, as long as a real one has to be: 0123456789"]
    assert Caller(headers).get("api_key/record").status == 200


def test_who_has_no_credentials_is_told_which_ones_there_are():
    answer = guest().get("account_user/record")
    assert answer.error() == (401, "unauthorized")
    assert answer.body["error"]["message"] == (
        "This needs credentials: x-api-key with x-api-secret, or x-enduser-access-token with x-account-id."
    )
    assert answer.headers["WWW-Authenticate"] == 'Gamopanda realm="api"'


def test_who_may_not_is_told_who_may():
    assert end_user().get("api_key/record").body["error"]["message"] == "You may not do this. It is allowed for: admin."
    answer = end_user().send("PUT", "streak/record", {})
    assert answer.error() == (403, "forbidden")


def test_secrets_and_tokens_are_stored_and_logged_nowhere(caplog):
    caplog.set_level(logging.DEBUG)
    key = make_key()
    signed = token(key)
    Caller({"x-api-key": key.api_key, "x-api-secret": key.secret}).get("api_key/record")
    Caller({"x-api-key": key.api_key, "x-api-secret": key.secret + "x"}).get("api_key/record")
    bearer(signed).get("streak/record")
    bearer(signed[:-3]).get("streak/record")
    assert key.secret not in caplog.text
    assert signed[:-3] not in caplog.text
    row = ApiKey.objects.values().get(pk=key.pk)
    assert not any(key.secret in str(value) for value in row.values())


def test_authentication_costs_one_query_of_the_key_and_what_the_view_needs(django_assert_num_queries):
    caller, member = end_user("ann"), make_member("ann")
    with django_assert_num_queries(4):
        assert caller.get("account_user/record").ids == [str(member.pk)]
