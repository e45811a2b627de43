"""Repeats at the same moment, and a call that dies, on a real PostgreSQL."""

from typing import Any

import pytest

from gamopanda.accounts import idempotency
from gamopanda.accounts.models import KeptAnswer, Member
from streaks.models import StreakLog
from streaks.tests.calling import Answer, admin, log_body, make_streak
from streaks.tests.test_concurrency_postgresql import as_many_connections_as_writers, at_once

__all__ = ["as_many_connections_as_writers"]

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

REPEATS = 16
KEY = {"Idempotency-Key": "key-1"}


@pytest.mark.parametrize("path", ["streak_log/record", "streak_log/record/bulk", "account_user/record"])
def test_16_repeats_at_once_make_it_once(path: str) -> None:
    streak, server = make_streak(), admin()
    log = log_body(streak)
    bodies = {"streak_log/record": log, "streak_log/record/bulk": {"records": [log]}}
    body = bodies.get(path, {"externalId": "ann"})

    def post() -> Answer:
        return server.send("POST", path, body, headers=KEY)

    answers = at_once([post] * REPEATS)
    assert [answer for answer in answers if not isinstance(answer, Answer)] == []
    done = [answer for answer in answers if answer.status < 300]
    assert done
    assert len({str(answer.body) for answer in done}) == 1
    assert {answer.error() for answer in answers if answer.status >= 300} <= {(409, "idempotency_in_progress")}
    assert [answer.headers.get("Idempotency-Replayed") for answer in done].count(None) == 1
    assert (Member.objects.count(), KeptAnswer.objects.count()) == (1, 1)
    assert StreakLog.objects.count() == (path != "account_user/record")
    assert post().body == done[0].body


def test_what_was_made_is_gone_with_an_answer_that_could_not_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    streak, server = make_streak(), admin()

    def die(*_args: Any) -> Any:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "encrypt", die)
        assert server.send("POST", "streak_log/record", log_body(streak), headers=KEY).status == 500
    assert (StreakLog.objects.count(), Member.objects.count(), KeptAnswer.objects.count()) == (0, 0, 0)
    assert server.send("POST", "streak_log/record", log_body(streak), headers=KEY).status == 201
