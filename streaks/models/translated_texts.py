"""The default texts of a streak in the shipped languages beside English, for sums and counts in any currency (S62).

Members read them where nothing is written, or what is written is the English default.
"""

from collections.abc import Mapping

from streaks.core import messages
from streaks.models.texts import unbroken


def _texts(labels: tuple[str, str, str, str, str], written: Mapping[str, str], achieved: str) -> dict[str, str]:
    """Return every default of a language: labels in the order of the product page, and one text for both successes."""
    in_progress, completed, not_started, broken, details = labels
    texts = {
        "eud_in_progress_label": in_progress,
        "eud_completed_label": completed,
        "eud_not_started_label": not_started,
        "eud_broken_label": broken,
        "eud_view_details_button_text": details,
        **written,
        messages.NON_MILESTONE_ACHIEVED: achieved,
        messages.MILESTONE_ACHIEVED: achieved,
    }
    return {name: unbroken(text) for name, text in texts.items()}


SPANISH = _texts(
    ("En curso", "Completada", "Sin empezar", "Interrumpida", "Ver detalles"),
    {
        messages.NON_MILESTONE_NEXT: (
            "¡{{nextRemainingValue}} más {{thisPeriodText}} y completas {{nextPeriodName}} de tu racha!"
        ),
        messages.MILESTONE_NEXT: "¡A {{nextRemainingPeriodText}} de tu próximo hito!",
        messages.COMPLETED: (
            "¡Enhorabuena! ¡Has completado esta racha! Vuelve {{nextPeriodText}} y empieza la siguiente."
        ),
        messages.BROKEN: (
            "Tu racha se ha interrumpido. No te preocupes: ¡hoy mismo puedes empezar otra y alcanzar tu próximo hito!"
        ),
        messages.FREEZE_USED: (
            "¡Un protector ha salvado tu racha! Te {{freezesLeft|one: queda # protector|other: quedan # protectores}}."
        ),
    },
    "¡Has completado {{currentPeriodName}} de tu racha! Vuelve {{nextPeriodText}} para mantenerla y alcanzar el "
    "próximo hito.",
)
FRENCH = _texts(
    ("En cours", "Terminée", "Non commencée", "Interrompue", "Voir les détails"),
    {
        messages.NON_MILESTONE_NEXT: (
            "Encore {{nextRemainingValue}} {{thisPeriodText}} pour valider {{nextPeriodName}} de votre série !"
        ),
        messages.MILESTONE_NEXT: "Plus que {{nextRemainingPeriodText}} avant votre prochaine étape !",
        messages.COMPLETED: (
            "Félicitations ! Vous avez terminé cette série ! Revenez {{nextPeriodText}} et commencez la suivante."
        ),
        messages.BROKEN: (
            "Votre série est interrompue. Pas d'inquiétude : vous pouvez en commencer une nouvelle dès "
            "aujourd'hui et viser la prochaine étape !"
        ),
        messages.FREEZE_USED: ("Un gel a sauvé votre série ! Il vous reste {{freezesLeft|one: # gel|other: # gels}}."),
    },
    "Bravo, vous avez validé {{currentPeriodName}} de votre série ! Revenez {{nextPeriodText}} pour la "
    "poursuivre et atteindre la prochaine étape.",
)
GERMAN = _texts(
    ("Läuft", "Geschafft", "Noch nicht begonnen", "Unterbrochen", "Details ansehen"),
    {
        messages.NON_MILESTONE_NEXT: (
            "Noch {{nextRemainingValue}} {{thisPeriodText}}, dann hast du {{nextPeriodName}} deiner Serie geschafft!"
        ),
        messages.MILESTONE_NEXT: "Noch {{nextRemainingPeriodText}} bis zum nächsten Meilenstein!",
        messages.COMPLETED: (
            "Glückwunsch! Du hast diese Serie geschafft! Komm {{nextPeriodText}} wieder und starte die nächste."
        ),
        messages.BROKEN: (
            "Deine Serie ist unterbrochen. Kein Problem: Du kannst noch heute eine neue starten und den nächsten "
            "Meilenstein erreichen!"
        ),
        messages.FREEZE_USED: (
            "Dein Schutz hat deine Serie gerettet! Noch übrig: {{freezesLeft}} von {{freezeMaxCount}}."
        ),
    },
    "Du hast {{currentPeriodName}} deiner Serie geschafft! Komm {{nextPeriodText}} wieder, um sie fortzusetzen und den "
    "nächsten Meilenstein zu erreichen.",
)
PORTUGUESE = _texts(
    ("Em andamento", "Concluída", "Não iniciada", "Interrompida", "Ver detalhes"),
    {
        messages.NON_MILESTONE_NEXT: (
            "Mais {{nextRemainingValue}} {{thisPeriodText}} e você completa {{nextPeriodName}} da sua sequência!"
        ),
        messages.MILESTONE_NEXT: "Você está a {{nextRemainingPeriodText}} do próximo marco!",
        messages.COMPLETED: "Parabéns! Você completou esta sequência! Volte {{nextPeriodText}} e comece outra.",
        messages.BROKEN: (
            "Sua sequência foi interrompida. Não se preocupe: você pode começar outra hoje mesmo e alcançar o próximo "
            "marco!"
        ),
        messages.FREEZE_USED: (
            "Um protetor salvou sua sequência! Você ainda tem {{freezesLeft|one: # protetor|other: # protetores}}."
        ),
    },
    "Você completou {{currentPeriodName}} da sua sequência! Volte {{nextPeriodText}} para mantê-la e alcançar o "
    "próximo marco.",
)
ARABIC = _texts(
    ("قيد التقدم", "مكتملة", "لم تبدأ بعد", "منقطعة", "عرض التفاصيل"),
    {
        messages.NON_MILESTONE_NEXT: (
            "المتبقي {{thisPeriodText}}: {{nextRemainingValue}} لتكمل {{nextPeriodName}} من سلسلتك!"
        ),
        messages.MILESTONE_NEXT: "المتبقي حتى محطتك التالية: {{nextRemainingPeriodText}}.",
        messages.COMPLETED: "تهانينا! أكملت هذه السلسلة! عُد {{nextPeriodText}} وابدأ سلسلتك التالية.",
        messages.BROKEN: "انقطعت سلسلتك. لا تقلق، يمكنك أن تبدأ سلسلة جديدة اليوم وتبلغ محطتك التالية!",
        messages.FREEZE_USED: (
            "أنقذ التجميد سلسلتك! {{freezesLeft|zero: لم يبقَ لك أي تجميد|one: بقي لك تجميد واحد|two: بقي لك تجميدان|"
            "few: بقيت لك # تجميدات|many: بقي لك # تجميدًا|other: بقي لك # تجميد}}."
        ),
    },
    "أكملت {{currentPeriodName}} من سلسلتك! عُد {{nextPeriodText}} لتحافظ عليها وتبلغ محطتك التالية.",
)
HINDI = _texts(
    ("जारी है", "पूरी हुई", "शुरू नहीं हुई", "टूट गई", "विवरण देखें"),
    {
        messages.NON_MILESTONE_NEXT: (
            "{{thisPeriodText}} {{nextRemainingValue}} और, फिर आपकी स्ट्रीक का {{nextPeriodName}} पूरा!"
        ),
        messages.MILESTONE_NEXT: "अगले पड़ाव तक {{nextRemainingPeriodText}} बाक़ी!",
        messages.COMPLETED: "बधाई हो! आपने यह स्ट्रीक पूरी कर ली! {{nextPeriodText}} फिर आएँ और अगली स्ट्रीक शुरू करें।",
        messages.BROKEN: "आपकी स्ट्रीक टूट गई है। चिंता न करें, आप आज ही नई स्ट्रीक शुरू करके अगले पड़ाव तक पहुँच सकते हैं!",
        messages.FREEZE_USED: (
            "एक फ़्रीज़ ने आपकी स्ट्रीक बचा ली! आपके पास {{freezesLeft|one: # फ़्रीज़ बाक़ी है|other: # फ़्रीज़ बाक़ी हैं}}।"
        ),
    },
    "आपने अपनी स्ट्रीक का {{currentPeriodName}} पूरा कर लिया! इसे बनाए रखने और अगले पड़ाव तक पहुँचने के लिए "
    "{{nextPeriodText}} फिर आएँ।",
)
JAPANESE = _texts(
    ("進行中", "達成", "これから", "途切れました", "詳細を見る"),
    {
        messages.NON_MILESTONE_NEXT: (
            "{{thisPeriodText}}はあと{{nextRemainingValue}}で、ストリーク{{nextPeriodName}}を達成できます！"
        ),
        messages.MILESTONE_NEXT: "次のマイルストーンまであと{{nextRemainingPeriodText}}！",
        messages.COMPLETED: (
            "おめでとうございます！このストリークを達成しました！{{nextPeriodText}}から次のストリークを始めましょう。"
        ),
        messages.BROKEN: "ストリークが途切れてしまいました。でも大丈夫、今日から新しいストリークを始められます！",
        messages.FREEZE_USED: "フリーズでストリークが守られました！フリーズはあと{{freezesLeft}}回使えます。",
    },
    "ストリーク{{currentPeriodName}}を達成しました！{{nextPeriodText}}も続けて、次のマイルストーンを目指しましょう。",
)

TRANSLATED_DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "es": SPANISH,
    "fr": FRENCH,
    "de": GERMAN,
    "pt": PORTUGUESE,
    "ar": ARABIC,
    "hi": HINDI,
    "ja": JAPANESE,
}
"""language -> field -> text"""
