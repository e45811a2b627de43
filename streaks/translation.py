"""Which texts and pictures of a streak and a milestone there are in every language (S34).

Reading falls back from `pt-br` to `pt` to the default language, and last to the default of the product page.
"""

from modeltranslation.translator import TranslationOptions, register

from streaks.models import Milestone, Streak
from streaks.models.texts import DEFAULTS


@register(Streak)
class StreakTranslation(TranslationOptions):
    """Every text that the end user reads, and the icon; the name is the marketer's own."""

    fields = ("eud_title", "eud_description", "eud_icon", *DEFAULTS)
    fallback_values = {"eud_title": "", "eud_description": "", **DEFAULTS}


@register(Milestone)
class MilestoneTranslation(TranslationOptions):
    """Every text that the end user reads."""

    fields = ("eud_title", "eud_description", "eud_milestone_reward_instruction_message")
    fallback_values = ""
