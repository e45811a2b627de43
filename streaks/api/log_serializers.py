"""Logs on the wire: what comes in, and what the answer tells of the run and of the milestones reached."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.settings import api_settings

from gamopanda.accounts.api.serializers import PersonSerializer
from gamopanda.api.errors.exceptions import invalid
from gamopanda.api.serializers.base import (
    NumberField,
    PresentingListSerializer,
    RecordSerializer,
    TextField,
    Wraps,
)
from gamopanda.api.serializers.examples import EXAMPLE_ID, example
from streaks.api.fields import PERIOD_KEY, OwnerNameField
from streaks.api.run_serializers import RunSerializer
from streaks.api.serializers import NestedMilestoneSerializer
from streaks.models import StreakLog
from streaks.presenters.logs import AchievedMilestone, LogPresenter, present_logs, read_logs
from streaks.presenters.rewards import reward_presentation
from streaks.progress.log_body import (
    IGNORED_NAMES,
    MAX_TEXT_LENGTH,
    InvalidLogBody,
    LogBody,
    StreakIdField,
    read_log_body,
)

IDENTIFIER: Mapping[str, Any] = {"max_length": MAX_TEXT_LENGTH, "trim_whitespace": False}


EXAMPLE_LOG = {
    "streakId": EXAMPLE_ID,
    "ownedBy": {"externalId": "customer-17", "firstName": "Ann"},
    "activityAt": "2026-03-01T18:30:00+01:00",
    "activityId": "made_a_purchase",
    "uniqueIdentifier": "order-4711",
    "activityValue": 29.5,
}


class ActivityMeta:
    """What a log is in a body and in an answer."""

    model = StreakLog
    extra_kwargs: ClassVar[dict[str, Any]] = {
        "activity_at": example("2026-03-01T18:30:00+01:00"),
        "activity_id": {**IDENTIFIER, **example("made_a_purchase")},
        "unique_identifier": {**IDENTIFIER, **example("order-4711")},
    }


class ActivityValueField(NumberField):
    """The amount that a log adds."""

    def __init__(self, **kwargs: Any) -> None:
        help_text = StreakLog._meta.get_field("activity_value").help_text
        super().__init__(**{"allow_null": True, "help_text": help_text, **example(29.5), **kwargs})


class NewLogSerializer(RecordSerializer[StreakLog]):
    """One activity of one member; it is permanent."""

    either = ("ownedById", "ownedBy")

    streak_id = StreakIdField(
        help_text="The id of the streak, which must be live.", **example(EXAMPLE_ID, format="uuid")
    )
    owned_by_id = TextField(
        source="owner",
        required=False,
        allow_null=True,
        help_text="Our id of the member or, failing that, its external id.",
        **IDENTIFIER,
        **example("customer-17"),
    )
    owned_by = PersonSerializer(
        source="person",
        required=False,
        allow_null=True,
        help_text="The member, created (live) when none has this external id; else its empty fields are filled.",
    )
    activity_value = ActivityValueField(required=False)

    class Meta(ActivityMeta):
        """The body of the facts page; what an answer shows beside it is ignored, so that a read log can be sent."""

        fields = [
            "streak_id",
            "owned_by_id",
            "owned_by",
            "activity_at",
            "activity_id",
            "unique_identifier",
            "activity_value",
        ]
        ignored_fields = IGNORED_NAMES
        validators: list[Any] = []

    def run_validation(self, data: Any = serializers.empty) -> LogBody:
        return self.to_internal_value(data)

    def to_internal_value(self, data: Any) -> LogBody:
        try:
            return read_log_body(data)
        except InvalidLogBody as error:
            raise refuse_body(error) from error


def refuse_body(error: InvalidLogBody) -> serializers.ValidationError:
    """Return the API's error for a body that cannot be read."""
    details: dict[str, list[ErrorDetail]] = {}
    for problem in error.problems:
        name = problem.field or api_settings.NON_FIELD_ERRORS_KEY
        details.setdefault(name, []).append(ErrorDetail(problem.message, code=problem.code))
    return serializers.ValidationError(details)


@extend_schema_field(NewLogSerializer)
class UncheckedField(serializers.Field[Any, Any, Any, Any]):
    """Whatever JSON has, to be checked by itself later."""

    def to_internal_value(self, data: Any) -> Any:
        return data


class LogBatchSerializer(serializers.Serializer[Any]):
    """The body of a batch: `records`, each of them checked by itself."""

    records = serializers.ListField(
        child=UncheckedField(allow_null=True),
        min_length=1,
        max_length=1000,
        help_text="Bodies of single logs; each is checked and recorded by itself.",
    )

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what is beside the records."""
        beside = [name for name in data if name != "records"] if isinstance(data, Mapping) else []
        if beside:
            raise invalid(beside[0], "There is no such field. Allowed: records.", "unknown_field")
        return super().to_internal_value(data)


@extend_schema_field({"$ref": "#/components/schemas/Refusal"})
class RefusalField(serializers.DictField):
    """`code`, `message` and `details`."""


class AchievedMilestoneSerializer(NestedMilestoneSerializer):
    """A milestone reached, with its reward."""

    wraps = Wraps(AchievedMilestone, "milestone")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        reward = reward_presentation().serializer(
            source="reward_log",
            read_only=True,
            allow_null=True,
            help_text="The reward for it; null where the member had it already.",
        )
        return {**super().get_fields(), "rewardLog": reward}


class LogOutcomeSerializer(serializers.Serializer[Any]):
    """What became of one record of a batch: its id, or that of the log that it repeats, or what is wrong with it."""

    index = serializers.IntegerField(help_text="The place of the record in the batch, from 0.", **example(0, minimum=0))
    status = serializers.ChoiceField(
        choices=["created", "duplicate", "rejected"],
        help_text="created, duplicate (recorded before, nothing was changed) or rejected.",
    )
    id = serializers.UUIDField(required=False, help_text="The id of the new log, when created.")
    existingId = serializers.UUIDField(  # noqa: N815  as on the wire
        required=False, help_text="The id of the log that was recorded before, when duplicate."
    )
    achievedMilestones = AchievedMilestoneSerializer(  # noqa: N815  as on the wire
        many=True,
        required=False,
        help_text="Every milestone that the log reached, in order of target, when created.",
    )
    error = RefusalField(required=False, help_text="Why it was refused, when rejected.")


class LogBatchOutcomeSerializer(serializers.Serializer[Any]):
    """What became of a batch."""

    created = serializers.IntegerField(help_text="How many logs were recorded.", **example(2, minimum=0))
    duplicates = serializers.IntegerField(help_text="How many had been recorded before.", **example(1, minimum=0))
    rejected = serializers.IntegerField(help_text="How many were refused.", **example(1, minimum=0))
    results = LogOutcomeSerializer(many=True, help_text="What became of each record, in order.")


class LogSerializer(RecordSerializer[StreakLog]):
    """A log, its period, the run that it belongs to, and the milestones that it reached.

    `achievedMilestone` is the highest of `achievedMilestones`.
    """

    wraps = Wraps(LogPresenter, "log")
    streak_id = serializers.UUIDField(read_only=True, help_text="The id of the streak.")
    owned_by_id = serializers.UUIDField(source="member_id", read_only=True, help_text="The id of the member.")
    external_id = OwnerNameField()
    activity_value = ActivityValueField(read_only=True)
    period_key = serializers.DateField(read_only=True, help_text=PERIOD_KEY)
    streak_progress = RunSerializer(read_only=True, help_text="The run that the log belongs to.")
    achieved_milestone = NestedMilestoneSerializer(
        read_only=True, allow_null=True, help_text="The highest milestone that this log reached; null when none."
    )
    achieved_milestones = AchievedMilestoneSerializer(
        many=True, read_only=True, help_text="Every milestone that this log reached, in order of target."
    )

    class Meta(ActivityMeta):
        """The body, and what followed from it."""

        fields = [
            "id",
            "streak_id",
            "owned_by_id",
            "external_id",
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
        reward = reward_presentation().serializer(
            source="achieved_milestone_reward_log",
            read_only=True,
            allow_null=True,
            help_text="The reward for achievedMilestone; null when there is none.",
        )
        return {**super().get_fields(), "achievedMilestoneRewardLog": reward}
