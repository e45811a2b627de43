"""The whole programme on the wire: everything that a widget needs, in one answer."""

from typing import Any

from rest_framework import serializers

from gamopanda.accounts.api.queries import MemberQuerySerializer, external_ids
from gamopanda.api.rendering.renderers import write_once
from gamopanda.api.serializers.base import PresentingListSerializer, Wraps
from gamopanda.api.serializers.examples import example
from gamopanda.api.serializers.memoising import memoise
from gamopanda.api.serializers.serializer_compiler import CompiledSerializer, RenderContext, compiled
from gamopanda.widget.serializers import WidgetSerializer
from rewards.api.programme import MilestoneProgress, Programme, ProgrammeStreak
from rewards.api.serializers import RewardLogSerializer
from streaks.api.run_serializers import DisplaySerializer, PlainRunSerializer, TaskProgressSerializer
from streaks.api.serializers import PublicMilestoneSerializer, StreakSerializer


class MilestoneProgressSerializer(PublicMilestoneSerializer):
    """A milestone: whether the displayed run has reached it, and the reward for it, else null."""

    wraps = Wraps(MilestoneProgress, "milestone")

    is_reached = serializers.BooleanField(
        read_only=True, help_text="Whether the displayed run has reached it.", **example(True)
    )
    reward_log = RewardLogSerializer(
        read_only=True, allow_null=True, help_text="The reward for it; null when there is none."
    )

    class Meta(PublicMilestoneSerializer.Meta):
        """A milestone as end users see it, and what the member has of it."""

        fields = [*PublicMilestoneSerializer.Meta.fields, "is_reached", "reward_log"]


class ProgrammeStreakListSerializer(PresentingListSerializer):
    """All live streaks; those without activity of the reader are encoded once for all such readers in a period."""

    def render_record(self, programme: Programme, context: RenderContext) -> list[Any]:
        serializer = compiled(ProgrammeStreakSerializer, is_admin=False)
        return [
            _untouched(one, serializer, context) if one.is_untouched else serializer.render(one, context)
            for one in programme.streaks
        ]


def _untouched(streak: ProgrammeStreak, serializer: CompiledSerializer, context: RenderContext) -> Any:
    period = streak.task_progress.period_starts_at, streak.task_progress.period_ends_at
    cached: dict[Any, Any] = memoise(streak.streak, (serializer, context.language, context.absolute_url("/")), dict)
    encoded = cached.get(period)
    if encoded is None:
        encoded = write_once(serializer.render(streak, context))
        # Earlier periods are over for every reader.
        cached.clear()
        cached[period] = encoded
    return encoded


class ProgrammeStreakSerializer(StreakSerializer):
    """A live streak with its texts, its ladder of milestones, and where the reader stands in it.

    `streakProgress` is the newest run, null before the first. `taskProgress` is the current period and `display` the
    texts to show; both are there without a run too.
    """

    wraps = Wraps(ProgrammeStreak, "streak")

    milestones = MilestoneProgressSerializer(  # type: ignore[assignment]
        many=True,
        read_only=True,
        help_text="The live milestones in order of target, with what the reader has reached and earned.",
    )
    streak_progress = PlainRunSerializer(
        read_only=True, allow_null=True, help_text="The reader's newest run; null before the first, and for guests."
    )
    task_progress = TaskProgressSerializer(read_only=True, help_text="The current period, also without a run.")
    display = DisplaySerializer(read_only=True, help_text="The texts to show, also without a run.")

    class Meta(StreakSerializer.Meta):
        """A streak as end users see it, and where the member stands."""

        fields = [*StreakSerializer.Meta.fields, "streak_progress", "task_progress", "display"]
        list_serializer_class = ProgrammeStreakListSerializer


class ProgrammeSerializer(serializers.Serializer[Programme]):
    """All live streaks, and the reader's rewards (at most 1,000; guests have none), both newest first.

    `widget` is what a display needs beside them: its settings and its fixed texts.
    """

    languageCode = serializers.CharField(  # noqa: N815  as on the wire
        source="language", read_only=True, help_text="The language of all texts in this answer.", **example("en")
    )
    streaks = ProgrammeStreakSerializer(many=True, read_only=True, help_text="All live streaks, newest first.")
    rewards = RewardLogSerializer(
        many=True, read_only=True, help_text="The reader's rewards, at most 1,000, newest first; none for guests."
    )
    widget = WidgetSerializer(read_only=True, help_text="The settings of the end-user display, and its fixed texts.")


class DisplayQuerySerializer(MemberQuerySerializer):
    """Whose displays are asked for."""

    externalIds = external_ids(max_length=50)  # noqa: N815  as on the wire
