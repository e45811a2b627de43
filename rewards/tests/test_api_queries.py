"""Runs and displays of many members in one call, asked for in a body."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rewards.models import RewardLog
from streaks.models import Streak
from streaks.tests.calling import Caller, admin, end_user, guest, log_body, make_member, make_milestone, make_streak

pytestmark = pytest.mark.django_db

RUNS, DISPLAYS = "streak_progress/record/query", "/api/v1.0/end-user-display/query"


@pytest.fixture(autouse=True)
def _evening_of_the_fifth_of_march(time_machine):
    time_machine.move_to("2026-03-05T18:00:00Z", tick=False)


@pytest.fixture
def streak() -> Streak:
    return make_streak()


@pytest.fixture
def server(streak: Streak) -> Caller:
    """A server of the client's; Ann has a reward and a run, Bob an earlier run and a new one."""
    server = admin()
    make_milestone(streak, 1)
    for name, day in (("ann", 5), ("bob", 1), ("bob", 5)):
        assert server.post("streak_log/record", log_body(streak, day=day, of=name)).status == 201
    return server


def queries_of(server: Caller, path: str, body: dict[str, object]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(server.post(path, body).data) == len(body["externalIds"])  # type: ignore[arg-type]
    return len(queries)


def test_the_newest_run_of_each_member_comes_in_the_order_of_the_question_and_null_for_who_has_none(server, streak):
    make_member("cat")
    names = ["bob", "stranger", "ann", "cat", "bob"]
    found = server.post(RUNS, {"streakId": str(streak.pk), "externalIds": names}).data
    assert [run and run["externalId"] for run in found] == ["bob", None, "ann", None, "bob"]
    for run in (found[0], found[2]):
        assert run == server.get(f"streak_progress/record/{run['id']}").data
    assert found[0]["streakStartedAt"] == "2026-03-05T12:00:00Z"


def test_a_display_is_what_the_member_would_read_and_that_of_strangers_is_not_started(server):
    found = server.post(DISPLAYS, {"externalIds": ["bob", "stranger", "ann"]}).data
    for display, name in zip(found, ["bob", "stranger", "ann"], strict=True):
        assert display == end_user(name).get("/api/v1.0/end-user-display").data
    assert [len(display["rewards"]) for display in found] == [2, 0, 1]


def test_texts_come_in_the_language_of_the_body_as_pages_write_it(server, streak):
    texts = {"languageCode": "fr_FR", "externalIds": ["ann"]}
    assert (
        server.patch(f"streak/record/{streak.pk}", {"eudInProgressLabel": "En cours"}, languageCode="fr").status == 200
    )
    run = server.post(RUNS, {"streakId": str(streak.pk), **texts})
    assert (run.data[0]["display"]["statusLabel"], run.headers["Content-Language"]) == ("En cours", "fr")
    display = server.post(DISPLAYS, texts)
    assert (display.data[0]["languageCode"], display.headers["Content-Language"]) == ("fr", "fr")


def test_the_number_of_queries_does_not_grow_with_the_members(server, streak):
    for number in range(20):
        server.post("streak_log/record", log_body(streak, day=5, of=f"member {number}"))
    of_streak = {"streakId": str(streak.pk)}
    many = [f"member {number}" for number in range(20)]
    for path, body in ((RUNS, of_streak), (DISPLAYS, {})):
        few = queries_of(server, path, {**body, "externalIds": ["ann"]})
        assert queries_of(server, path, {**body, "externalIds": many}) == few
        counts = {RUNS: 9, DISPLAYS: 11} if connection.vendor == "sqlite" else {RUNS: 7, DISPLAYS: 7}
        assert few == counts[path]


def test_a_wrong_question_is_refused_by_field(server, streak):
    of_streak = {"streakId": str(streak.pk)}
    wrong = [
        ({"externalIds": ["ann"]}, [("streakId", "required")]),
        ({"streakId": "x", "externalIds": ["ann"]}, [("streakId", "not_found")]),
        (of_streak, [("externalIds", "required")]),
        ({**of_streak, "externalIds": []}, [("externalIds", "min_length")]),
        ({**of_streak, "externalIds": [""]}, [("externalIds.0", "blank")]),
        ({**of_streak, "externalIds": ["a"] * 1001}, [("externalIds", "max_length")]),
        ({**of_streak, "externalIds": ["a"], "externalId": "b"}, [("externalId", "unknown_field")]),
    ]
    assert [server.post(RUNS, body).details() for body, _ in wrong] == [details for _, details in wrong]
    assert server.post(DISPLAYS, {"externalIds": ["a"] * 51}).details() == [("externalIds", "max_length")]


def test_only_administrators_may_ask_about_others(server, streak):
    body = {"streakId": str(streak.pk), "externalIds": ["ann"]}
    assert end_user("ann").post(RUNS, body).error() == end_user("ann").post(DISPLAYS, body).error()
    assert end_user("ann").post(RUNS, body).error() == (403, "forbidden")
    assert guest().post(RUNS, body).error() == guest().post(DISPLAYS, body).error() == (401, "unauthorized")


def test_the_external_id_stands_on_every_row_and_filters_with_in(server, streak):
    assert server.post("streak_log/record", log_body(streak, day=5, of="cat")).data["externalId"] == "cat"
    for slug in ("streak_log", "streak_progress", "reward_log"):
        rows = server.get(f"{slug}/record").data
        assert {row["externalId"] for row in rows} == {"ann", "bob", "cat"}
        for names in (["ann", "cat"], ["ann"]):
            some = {"fieldSlug": "externalId", "operator": "in", "value": names}
            assert {row["externalId"] for row in server.get(f"{slug}/record", filters=some).data} == set(names)
        assert server.get(f"{slug}/record/{rows[0]['id']}").data["externalId"] == rows[0]["externalId"]
        sorted_by = [{"fieldSlug": "externalId", "order": "ASC"}]
        names = [row["externalId"] for row in server.get(f"{slug}/record", sortBy=sorted_by).data]
        assert names == sorted(names)
    assert (
        server.post("streak_log/record", log_body(streak, day=4, of="ann")).data["streakProgress"]["externalId"]
        == "ann"
    )
    reward = RewardLog.objects.get(member__external_id="ann")
    changed = server.patch(f"reward_log/record/{reward.pk}", {"redeemedAt": "2026-03-05T18:00:00Z"})
    assert changed.data["externalId"] == "ann"
