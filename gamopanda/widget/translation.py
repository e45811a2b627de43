"""Which texts of the panel are written in every language (S34)."""

from modeltranslation.translator import TranslationOptions, register

from gamopanda.widget.models import WidgetText


@register(WidgetText)
class WidgetTextTranslation(TranslationOptions):
    """Nothing falls back here: `gamopanda.widget.texts` looks among the shipped texts as well."""

    fields = ("text",)
    fallback_languages = {"default": ()}
    fallback_values = ""
