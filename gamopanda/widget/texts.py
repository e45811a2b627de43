"""The fixed texts of the panel: their names, what they are for, and which text a reader gets (S34).

What a marketer has written in the reader's language comes first, then what is shipped in it. An edited English text
never takes the place of a shipped German one.
"""

from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from gamopanda.widget.shipped import SHIPPED

TITLE_LENGTH = 48
TEXT_LENGTH = 160

PURPOSES = {
    "launcher_title": _("Button in the corner of the page"),
    "panel_title": _("Heading of the panel"),
    "streaks_tab": _("Tab: streaks"),
    "rewards_tab": _("Tab: rewards"),
    "close_button": _("Button: close the panel"),
    "back_button": _("Button: back to all streaks"),
    "loading": _("While the answer is on its way"),
    "unavailable": _("When the server cannot be reached"),
    "retry_button": _("Button: try again"),
    "signed_out": _("When the member has to sign in again"),
    "sign_in_message": _("Call to guests"),
    "sign_in_button": _("Button: sign in"),
    "no_streaks": _("When no streak is live"),
    "no_rewards": _("When the member has no reward yet"),
    "untitled_streak": _("A streak without a title"),
    "untitled_reward": _("A reward without a title"),
    "today": _("Progress of a day"),
    "this_week": _("Progress of a week"),
    "this_month": _("Progress of a month"),
    "progress": _("How much of the target is reached"),
    "completed_periods": _("How many periods are completed"),
    "time_left": _("Until the streak breaks"),
    "mark_done": _("Mark of a period: done"),
    "mark_now": _("Mark of a period: the present one"),
    "mark_missed": _("Mark of a period: missed"),
    "mark_to_come": _("Mark of a period: to come"),
    "mark_milestone": _("Mark of a period: a milestone"),
    "milestones_heading": _("Heading of the milestones"),
    "milestone_reached": _("A milestone that is reached"),
    "milestone_to_go": _("A milestone that lies ahead"),
    "milestone_celebration": _("When a milestone is reached"),
    "view_reward_button": _("Button: view the reward"),
    "new_rewards": _("Badge on the button in the corner"),
    "rewards_ready": _("Heading: rewards to use"),
    "rewards_used": _("Heading: used rewards"),
    "rewards_expired": _("Heading: expired rewards"),
    "reward_pending": _("A reward whose code is not there yet"),
    "copy_button": _("Button: copy the code"),
    "copied": _("After the code was copied"),
    "copy_failed": _("When the browser does not let the code be copied"),
    "how_to_redeem": _("Heading: how to redeem"),
    "valid_until": _("Until when a reward is valid"),
    "used_on": _("When a reward was used"),
    "expired_on": _("When a reward expired"),
    "use_code_button": _("Button: use the code at the checkout"),
    "mark_frozen": _("Mark of a period: saved by a freeze"),
    "mark_excused": _("Mark of a period: excused"),
    "mark_rest": _("Mark of a period: rest day"),
    "freezes_left": _("How many freezes are left"),
    "freeze_reward": _("How many freezes a milestone gives"),
    "protected_now": _("When a freeze would save the streak"),
    "excused_now": _("When the present period need not be completed"),
    "freeze_none_left": _("A broken streak: no freeze was left"),
    "freeze_run_too_short": _("A broken streak: too short for a freeze"),
    "starts_on": _("A streak that has not begun"),
    "ended_on": _("A streak that has ended"),
    "break_button": _("Button: take a break"),
    "break_first_day": _("A break: its first day"),
    "break_last_day": _("A break: its last day"),
    "break_save_button": _("Button: save the break"),
    "break_cancel_button": _("Button: take no break after all"),
    "break_saved": _("After the break was saved"),
    "break_refused": _("When the break cannot be taken"),
    "break_failed": _("When the break could not be sent"),
}
"""Name of a text -> what it is for."""

VARIABLES = {
    "progress": ("value", "target"),
    "completed_periods": ("value", "target"),
    "time_left": ("time",),
    "milestone_to_go": ("count",),
    "new_rewards": ("count",),
    "valid_until": ("date",),
    "used_on": ("date",),
    "expired_on": ("date",),
    "freezes_left": ("count", "maximum"),
    "freeze_reward": ("count",),
    "protected_now": ("period",),
    "excused_now": ("period",),
    "starts_on": ("date",),
    "ended_on": ("date",),
}
"""Name of a text -> the variables, written `{{value}}`, that it may contain."""


def length_limit(key: str) -> int:
    """Return how many characters a text may have."""
    return TITLE_LENGTH if key == "launcher_title" else TEXT_LENGTH


def languages_to_try(language: str) -> list[str]:
    """Return the languages in which a text is looked for, nearest first: `pt-br`, `pt`, the default (S34)."""
    parts = language.split("-")
    nearest = ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return list(dict.fromkeys([*nearest, settings.LANGUAGE_CODE]))


def pick_text(key: str, written: Mapping[str, str], language: str) -> str:
    """Return the text for a reader: `written` is what the marketer has, by language; empty ones count as none."""
    for code in languages_to_try(language):
        text = written.get(code) or SHIPPED.get(code, {}).get(key)
        if text:
            return text
    raise LookupError(f"The text {key} is shipped in no language.")
