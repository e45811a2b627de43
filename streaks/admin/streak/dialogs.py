"""Dialogs before an action on streaks: they say what happens, and to how many members."""

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.forms import BaseDialogForm

from gamopanda.api.models import Status
from streaks.models import RunStatus, Streak, StreakProgress
from streaks.presenters.results import StreakNumbers, numbers_of_streaks, recent_round

# More runs than these are not counted while somebody waits.
MOST_COUNTED = 10_000


def members_sentence(*streaks: Streak) -> str:
    """Say how many members have a run in progress in some streaks: of very many, as last counted."""
    now = timezone.now()
    recent_round(now=now)
    numbers = numbers_of_streaks()
    number = sum(numbers.get(streak.pk, StreakNumbers()).alive for streak in streaks)
    if number < MOST_COUNTED:
        runs = StreakProgress.objects.by_status(now).filter(streak__in=streaks, status=RunStatus.IN_PROGRESS)
        number = runs.order_by()[:MOST_COUNTED].count()
    return ngettext("%(number)s member is under way.", "%(number)s members are under way.", number) % {"number": number}


def duplicate_sentence(*streaks: Streak) -> str:
    """Say what copying streaks means for members."""
    return f"{members_sentence(*streaks)} {_('They stay where they are: a copy begins without members.')}"


def restore_sentence(*streaks: Streak) -> str:
    """Say what restoring streaks means for members."""
    if any(streak.status == Status.LIVE for streak in streaks):
        return (
            f"{members_sentence(*streaks)} {_('Members see what is live again, and it accepts activity from now on.')}"
        )
    return f"{members_sentence(*streaks)} {_('Members see nothing of a streak until it is live.')}"


class MembersDialogForm(BaseDialogForm):
    """A dialog that says how many members it concerns."""

    def render_before_template(self) -> str:
        """Say it above the button."""
        streak = Streak.objects.get(pk=self.object_id)
        return format_html('<p class="mt-4 font-semibold">{}</p>', self.sentence(streak))

    def sentence(self, streak: Streak) -> str:
        return members_sentence(streak)


class DuplicateForm(MembersDialogForm):
    """The dialog before a streak is copied."""

    def sentence(self, streak: Streak) -> str:
        return duplicate_sentence(streak)


class RestoreForm(MembersDialogForm):
    """The dialog before a streak is shown again."""

    def sentence(self, streak: Streak) -> str:
        return restore_sentence(streak)
