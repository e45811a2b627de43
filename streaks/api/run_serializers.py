"""Runs on the wire, with the current period and the texts that the end user reads."""

# ruff: noqa: N815  names as on the wire

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gamopanda.accounts.api.queries import MemberQuerySerializer, external_ids
from gamopanda.api.naming import camel_case
from gamopanda.api.serializers.base import (
    DictionarySerializer,
    InstantField,
    NumberField,
    PresentingListSerializer,
    RecordSerializer,
    SwitchField,
    Wraps,
)
from gamopanda.api.serializers.examples import EXAMPLE_ID, example
from streaks.api.fields import PERIOD_KEY, OwnerNameField, StreakField
from streaks.core import messages, runs
from streaks.core.messages import Situation
from streaks.core.periods import PeriodKind
from streaks.models import MAX_PERIODS, RunStatus, StreakProgress
from streaks.models.phrases import ENGLISH, words_for
from streaks.models.texts import DEFAULTS
from streaks.presenters.current_period import CurrentPeriod
from streaks.presenters.protection import read_protection
from streaks.presenters.runs import RunPresenter, present_runs, read_clock


class TaskProgressSerializer(serializers.Serializer[CurrentPeriod]):
    """The current period on the streak's clock, and what the member has done in it."""

    periodKey = serializers.DateField(source="period_key", read_only=True, help_text=PERIOD_KEY)
    periodStartsAt = InstantField(
        source="period_starts_at",
        read_only=True,
        help_text="When the period began, in UTC.",
        **example("2026-03-01T05:00:00Z"),
    )
    periodEndsAt = InstantField(
        source="period_ends_at",
        read_only=True,
        help_text="When the period ends and the next one begins, in UTC.",
        **example("2026-03-02T05:00:00Z"),
    )
    currentValue = NumberField(
        source="current_value",
        read_only=True,
        help_text="The member's total in the period, in the unit of activityValue, or a number of logs.",
        **example(29.5),
    )
    targetValue = NumberField(
        source="target_value",
        read_only=True,
        help_text="The streak's aggregationTargetValue, in the same unit.",
        **example(50),
    )
    remainingValue = NumberField(
        source="remaining_value",
        read_only=True,
        help_text="What is missing, in the same unit, never below 0.",
        **example(20.5, minimum=0),
    )
    status = serializers.ChoiceField(
        choices=["in_progress", "completed", "excused"],
        read_only=True,
        help_text="completed when the target is met, else excused on a rest day, else in_progress.",
    )


# The page of the product has this situation as its example.
_SITUATION = Situation(
    runs.RunStatus.IN_PROGRESS,
    3,
    Decimal("29.50"),
    False,
    Decimal(50),
    completion_target=7,
    milestones=(5,),
    freezes_left=1,
    freeze_max_count=2,
)
_WORDS = words_for(ENGLISH, PeriodKind.DAILY)
_VARIABLES = messages.variables(_SITUATION, _WORDS)


def _render(text: str) -> str:
    return messages.render(messages.with_english_plural(text), _VARIABLES, _WORDS.plural_category)


def _object_of_texts(texts: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Return the schema of an object with a text of each name, given its meaning and an example."""
    properties = {
        name: {"type": "string", "description": meaning, "examples": [text]} for name, (meaning, text) in texts.items()
    }
    return {"type": "object", "properties": properties, "required": list(texts), "additionalProperties": False}


@extend_schema_field(
    _object_of_texts(
        {name: (f"{one.meaning.capitalize()}.", _VARIABLES[name]) for name, one in messages.VARIABLES.items()}
    )
)
class VariablesField(serializers.DictField):
    """The values of the template variables."""


@extend_schema_field(
    _object_of_texts(
        {camel_case(name): (f"The text of {camel_case(name)}.", _render(DEFAULTS[name])) for name in messages.MESSAGES}
    )
)
class RenderedMessagesField(serializers.DictField):
    """Every message with its variables filled in."""


class DisplaySerializer(DictionarySerializer):
    """The texts that the end user reads, each in the language of the reader if it is there, and named beside it.

    `messages` are to be shown now, the most important first; `variables` are the values of the template variables,
    written for people; `rendered` has every message, for clients that choose themselves.
    """

    statusLabel = serializers.CharField(
        read_only=True, help_text="The streak's label for the status of the run.", **example("In Progress")
    )
    statusLabelLanguage = serializers.CharField(
        read_only=True, help_text="The language that the label is written in.", **example("en")
    )
    messages = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="What to show now, the most important first.",
        **example(["Shop for $20.50 or more to complete the day 4 streak!"]),
    )
    messageLanguages = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="The language that each message is written in, in the order of the messages.",
        **example(["en"]),
    )
    variables = VariablesField(
        child=serializers.CharField(),
        read_only=True,
        help_text="The values of the template variables, written for people in the reader's language.",
    )
    rendered = RenderedMessagesField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Every message with its variables filled in, for clients that choose themselves.",
    )


PROTECTION = (
    "is_perfect",
    "frozen_periods",
    "excused_periods",
    "freezes_left",
    "freezes_max",
    "is_protected",
    "break_reason",
    "freeze_declined",
    "current_period_ends_at",
)


class PlainRunSerializer(RecordSerializer[StreakProgress]):
    """One attempt at a streak, with its status at the time of the answer."""

    unique_identifier = serializers.CharField(
        read_only=True,
        help_text="<streakId>:<ownedById>; unique among the runs in progress.",
        **example(f"{EXAMPLE_ID}:{EXAMPLE_ID}"),
    )
    streak_id = serializers.UUIDField(read_only=True, help_text="The id of the streak.")
    owned_by_id = serializers.UUIDField(source="member_id", read_only=True, help_text="The id of the member.")
    external_id = OwnerNameField()
    streak_progress_status = serializers.ChoiceField(
        choices=RunStatus.choices,
        source="status",
        read_only=True,
        help_text="in_progress, completed or broken, by the clock: a run past its deadline is broken.",
    )
    streak_broken_at = InstantField(
        source="broken_at",
        read_only=True,
        allow_null=True,
        help_text="When the period ended that broke the run, in UTC; else null.",
        **example("2026-03-05T05:00:00Z"),
    )
    streak_breaks_at = InstantField(
        source="due_at",
        read_only=True,
        allow_null=True,
        help_text=(
            "When the run will break if nothing more comes, in UTC; null when it is over, while the streak is "
            "paused, and where the streak ends before."
        ),
        **example("2026-03-05T05:00:00Z"),
    )

    is_perfect = SwitchField(
        source="protection.is_perfect",
        read_only=True,
        help_text="Whether no period of the run was frozen or excused.",
        **example(True),
    )
    frozen_periods = serializers.ListField(
        child=serializers.DateField(),
        source="protection.frozen_periods",
        read_only=True,
        help_text="The periods that a freeze saved, each by its first local date.",
        **example(["2026-03-02"]),
    )
    excused_periods = serializers.ListField(
        child=serializers.DateField(),
        source="protection.excused_periods",
        read_only=True,
        help_text="The periods that were excused and not completed, each by its first local date.",
        **example(["2026-03-07"]),
    )
    freezes_left = serializers.IntegerField(
        source="protection.freezes_left",
        read_only=True,
        help_text="How many freezes the member has in the streak now.",
        **example(1, minimum=0),
    )
    freezes_max = serializers.IntegerField(
        source="protection.freezes_max",
        read_only=True,
        help_text="The streak's freezeMaxCount: how many freezes a member can have.",
        **example(2, minimum=0),
    )
    is_protected = SwitchField(
        source="protection.is_protected",
        read_only=True,
        help_text="Whether a freeze saves the run if nothing more comes in the current period.",
        **example(False),
    )
    break_reason = serializers.ChoiceField(
        choices=["missed"],
        source="protection.break_reason",
        read_only=True,
        allow_null=True,
        help_text="Why the run broke: a period was missed; null when it is not broken.",
        **example("missed"),
    )
    freeze_declined = serializers.ChoiceField(
        choices=["none_left", "run_too_short"],
        source="protection.freeze_declined",
        read_only=True,
        allow_null=True,
        help_text="Why no freeze saved a broken run; null when it is not broken, or the streak has no freezes.",
        **example("none_left"),
    )
    current_period_ends_at = InstantField(
        source="protection.current_period_ends_at",
        read_only=True,
        help_text="When the current period ends, in UTC.",
        **example("2026-03-05T05:00:00Z"),
    )

    class Meta:
        """The fields of the facts page, the deadline, and what saved the run."""

        model = StreakProgress
        fields = [
            "id",
            "unique_identifier",
            "streak_id",
            "owned_by_id",
            "external_id",
            "streak_progress_status",
            "current_progress_value",
            "streak_started_at",
            "streak_completed_at",
            "streak_broken_at",
            "streak_breaks_at",
            *PROTECTION,
            "created_at",
            "updated_at",
        ]
        extra_kwargs = {
            "current_progress_value": {
                "help_text": "How many periods of the run are completed.",
                **example(3, minimum=0, maximum=MAX_PERIODS),
            },
            "streak_started_at": {"help_text": "When the first activity of the run happened, in UTC."},
            "streak_completed_at": {
                "help_text": "When the activity that completed the run happened, in UTC; else null.",
                **example("2026-03-07T17:30:00Z"),
            },
        }

    @classmethod
    def present(cls, records: Sequence[Any], *, now: datetime, language: str) -> Sequence[Any]:
        """Add the status by the clock."""
        for run in records:
            if not hasattr(run, "status"):
                read_clock(run, run.streak, now)
        unread = [run for run in records if not hasattr(run, "protection")]
        read_protection(unread, now)
        return records


class RunSerializer(PlainRunSerializer):
    """A run with the current period and the texts that the end user reads."""

    wraps = Wraps(RunPresenter, "run")

    task_progress = TaskProgressSerializer(
        read_only=True, help_text="The current period; a run that is over has one too."
    )
    display = DisplaySerializer(read_only=True, help_text="The texts for the member.")

    class Meta(PlainRunSerializer.Meta):
        fields = [*PlainRunSerializer.Meta.fields, "task_progress", "display"]
        list_serializer_class = PresentingListSerializer

    @classmethod
    def present(cls, records: Sequence[Any], *, now: datetime, language: str) -> Sequence[Any]:
        """Add the current period and the texts."""
        if all(isinstance(record, RunPresenter) for record in records):
            return records
        return present_runs(records, now=now, language=language)


class RunQuerySerializer(MemberQuerySerializer):
    """Which runs are asked for: those of many members in one streak."""

    streakId = StreakField(help_text="The id of the streak.", **example(EXAMPLE_ID, format="uuid"))
    externalIds = external_ids(max_length=1000)


NEWEST_RUNS = {"type": "array", "items": {"anyOf": [{"$ref": "#/components/schemas/Run"}, {"type": "null"}]}}
"""The answer to a query for the newest runs of members, in the API's own description."""
