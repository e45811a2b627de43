"""The whole programme on the wire: everything that a widget needs, in one answer."""

from typing import Any

from rest_framework import serializers

from gamopanda.api.renderers import write_once
from gamopanda.api.showing import Around, Reader, Shape, shape_of, worked_out
from gamopanda.widget.serializers import WidgetSerializer
from rewards.api.explained import PROGRAMME, PROGRAMME_STREAK
from rewards.api.programme import Programme, ProgrammeStreak, Rung
from rewards.api.serializers import RewardLogSerializer
from streaks.api.run_serializers import DisplaySerializer, PlainRunSerializer, TaskProgressSerializer
from streaks.api.serializers import PublicMilestoneSerializer, StreakSerializer


class RungSerializer(PublicMilestoneSerializer):
    """A milestone on the ladder: whether the shown run has reached it, and the reward that it brought, else null."""

    around = Around(Rung, "milestone")

    is_reached = serializers.BooleanField(read_only=True)
    reward_log = RewardLogSerializer(read_only=True, allow_null=True)

    class Meta(PublicMilestoneSerializer.Meta):
        """A milestone as end users see it, and what the member has of it."""

        fields = [*PublicMilestoneSerializer.Meta.fields, "is_reached", "reward_log"]


class StreaksOfProgramme(serializers.ListSerializer[Any]):
    """All live streaks; those in which a reader has done nothing are written once for all such readers in a period."""

    def show(self, programme: Programme, reader: Reader) -> list[Any]:
        """Return the streaks as the wire shows them."""
        shape = shape_of(ProgrammeStreakSerializer, is_admin=False)
        return [
            _untouched(one, shape, reader) if one.is_untouched else shape.show(one, reader) for one in programme.streaks
        ]


def _untouched(shown: ProgrammeStreak, shape: Shape, reader: Reader) -> Any:
    period = shown.task_progress.period_starts_at, shown.task_progress.period_ends_at
    kept: dict[Any, Any] = worked_out(shown.streak, (shape, reader.language, reader.absolute("/")), dict)
    written = kept.get(period)
    if written is None:
        written = write_once(shape.show(shown, reader))
        # Nobody reads what was written for an earlier period again.
        kept.clear()
        kept[period] = written
    return written


class ProgrammeStreakSerializer(StreakSerializer):
    """A live streak with its texts, its ladder of milestones, and where the reader stands in it.

    `streakProgress` is the newest run, null before the first. `taskProgress` is the current period and `display` the
    texts to show; both are there without a run too.
    """

    around = Around(ProgrammeStreak, "streak")
    explained = PROGRAMME_STREAK

    milestones = RungSerializer(many=True, read_only=True)  # type: ignore[assignment]
    streak_progress = PlainRunSerializer(read_only=True, allow_null=True)
    task_progress = TaskProgressSerializer(read_only=True)
    display = DisplaySerializer(read_only=True)

    class Meta(StreakSerializer.Meta):
        """A streak as end users see it, and where the member stands."""

        fields = [*StreakSerializer.Meta.fields, "streak_progress", "task_progress", "display"]
        list_serializer_class = StreaksOfProgramme


class ProgrammeSerializer(serializers.Serializer[Programme]):
    """All live streaks, and the reader's rewards (at most 1,000; guests have none), both newest first.

    `widget` is what a display needs beside them: its settings and its fixed texts.
    """

    explained = PROGRAMME

    languageCode = serializers.CharField(  # noqa: N815  as on the wire
        source="language", read_only=True, help_text="The language of all texts in this answer."
    )
    streaks = ProgrammeStreakSerializer(many=True, read_only=True)
    rewards = RewardLogSerializer(many=True, read_only=True)
    widget = WidgetSerializer(read_only=True)
