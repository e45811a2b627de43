"""Compiled serializers render what `serializer.data` returns, in every language, and are compiled once."""

from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone, translation

from gamopanda.accounts.api.serializers import ApiKeySerializer, MemberSerializer
from gamopanda.accounts.models import ApiKey, Member
from gamopanda.api.rendering.renderers import dump_json
from gamopanda.api.serializers.base import RecordSerializer
from gamopanda.api.serializers.language import read_text
from gamopanda.api.serializers.serializer_compiler import RenderContext, compiled
from rewards.api.programme import read_programme
from rewards.api.programme_serializers import ProgrammeSerializer
from rewards.api.serializers import RewardLogSerializer
from rewards.models import RewardLog
from streaks.api.log_serializers import LogSerializer
from streaks.api.run_serializers import PlainRunSerializer, RunSerializer
from streaks.api.serializers import MilestoneSerializer, PublicMilestoneSerializer, StreakSerializer
from streaks.models import Milestone, Streak, StreakLog, StreakProgress
from streaks.models.texts import DEFAULTS
from streaks.tests.calling import admin, guest, log_body, make_member, make_milestone, make_streak

TEXTS = {"eud_title_en": "Shopper", "eud_title_pt": "Comprador", "eud_broken_label_ja": "途切れた", "eud_title_fr": ""}
RESOURCES: list[tuple[type[RecordSerializer[Any]], Any]] = [
    (StreakSerializer, Streak),
    (MilestoneSerializer, Milestone),
    (PublicMilestoneSerializer, Milestone),
    (LogSerializer, StreakLog),
    (PlainRunSerializer, StreakProgress),
    (RunSerializer, StreakProgress),
    (RewardLogSerializer, RewardLog),
    (MemberSerializer, Member),
    (ApiKeySerializer, ApiKey),
]
LANGUAGES = ("en", "de", "ja", "ar")


@pytest.fixture
def _records(time_machine: Any) -> None:
    """A completed, a broken and a running run, with rewards that are issued, expired and once per member."""
    streak = make_streak(
        completion_target_value=2, eud_title="Shopper", eud_title_de="Einkäufer", time_zone="Asia/Tokyo"
    )
    make_milestone(streak, 1, eud_title_de="Eins", reward_validity_days=1, once_per_member=True)
    make_milestone(streak, 2, coupon_source="external", eud_milestone_reward_instruction_message="Show it.")
    caller = admin()
    for day, name, value in ((1, "ann", 50), (2, "ann", 50), (3, "ann", 20), (1, "bob", "0.0001"), (4, "ann", 50)):
        time_machine.move_to(f"2026-03-0{day}T18:00:00.000250Z", tick=False)
        assert caller.post("streak_log/record", log_body(streak, day=day, of=name, value=value)).status == 201


def rendered(serializer_class: Any, records: Any, language: str, rf: Any, *, is_admin: bool) -> bytes:
    """Return what the API sends."""
    presented = serializer_class.present(list(records), now=timezone.now(), language=language)
    serializer, context = compiled(serializer_class, is_admin=is_admin), RenderContext(language, rf.get("/"))
    return dump_json([serializer.render(record, context) for record in presented])


def serialized(serializer_class: Any, records: Any, rf: Any, *, is_admin: bool) -> bytes:
    """Return what Django REST framework makes of the records by itself."""
    serializer = serializer_class(records, many=True, context={"request": rf.get("/"), "is_admin": is_admin})
    return dump_json(serializer.data)


@pytest.mark.django_db
@pytest.mark.usefixtures("_records")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("serializer_class", "model"), RESOURCES)
def test_rendered_records_are_the_data_of_their_serializer(
    serializer_class: Any, model: Any, language: str, rf: Any
) -> None:
    with translation.override(language):
        for is_admin in (True, False):
            compiled_bytes = rendered(serializer_class, model.objects.order_by("pk"), language, rf, is_admin=is_admin)
            plain = serialized(serializer_class, model.objects.order_by("pk"), rf, is_admin=is_admin)
            assert compiled_bytes == plain
            assert len(compiled_bytes) > 100


@pytest.mark.django_db
@pytest.mark.usefixtures("_records")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rendered_programme_is_the_data_of_its_serializer(language: str, rf: Any) -> None:
    members = [Member.objects.get(external_id="ann"), Member.objects.get(external_id="bob"), None]
    with translation.override(language):
        for member in members:
            programme = read_programme(member, now=timezone.now(), language=language)
            serializer, context = compiled(ProgrammeSerializer, is_admin=False), RenderContext(language, rf.get("/"))
            plain = ProgrammeSerializer(programme, context={"request": rf.get("/")}).data
            assert dump_json(serializer.render(programme, context)) == dump_json(plain)


@pytest.mark.django_db
@pytest.mark.usefixtures("_records")
def test_one_record_has_data_without_a_request_and_without_codes() -> None:
    reward = RewardLog.objects.order_by("pk")[0]
    assert RewardLogSerializer(reward).data["rewardStatus"] == "expired"
    assert "couponCode" not in RewardLogSerializer(reward).data["milestone"]
    log = LogSerializer(StreakLog.objects.earliest("activity_at", "pk")).data
    assert (log["streakProgress"]["streakProgressStatus"], len(log["achievedMilestones"])) == ("completed", 1)
    assert StreakSerializer(Streak.objects.get()).data["eudIcon"] == "/static/streaks/default-icon.svg"


@pytest.mark.django_db
@pytest.mark.usefixtures("_records")
@pytest.mark.parametrize(
    ("serializer_class", "model", "queries"),
    [(LogSerializer, StreakLog, 8), (RunSerializer, StreakProgress, 6), (RewardLogSerializer, RewardLog, 1)],
)
def test_many_records_take_a_fixed_number_of_queries(
    serializer_class: Any, model: Any, queries: int, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(queries):
        related = ["member", "milestone"] if model is RewardLog else ["member"]
        records = model.objects.select_related(*related)
        assert len(serializer_class(records, many=True).data) > 1


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_a_text_is_the_attribute_of_the_record_while_the_language_is_active_s34(language: str) -> None:
    streak = Streak(**TEXTS)
    for name in ("eud_title", "eud_description", *DEFAULTS):
        with translation.override(language):
            expected = str(getattr(streak, name))
        assert read_text(streak, Streak, name, language) == expected, name


@pytest.mark.django_db
def test_only_some_fields_are_rendered_in_the_order_of_the_resource(rf: Any) -> None:
    streak, context = make_streak(eud_title="Shopper"), RenderContext("en", rf.get("/"))
    some = compiled(StreakSerializer, is_admin=True).only({"eudIcon", "eudTitle", "id"}).render(streak, context)
    address = "http://testserver/static/streaks/default-icon.svg"
    assert list(some.items()) == [("id", streak.pk), ("eudTitle", "Shopper"), ("eudIcon", address)]
    assert compiled(StreakSerializer, is_admin=True).only({"id"}).render(streak, context) == {"id": streak.pk}


@pytest.mark.django_db
def test_a_serializer_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    make_milestone(make_streak(), 1)
    make_member("ann")
    paths = [f"{slug}/record" for slug in ("streak", "milestone", "account_user", "streak_progress", "reward_log")]

    def read_everything() -> None:
        server = admin()
        for path in paths:
            assert server.get(path, sortBy=[{"fieldSlug": "createdAt", "order": "ASC"}]).status == 200
        assert guest().get("/api/v1.0/end-user-display").status == 200

    read_everything()
    made: list[str] = []
    plain = RecordSerializer.get_fields

    def counted(serializer: Any) -> Any:
        made.append(type(serializer).__name__)
        return plain(serializer)

    monkeypatch.setattr(RecordSerializer, "get_fields", counted)
    read_everything()
    assert made == []
