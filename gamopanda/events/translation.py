"""Which texts of reminders are written in every language (S34)."""

from modeltranslation.translator import TranslationOptions, register

from gamopanda.events.reminder_models import ReminderRule


@register(ReminderRule)
class ReminderRuleTranslation(TranslationOptions):
    """What the member reads."""

    fields = ("subject", "text")
    fallback_values = ""
