"""Lists whose queries are compiled once, against the same lists through the filter backends.

A list with a count goes through the filter backends, so the count must change nothing else.
"""

from typing import Any

import pytest

from gamopanda.accounts.models import Member
from gamopanda.api.views import RecordViewSet
from streaks.models import Streak
from streaks.tests.calling import Caller, admin, end_user, log_body, make_milestone, make_streak

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]

RESOURCES = ("streak_log", "streak_progress", "reward_log")


@pytest.fixture(autouse=True)
def _some_activity(time_machine: Any) -> None:
    streaks = [make_streak(), make_streak(aggregation_period="weekly")]
    for streak in streaks:
        make_milestone(streak, 1, eud_title_de="Eins", reward_validity_days=2)
    caller = admin()
    for day, name in ((1, "ann"), (2, "ann"), (4, "bob"), (6, "ann")):
        time_machine.move_to(f"2026-03-0{day}T18:00:00Z", tick=False)
        for streak in streaks[: 1 + day % 2]:
            assert caller.post("streak_log/record", log_body(streak, day=day, of=name)).status == 201


def same_both_ways(caller: Caller, resource: str, **query: Any) -> list[str]:
    """Return the ids that both ways find, in order; none when both refuse in the same words."""
    path = f"{resource}/record"
    general, compiled = caller.get(path, fetchTotalCount="true", **query), caller.get(path, **query)
    assert compiled.status == general.status
    assert compiled.body.get("data") == general.body.get("data")
    assert compiled.body.get("error", {}).get("details") == general.body.get("error", {}).get("details")
    return general.ids if general.status == 200 else []


def condition(name: str, operator: str, value: Any) -> dict[str, Any]:
    return {"fieldSlug": name, "operator": operator, "value": value}


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_compiled_list_has_the_records_of_the_filter_backends(resource: str) -> None:
    members, instants = list(Member.objects.all()), ["2026-03-02T18:00:00Z", "2026-03-04T19:00:00+01:00"]
    queries: list[dict[str, Any]] = [{}, {"limit": "2", "offset": "1", "languageCode": "de"}, {"externalId": " ann"}]
    queries += [{"ownedById": str(one.pk), "streakId": str(Streak.objects.latest("pk").pk)} for one in members]
    queries += [{"createdAtFrom": one, "sortBy": [{"fieldSlug": "createdAt", "order": "ASC"}]} for one in instants]
    queries += [{"filters": condition("createdAt", "lt", instant)} for instant in instants]
    queries.append({"filters": condition("ownedById", "in", [str(members[0].pk)])})
    queries += [{"filters": condition("createdAt", word, some)} for word in ("in", "notIn") for some in ([], instants)]
    for word, member in (("and", members[0]), ("or", members[0]), ("or", members[1])):
        parts = [condition("ownedById", "ne", str(member.pk)), condition("createdAt", "gte", instants[1])]
        parts.append(condition("createdAt", "isNull", word == "or"))
        queries.append({"filters": {"operator": word, "conditions": parts}})
    caller = admin()
    found = {len(same_both_ways(caller, resource, **query)) for query in queries}
    assert 0 in found and len(found) > 3


def test_the_clock_is_read_anew_by_a_query_that_was_compiled_before_s16_s24(time_machine: Any) -> None:
    caller = admin()

    def found(resource: str, **query: Any) -> int:
        return len(same_both_ways(caller, resource, **query))

    def states() -> tuple[int, ...]:
        broken, expired = {"streakProgressStatus": "broken"}, {"rewardStatus": "expired"}
        return found("streak_progress", **broken), found("reward_log", **expired)

    before = states()
    time_machine.move_to("2026-03-20T20:00:00Z", tick=False)
    assert (before, states()) == ((2, 3), (4, 4))


def test_end_users_see_their_own_and_what_is_wrong_is_refused_in_the_same_words() -> None:
    ann, bob, new = (same_both_ways(end_user(name), "streak_log") for name in ("ann", "bob", "new"))
    assert (len(ann), len(bob), new) == (4, 1, [])
    caller = admin()
    assert sorted(same_both_ways(caller, "streak_log")) == sorted(ann + bob)
    for query in (
        {"ownedById": "unknown", "limit": "0"},
        {"createdAtFrom": "2026-03-01T00:00:00"},
        {"filters": condition("createdAt", "lt", "yesterday")},
        {"sortBy": [{"fieldSlug": "nothing", "order": "ASC"}]},
        {"limit": "0"},
    ):
        assert same_both_ways(caller, "streak_log", **query) == []
        assert caller.get("streak_log/record", **query).error() == (400, "validation_error")


def test_lists_of_a_member_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RecordViewSet, "filter_queryset", None)
    for resource in RESOURCES:
        assert admin().get(f"{resource}/record", externalId="ann").status == 200
        assert end_user("ann").get(f"{resource}/record").status == 200
