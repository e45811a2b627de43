"""The `filters` of a list: every tree of conditions means what plain Python would make of it, or is refused."""

import operator
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gamopanda.api.rendering.renderers import dump_json
from gamopanda.api.serializers.base import parse_instant
from streaks.models import Milestone, Streak
from streaks.tests.calling import SHOPPER, admin, make_member, make_milestone, make_streak

pytestmark = pytest.mark.django_db

NAMES = ["", "a", "A", "ab", "Ab%", "a_b", "é", "É", "日本", "b\\", "'; DROP TABLE"]
TARGETS = [Decimal(text) for text in ("0.0001", "0.3", "50", "50.0001", "20.5", "99999999999999.9999")]
INSTANTS = [datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(microseconds=step) for step in (0, 1, 1_000_000)]
VALIDITIES = [None, 1, 30]

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": lambda value, wanted: value in wanted,
    "notIn": lambda value, wanted: value not in wanted,
    "contains": lambda value, wanted: wanted in value,
    "startsWith": lambda value, wanted: value.startswith(wanted),
}
EQUALITY = ("eq", "ne", "in", "notIn", "isNull")
ORDER = ("gt", "gte", "lt", "lte")
PARTS = ("contains", "startsWith")


def meets(record: dict[str, Any], node: dict[str, Any]) -> bool:
    """Evaluate a filter in plain Python on a record as the API shows it, with instants read."""
    if "conditions" in node:
        return (all if node["operator"] == "and" else any)(meets(record, part) for part in node["conditions"])
    value, wanted = record[node["fieldSlug"]], node["value"]
    if node["operator"] == "isNull":
        return (value is None) is wanted
    if value is None and node["operator"] in (*ORDER, *PARTS):
        return False
    return bool(COMPARISONS[node["operator"]](value, wanted))


def conditions(columns: dict[str, tuple[tuple[str, ...], list[Any]]]) -> st.SearchStrategy[dict[str, Any]]:
    """Any condition on these columns, each with its operators and values to compare with."""

    @st.composite
    def condition(draw: st.DrawFn) -> dict[str, Any]:
        name = draw(st.sampled_from(sorted(columns)))
        operators, values = columns[name]
        chosen = draw(st.sampled_from(operators))
        one = st.sampled_from([value for value in values if value is not None])
        value = {"isNull": st.booleans(), "in": st.lists(one, max_size=3), "notIn": st.lists(one, max_size=3)}
        return {"fieldSlug": name, "operator": chosen, "value": draw(value.get(chosen, one))}

    return condition()


def trees(leaves: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Any condition or group, nested up to five deep."""
    tree = leaves
    for _ in range(5):
        group = st.fixed_dictionaries(
            {"operator": st.sampled_from(["and", "or"]), "conditions": st.lists(tree, min_size=1, max_size=2)}
        )
        tree = leaves | group
    return tree


STREAK_COLUMNS: dict[str, tuple[tuple[str, ...], list[Any]]] = {
    "name": ((*EQUALITY, *PARTS), NAMES),
    "status": (EQUALITY, ["draft", "live", "paused"]),
    "aggregationTargetValue": ((*EQUALITY, *ORDER), TARGETS),
    "completionTargetValue": ((*EQUALITY, *ORDER), [1, 2, 7]),
    "createdAt": ((*EQUALITY, *ORDER), INSTANTS),
    "eudTitle": ((*EQUALITY, *PARTS), NAMES),
    "eudCompletedLabel": ((*EQUALITY, *PARTS), ["Completed", "Comp", "c", "Fini", ""]),
}
MILESTONE_COLUMNS: dict[str, tuple[tuple[str, ...], list[Any]]] = {
    "rewardValidityDays": ((*EQUALITY, *ORDER), VALIDITIES),
    "oncePerMember": (EQUALITY, [True, False]),
    "couponSource": (EQUALITY, ["generated", "pool"]),
    "milestoneTargetValue": ((*EQUALITY, *ORDER), [1, 2, 3]),
}


def make_streaks() -> None:
    """Streaks of every kind of name, number and instant, with titles in English, in French, in both and in none."""
    for number, name in enumerate(NAMES):
        streak = make_streak(
            name=name,
            status=["draft", "live"][number % 2],
            aggregation_target_value=TARGETS[number % len(TARGETS)],
            completion_target_value=[1, 2, 7][number % 3],
            eud_title_en=NAMES[-number] if number % 2 else "",
            eud_title_fr=[None, "", name][number % 3],
            eud_completed_label_fr="Fini" if number % 4 == 0 else None,
        )
        Streak.objects.filter(pk=streak.pk).update(created_at=INSTANTS[number % len(INSTANTS)])


def with_instants(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "createdAt": parse_instant(record["createdAt"])}


class Records:
    """The records of a resource as the API shows them in each language, to compare what a filter leaves with."""

    def __init__(self, slug: str, languages: tuple[str, ...] = ("en",)) -> None:
        self.path = f"{slug}/record"
        self.caller = admin()
        self.shown = {
            language: self.caller.get(self.path, languageCode=language, limit="1000").data for language in languages
        }

    def check(self, tree: dict[str, Any], language: str = "en") -> None:
        """Assert that the filter leaves what plain Python leaves."""
        wanted = [record["id"] for record in self.shown[language] if meets(with_instants(record), tree)]
        query = {"filters": dump_json(tree).decode(), "languageCode": language, "fields": ["id"]}
        assert self.caller.get(self.path, **query).ids == wanted


once_for_all_examples = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@once_for_all_examples
@given(tree=trees(conditions(STREAK_COLUMNS)), language=st.sampled_from(["en", "fr", "fr-CA", "de"]))
def test_any_filter_of_streaks_gives_what_plain_python_gives(streaks, tree, language):
    streaks.check(tree, language)


@once_for_all_examples
@given(tree=trees(conditions(MILESTONE_COLUMNS)))
def test_any_filter_of_milestones_with_nulls_gives_what_plain_python_gives(milestones, tree):
    milestones.check(tree)


@pytest.fixture
def streaks() -> Records:
    """What `make_streaks` makes."""
    make_streaks()
    return Records("streak", ("en", "fr", "fr-CA", "de"))


@pytest.fixture
def milestones() -> Records:
    """Milestones with and without a validity."""
    streak = make_streak()
    for number in range(9):
        make_milestone(
            streak,
            number % 3 + 1,
            reward_validity_days=VALIDITIES[number % 3],
            once_per_member=number % 2 == 0,
            coupon_source=["generated", "pool"][number % 2],
        )
    return Records("milestone")


@pytest.mark.parametrize("column", [*STREAK_COLUMNS])
def test_every_operator_of_every_column_with_every_value_gives_what_plain_python_gives(column, streaks):
    operators, values = STREAK_COLUMNS[column]
    for name in operators:
        for value in [True, False] if name == "isNull" else values:
            wanted = [value] if name in ("in", "notIn") else value
            streaks.check({"fieldSlug": column, "operator": name, "value": wanted}, "fr")


def nested(depth: int, leaf: Any) -> Any:
    return leaf if depth == 0 else {"operator": "and", "conditions": [nested(depth - 1, leaf)]}


LIVE = {"fieldSlug": "status", "operator": "eq", "value": "live"}


def test_the_largest_filters_are_read():
    make_member("ann")
    caller = admin()
    for filters in (
        nested(5, LIVE),
        {"operator": "or", "conditions": [LIVE] * 50},
        {"fieldSlug": "externalId", "operator": "in", "value": [f"m{number}" for number in range(500)]},
        {"fieldSlug": "externalId", "operator": "in", "value": []},
        {"fieldSlug": "externalId", "operator": "contains", "value": ""},
    ):
        assert caller.get("account_user/record", filters=filters).status == 200


@pytest.mark.parametrize(
    ("operator", "found"),
    [("gt", ["cat"]), ("gte", ["bob", "cat"]), ("lt", ["ann"]), ("lte", ["ann", "bob"])],
)
def test_texts_are_before_and_after_each_other_as_they_are_sorted(operator, found):
    for name in ("cat", "ann", "bob"):
        make_member(name)
    members = admin().get(
        "account_user/record",
        filters={"fieldSlug": "externalId", "operator": operator, "value": "bob"},
        sortBy='[{"fieldSlug":"externalId","order":"ASC"}]',
    )
    assert [member["externalId"] for member in members.data] == found


@pytest.mark.parametrize(
    ("filters", "sentence"),
    [
        ("status=live", "not valid JSON"),
        ('{"fieldSlug":"status","operator":"eq","value":"live","value":"x"}', "given twice"),
        ([LIVE], "A condition is an object"),
        ({}, "cannot be filtered by"),
        ({**LIVE, "fieldSlug": "password"}, "'password' cannot be filtered by. Allowed: id, externalId"),
        ({**LIVE, "fieldSlug": "external_id"}, "cannot be filtered by"),
        ({**LIVE, "fieldSlug": "logs"}, "cannot be filtered by"),
        ({**LIVE, "fieldSlug": "logs__streak__name"}, "cannot be filtered by"),
        ({**LIVE, "fieldSlug": "status__startswith"}, "cannot be filtered by"),
        ({**LIVE, "fieldSlug": "pk"}, "cannot be filtered by"),
        ({**LIVE, "fieldSlug": ["status"]}, "cannot be filtered by"),
        ({**LIVE, "fieldSlug": None}, "cannot be filtered by"),
        ({**LIVE, "operator": "like"}, "There is no operator 'like'. Allowed: eq, ne"),
        ({**LIVE, "operator": "startswith"}, "There is no operator"),
        ({**LIVE, "operator": ["eq"]}, "There is no operator"),
        ({**LIVE, "operator": "gt"}, "“gt” cannot be used with status (choice)"),
        ({**LIVE, "operator": "contains"}, "“contains” cannot be used with status (choice)"),
        (
            {**LIVE, "fieldSlug": "createdAt", "operator": "contains"},
            "“contains” cannot be used with createdAt (instant)",
        ),
        ({**LIVE, "fieldSlug": "id", "operator": "contains"}, "“contains” cannot be used with id (id)"),
        ({**LIVE, "value": "lively"}, "status: Use one of: draft, live, paused."),
        ({**LIVE, "value": None}, "status: Use one of"),
        ({**LIVE, "value": ["live"]}, "status: Use one of"),
        ({**LIVE, "operator": "in"}, "The value of “in” is a list"),
        ({**LIVE, "operator": "in", "value": ["live"] * 501}, "at most 500"),
        ({**LIVE, "operator": "in", "value": ["live", "x"]}, "status: Use one of"),
        ({**LIVE, "operator": "isNull", "value": "true"}, "status: Use true or false."),
        ({**LIVE, "operator": "isNull", "value": 1}, "status: Use true or false."),
        ({"fieldSlug": "status", "operator": "eq"}, "has no value"),
        ({**LIVE, "negate": True}, "has no key 'negate'"),
        ({"fieldSlug": "externalId", "operator": "eq", "value": 1}, "externalId: Use a text."),
        ({"fieldSlug": "externalId", "operator": "eq", "value": "x" * 1025}, "at most 1024 characters"),
        ({"fieldSlug": "externalId", "operator": "eq", "value": "a\0"}, "NUL"),
        ({"fieldSlug": "createdAt", "operator": "gt", "value": "2026-03-01"}, "createdAt: Use an instant"),
        ({"fieldSlug": "createdAt", "operator": "gt", "value": "2026-03-01T00:00:00"}, "createdAt: Add the UTC offset"),
        ({"fieldSlug": "createdAt", "operator": "gt", "value": "0001-01-01T00:00:00+23:00"}, "no such instant"),
        ({"fieldSlug": "createdAt", "operator": "gt", "value": 1772323200}, "createdAt: Use a text."),
        ({"fieldSlug": "id", "operator": "eq", "value": "ann"}, "id: Use an id"),
        ({"operator": "and", "conditions": []}, "at least one"),
        ({"operator": "and", "conditions": {}}, "at least one"),
        ({"operator": "not", "conditions": [LIVE]}, "“and” or “or”"),
        ({"conditions": [LIVE]}, "“and” or “or”"),
        ({"operator": "and", "conditions": [LIVE], "fieldSlug": "status"}, "has no key 'fieldSlug'"),
        ({"operator": "and", "conditions": ["live"]}, "A condition is an object"),
        (nested(6, LIVE), "at most 5 levels"),
        (nested(40, LIVE), "nested too deeply"),
        ({"operator": "or", "conditions": [LIVE] * 51}, "At most 50 conditions"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_with_a_sentence(filters, sentence):
    answer = admin().get("account_user/record", filters=filters)
    assert answer.error() == (400, "validation_error")
    code = "missing_offset" if "UTC offset" in answer.body["error"]["message"] else "invalid"
    assert answer.details() == [("filters", code)]
    assert sentence in answer.body["error"]["message"]


@pytest.mark.parametrize("value", [True, "fifty", None, 10**15, 0.00001, "1_000", "NaN", [1]])
def test_a_number_is_compared_with_numbers_only(value):
    answer = admin().get(
        "streak/record", filters={"fieldSlug": "aggregationTargetValue", "operator": "gt", "value": value}
    )
    code = "missing_offset" if "UTC offset" in answer.body["error"]["message"] else "invalid"
    assert answer.details() == [("filters", code)]


def test_s7_numbers_may_be_strings_and_are_compared_exactly():
    caller = admin()
    made = caller.post("streak/record", {**SHOPPER, "aggregationTargetValue": "0.3"}).data
    for value in ("0.3", "0.3000", Decimal("0.3")):
        filters = dump_json({"fieldSlug": "aggregationTargetValue", "operator": "eq", "value": value}).decode()
        assert caller.get("streak/record", filters=filters).ids == [made["id"]]
    answer = caller.get("streak/record", filters={"fieldSlug": "completionTargetValue", "operator": "eq", "value": 7.5})
    assert "Use a whole number." in answer.body["error"]["message"]


def test_what_is_no_column_cannot_be_filtered_or_sorted_by():
    for slug in ("milestones", "eudIcon"):
        filters = {"fieldSlug": slug, "operator": "isNull", "value": False}
        assert admin().get("streak/record", filters=filters).details() == [("filters", "invalid")]


def test_s34_a_text_is_compared_as_the_reader_sees_it():
    streak = make_streak(eud_title_en="Shop", eud_title_fr="Achats")
    filters = {"fieldSlug": "eudTitle", "operator": "eq", "value": "Shop"}
    for language, ids in (("en", [str(streak.pk)]), ("de", [str(streak.pk)]), ("fr", []), ("fr-CA", [])):
        assert admin().get("streak/record", filters=filters, languageCode=language).ids == ids
    with translation.override("fr"):
        assert Streak.objects.get().eud_title == "Achats"
    assert Milestone.objects.count() == 0


def test_an_instant_without_an_offset_says_so_in_filters_as_in_a_body():
    condition = {"fieldSlug": "createdAt", "operator": "gt", "value": "2026-03-01T12:00:00"}
    group = {"operator": "or", "conditions": [condition]}
    for filters in (condition, group):
        assert admin().get("streak/record", filters=filters).details() == [("filters", "missing_offset")]
