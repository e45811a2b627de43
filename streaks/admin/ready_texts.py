"""Texts for common purposes in every shipped language, for a streak that is new.

The amount that is left stands at the end of its sentence, so that one fits as well as many.
"""

from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from modeltranslation.utils import build_localized_fieldname

from streaks.core import messages
from streaks.models.texts import unbroken
from streaks.models.translated_texts import TRANSLATED_DEFAULTS

PURPOSES = {"spend": _("Spending money"), "visit": _("Visits"), "lesson": _("Lessons"), "minutes": _("Minutes")}

_ACHIEVED = (
    "You have completed {{currentPeriodName}} of your streak! Come back {{nextPeriodText}} to keep it going and reach "
    "the next milestone."
)
# The English defaults are those of a shop.
ENGLISH = {
    messages.MILESTONE_NEXT: "{{nextRemainingPeriodText}} to go until your next milestone!",
    messages.NON_MILESTONE_ACHIEVED: _ACHIEVED,
    messages.MILESTONE_ACHIEVED: _ACHIEVED,
    messages.COMPLETED: (
        "Congratulations! You have completed this streak! Come back {{nextPeriodText}} and start the next one."
    ),
    messages.BROKEN: "Your streak is broken. Never mind: you can start a new one today and reach the next milestone!",
}

# What is left in the open period, by language and purpose.
TO_DO: Mapping[str, Mapping[str, str]] = {
    "en": {
        "spend": "Spend {{nextRemainingValue}} more {{thisPeriodText}} to complete {{nextPeriodName}} of your streak!",
        "visit": "Visits to go {{thisPeriodText}} for {{nextPeriodName}} of your streak: {{nextRemainingValue}}",
        "lesson": ("Lessons to go {{thisPeriodText}} for {{nextPeriodName}} of your streak: {{nextRemainingValue}}"),
        "minutes": ("Minutes to go {{thisPeriodText}} for {{nextPeriodName}} of your streak: {{nextRemainingValue}}"),
    },
    "es": {
        "spend": "¡Gasta {{nextRemainingValue}} más {{thisPeriodText}} y completas {{nextPeriodName}} de tu racha!",
        "visit": (
            "Visitas que te faltan {{thisPeriodText}} para completar {{nextPeriodName}} de tu racha: "
            "{{nextRemainingValue}}"
        ),
        "lesson": (
            "Lecciones que te faltan {{thisPeriodText}} para completar {{nextPeriodName}} de tu racha: "
            "{{nextRemainingValue}}"
        ),
        "minutes": (
            "Minutos que te faltan {{thisPeriodText}} para completar {{nextPeriodName}} de tu racha: "
            "{{nextRemainingValue}}"
        ),
    },
    "fr": {
        "spend": (
            "Encore {{nextRemainingValue}} d'achats {{thisPeriodText}} pour valider {{nextPeriodName}} de votre série !"
        ),
        "visit": (
            "Visites restantes {{thisPeriodText}} pour valider {{nextPeriodName}} de votre série : "
            "{{nextRemainingValue}}"
        ),
        "lesson": (
            "Leçons restantes {{thisPeriodText}} pour {{nextPeriodName}} de votre série : {{nextRemainingValue}}"
        ),
        "minutes": (
            "Minutes restantes {{thisPeriodText}} pour valider {{nextPeriodName}} de votre série : "
            "{{nextRemainingValue}}"
        ),
    },
    "de": {
        "spend": (
            "Kaufe {{thisPeriodText}} noch für {{nextRemainingValue}} ein, dann hast du {{nextPeriodName}} deiner "
            "Serie geschafft!"
        ),
        "visit": (
            "Besuche, die dir {{thisPeriodText}} für {{nextPeriodName}} deiner Serie noch fehlen: "
            "{{nextRemainingValue}}"
        ),
        "lesson": (
            "Lektionen, die dir {{thisPeriodText}} für {{nextPeriodName}} deiner Serie noch fehlen: "
            "{{nextRemainingValue}}"
        ),
        "minutes": (
            "Minuten, die dir {{thisPeriodText}} für {{nextPeriodName}} deiner Serie noch fehlen: "
            "{{nextRemainingValue}}"
        ),
    },
    "pt": {
        "spend": (
            "Gaste mais {{nextRemainingValue}} {{thisPeriodText}} e você completa {{nextPeriodName}} da sua sequência!"
        ),
        "visit": (
            "Visitas que faltam {{thisPeriodText}} para completar {{nextPeriodName}} da sua sequência: "
            "{{nextRemainingValue}}"
        ),
        "lesson": (
            "Lições que faltam {{thisPeriodText}} para completar {{nextPeriodName}} da sua sequência: "
            "{{nextRemainingValue}}"
        ),
        "minutes": (
            "Minutos que faltam {{thisPeriodText}} para completar {{nextPeriodName}} da sua sequência: "
            "{{nextRemainingValue}}"
        ),
    },
    "ar": {
        "spend": "المتبقي للشراء {{thisPeriodText}} لتكمل {{nextPeriodName}} من سلسلتك: {{nextRemainingValue}}",
        "visit": "الزيارات المتبقية {{thisPeriodText}} لتكمل {{nextPeriodName}} من سلسلتك: {{nextRemainingValue}}",
        "lesson": "الدروس المتبقية {{thisPeriodText}} لتكمل {{nextPeriodName}} من سلسلتك: {{nextRemainingValue}}",
        "minutes": "الدقائق المتبقية {{thisPeriodText}} لتكمل {{nextPeriodName}} من سلسلتك: {{nextRemainingValue}}",
    },
    "hi": {
        "spend": (
            "{{thisPeriodText}} {{nextRemainingValue}} की और ख़रीदारी करें, फिर आपकी स्ट्रीक का {{nextPeriodName}} पूरा!"
        ),
        "visit": "{{thisPeriodText}} स्ट्रीक का {{nextPeriodName}} पूरा करने के लिए बाक़ी विज़िट: {{nextRemainingValue}}",
        "lesson": "{{thisPeriodText}} स्ट्रीक का {{nextPeriodName}} पूरा करने के लिए बाक़ी पाठ: {{nextRemainingValue}}",
        "minutes": "{{thisPeriodText}} स्ट्रीक का {{nextPeriodName}} पूरा करने के लिए बाक़ी मिनट: {{nextRemainingValue}}",
    },
    "ja": {
        "spend": (
            "{{thisPeriodText}}はあと{{nextRemainingValue}}のお買い物で、ストリーク{{nextPeriodName}}を達成できます！"
        ),
        "visit": (
            "{{thisPeriodText}}はあと{{nextRemainingValue}}回のご来店で、ストリーク{{nextPeriodName}}を達成できます！"
        ),
        "lesson": (
            "{{thisPeriodText}}はあと{{nextRemainingValue}}レッスンで、ストリーク{{nextPeriodName}}を達成できます！"
        ),
        "minutes": ("{{thisPeriodText}}はあと{{nextRemainingValue}}分で、ストリーク{{nextPeriodName}}を達成できます！"),
    },
}


def ready_texts(purpose: str) -> dict[str, str]:
    """Return field -> text for every message in every shipped language."""
    found: dict[str, str] = {}
    for code in settings.LANGUAGE_NAMES:
        written = {**(ENGLISH if code == "en" else TRANSLATED_DEFAULTS[code])}
        written[messages.NON_MILESTONE_NEXT] = TO_DO[code][purpose]
        found |= {
            build_localized_fieldname(name, code): unbroken(text)
            for name, text in written.items()
            if name in {*ENGLISH, messages.NON_MILESTONE_NEXT}
        }
    return found


def are_ready(written: Mapping[str, str]) -> bool:
    """Return whether texts, by their columns, are all as some purpose has them."""
    return any(written.items() <= ready_texts(purpose).items() for purpose in PURPOSES)
