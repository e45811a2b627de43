"""Which texts and pictures of a streak and a milestone there are in every language (S34).

Reading falls back from `pt-br` to `pt` to the default language, and last to the default text in the language of the
reader.
"""

from modeltranslation.translator import TranslationOptions, register

from gamopanda.api.serializers.language import DefaultText
from streaks.models import Milestone, Streak
from streaks.models.texts import DEFAULTS
from streaks.models.translated_texts import TRANSLATED_DEFAULTS

_DEFAULTS = {
    name: DefaultText(text, {code: texts[name] for code, texts in TRANSLATED_DEFAULTS.items()})
    for name, text in DEFAULTS.items()
}


@register(Streak)
class StreakTranslation(TranslationOptions):
    """Every text that the end user reads, and the icon; the name is the marketer's own."""

    fields = ("eud_title", "eud_description", "eud_icon", *DEFAULTS)
    fallback_values = {"eud_title": "", "eud_description": ""} | {
        name: text.in_active_language for name, text in _DEFAULTS.items()
    }
    fallback_undefined = {"eud_title": "", "eud_description": "", **_DEFAULTS}


@register(Milestone)
class MilestoneTranslation(TranslationOptions):
    """Every text that the end user reads."""

    fields = ("eud_title", "eud_description", "eud_milestone_reward_instruction_message")
    fallback_values = ""
