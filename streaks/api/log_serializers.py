"""Logs on the wire: what comes in, and what the answer tells of the run and of the milestones reached."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gamopanda.accounts.api.explained import PERSON
from gamopanda.accounts.models import Member
from gamopanda.api.exceptions import invalid
from gamopanda.api.explaining import part
from gamopanda.api.serializers import (
    InstantField,
    NumberField,
    PresentingListSerializer,
    RecordSerializer,
    TextField,
    Wraps,
)
from streaks.api.explained import BATCH, BATCH_OUTCOME, LOG, LOG_OUTCOME, NEW_LOG
from streaks.api.fields import read_id
from streaks.api.run_serializers import RunSerializer
from streaks.api.serializers import NestedMilestoneSerializer
from streaks.models import StreakLog
from streaks.presenters.logs import AchievedMilestone, LogPresenter, present_logs, read_logs
from streaks.presenters.rewards import reward_presentation

IDENTIFIER: Mapping[str, Any] = {"max_length": 256, "trim_whitespace": False}


class StreakIdField(serializers.CharField):
    """The id of a streak; whether there is one is found out where the log is recorded."""

    def to_internal_value(self, data: Any) -> Any:
        """Read the id."""
        streak_id = read_id(data)
        if streak_id is None:
            raise serializers.ValidationError("There is no streak with this id.", code="not_found")
        return streak_id


class PersonSerializer(RecordSerializer[Member]):
    """`ownedBy`: the member who did it, made (live) when there is none with this external id, else left as it is."""

    explained = PERSON

    class Meta:
        """What can be told of a new member."""

        model = Member
        fields = ["external_id", "first_name", "last_name", "email", "phone_number"]
        extra_kwargs = {"external_id": {"trim_whitespace": False, "validators": []}}


class NewLogSerializer(RecordSerializer[StreakLog]):
    """The body of a log. Exactly one of `ownedById` and `ownedBy` says whose it is."""

    explained = NEW_LOG

    streak_id = StreakIdField()
    owned_by_id = TextField(
        source="owner",
        required=False,
        allow_null=True,
        help_text="Our id of the member or, failing that, its external id.",
        **IDENTIFIER,
    )
    owned_by = PersonSerializer(source="person", required=False, allow_null=True)
    activity_at = InstantField(help_text="When it happened, with a UTC offset.")
    activity_id = TextField(help_text="The kind of event, such as made_a_purchase.", **IDENTIFIER)
    unique_identifier = TextField(help_text="This one event, such as an order number.", **IDENTIFIER)
    activity_value = NumberField(required=False, allow_null=True, help_text="Required where the streak adds up values.")

    class Meta:
        """The body of the facts page; what an answer shows beside it is ignored, so that a read log can be sent."""

        model = StreakLog
        fields = [
            "streak_id",
            "owned_by_id",
            "owned_by",
            "activity_at",
            "activity_id",
            "unique_identifier",
            "activity_value",
        ]
        ignored_fields = [
            "id",
            "createdAt",
            "updatedAt",
            "periodKey",
            "streakProgress",
            "achievedMilestone",
            "achievedMilestoneRewardLog",
            "achievedMilestones",
        ]
        validators: list[Any] = []

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Leave exactly one owner."""
        given = {name: value for name, value in attrs.items() if value is not None}
        if "owner" not in given and "person" not in given:
            raise invalid("ownedById", "Say whose activity it is: send ownedById, or ownedBy.", "required")
        if "owner" in given and "person" in given:
            raise invalid("ownedById", "Send either ownedById or ownedBy, not both.")
        return given


@extend_schema_field(NewLogSerializer)
class UncheckedField(serializers.Field[Any, Any, Any, Any]):
    """Whatever JSON has, to be checked by itself later."""

    def to_internal_value(self, data: Any) -> Any:
        """Take it as it is."""
        return data


class LogBatchSerializer(serializers.Serializer[Any]):
    """The body of a batch: `records`, each of them checked by itself."""

    explained = BATCH

    records = serializers.ListField(child=UncheckedField(allow_null=True), min_length=1, max_length=1000)

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what is beside the records."""
        beside = [name for name in data if name != "records"] if isinstance(data, Mapping) else []
        if beside:
            raise invalid(beside[0], "There is no such field. Allowed: records.", "unknown_field")
        return super().to_internal_value(data)


@extend_schema_field({"$ref": "#/components/schemas/Refusal"})
class RefusalField(serializers.DictField):
    """`code`, `message` and `details`."""


class LogOutcomeSerializer(serializers.Serializer[Any]):
    """What became of one record of a batch: its id, or that of the log that it repeats, or what is wrong with it."""

    explained = LOG_OUTCOME

    index = serializers.IntegerField(help_text="Its place in the batch, from 0.")
    status = serializers.ChoiceField(choices=["created", "duplicate", "rejected"])
    id = serializers.UUIDField(required=False)
    existingId = serializers.UUIDField(required=False)  # noqa: N815  as on the wire
    error = RefusalField(required=False, help_text="`code`, `message` and `details`, as in any error.")


class LogBatchOutcomeSerializer(serializers.Serializer[Any]):
    """What became of a batch."""

    explained = BATCH_OUTCOME

    created = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    rejected = serializers.IntegerField()
    results = LogOutcomeSerializer(many=True)


class AchievedMilestoneSerializer(NestedMilestoneSerializer):
    """A milestone reached, with its reward."""

    wraps = Wraps(AchievedMilestone, "milestone")
    explained = {"rewardLog": part("The reward that it brought; null where the member had it already.")}

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add the reward as the rewards app shows it."""
        reward = reward_presentation().serializer(source="reward_log", read_only=True, allow_null=True)
        return {**super().get_fields(), "rewardLog": reward}


class LogSerializer(RecordSerializer[StreakLog]):
    """A log, its period, the run that it belongs to, and the milestones that it reached.

    `achievedMilestone` is the highest of `achievedMilestones`.
    """

    wraps = Wraps(LogPresenter, "log")
    explained = LOG

    streak_id = serializers.UUIDField(read_only=True)
    owned_by_id = serializers.UUIDField(source="member_id", read_only=True)
    activity_value = NumberField(read_only=True, allow_null=True)
    streak_progress = RunSerializer(read_only=True)
    achieved_milestone = NestedMilestoneSerializer(read_only=True, allow_null=True)
    achieved_milestones = AchievedMilestoneSerializer(many=True, read_only=True)

    class Meta:
        """The body, and what followed from it."""

        model = StreakLog
        fields = [
            "id",
            "streak_id",
            "owned_by_id",
            "activity_at",
            "activity_id",
            "unique_identifier",
            "activity_value",
            "period_key",
            "streak_progress",
            "achieved_milestone",
            "achieved_milestones",
            "created_at",
            "updated_at",
        ]
        list_serializer_class = PresentingListSerializer

    @classmethod
    def present(cls, records: Sequence[Any], *, now: datetime, language: str) -> Sequence[Any]:
        """Add the run of each log and the milestones that it reached."""
        if all(isinstance(record, LogPresenter) for record in records):
            return records
        if not all(hasattr(record, "run_id") for record in records):
            found = read_logs().in_bulk([record.pk for record in records])
            records = [found[record.pk] for record in records]
        return present_logs(records, now=now, language=language)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add the reward of the highest milestone as the rewards app shows it."""
        reward = reward_presentation().serializer(
            source="achieved_milestone_reward_log", read_only=True, allow_null=True
        )
        return {**super().get_fields(), "achievedMilestoneRewardLog": reward}
