"""The learning app of the product page: at least 1 lesson per day for 30 days in a row."""

from datetime import timedelta
from uuid import UUID

from gamopanda.demo.campaign import Activity, Campaign, Checkpoint
from gamopanda.demo.labels import LABELS
from streaks.core import messages

TEXTS = {
    "eud_title": {
        "en": "Daily Learner",
        "es": "Una lección al día",
        "fr": "Une leçon par jour",
        "de": "Jeden Tag lernen",
        "pt": "Uma lição por dia",
        "ar": "درس كل يوم",
        "hi": "हर दिन एक पाठ",
        "ja": "まいにちレッスン",
    },
    "eud_description": {
        "en": (
            "Complete at least 1 lesson per day for 30 days in a row. Days 7, 14 and 30 unlock bigger and bigger "
            "course "
            "discounts."
        ),
        "es": (
            "Completa al menos 1 lección al día durante 30 días seguidos. Los días 7, 14 y 30 desbloquean descuentos "
            "cada "
            "vez mayores en cursos."
        ),
        "fr": (
            "Terminez au moins 1 leçon par jour pendant 30 jours d'affilée. Les jours 7, 14 et 30 débloquent des "
            "remises "
            "de plus en plus fortes sur les cours."
        ),
        "de": (
            "Schließe 30 Tage in Folge mindestens 1 Lektion pro Tag ab. Die Tage 7, 14 und 30 schalten immer größere "
            "Kursrabatte frei."
        ),
        "pt": (
            "Conclua pelo menos 1 lição por dia durante 30 dias seguidos. Os dias 7, 14 e 30 liberam descontos cada "
            "vez "
            "maiores em cursos."
        ),
        "ar": (
            "أكمل درسًا واحدًا على الأقل كل يوم لمدة 30 يومًا متتالية. "
            "الأيام 7 و14 و30 تفتح لك خصومات متزايدة على الدورات."
        ),
        "hi": ("लगातार 30 दिन, हर दिन कम से कम 1 पाठ पूरा करें। 7वें, 14वें और 30वें दिन पर कोर्स की छूट बढ़ती जाती है।"),
        "ja": (
            "30日間連続で、毎日1レッスン以上を修了しましょう。"
            "7日目、14日目、30日目に、だんだん大きくなる講座割引がもらえます。"
        ),
    },
    messages.NON_MILESTONE_NEXT: {
        "en": (
            "Lessons still to go today: {{nextRemainingValue}}. Keep learning to complete {{periodText}} "
            "{{nextProgressValue}} of your streak!"
        ),
        "es": (
            "Lecciones que faltan hoy: {{nextRemainingValue}}. ¡Sigue aprendiendo y completa el {{periodText}} "
            "{{nextProgressValue}} de tu racha!"
        ),
        "fr": (
            "Leçons restantes aujourd'hui : {{nextRemainingValue}}. Continuez et validez le {{periodText}} "
            "{{nextProgressValue}} de votre série !"
        ),
        "de": (
            "Noch offene Lektionen heute: {{nextRemainingValue}}. Lerne weiter und schaffe {{periodText}} "
            "{{nextProgressValue}} deiner Serie!"
        ),
        "pt": (
            "Lições que faltam hoje: {{nextRemainingValue}}. Continue aprendendo e complete o {{periodText}} "
            "{{nextProgressValue}} da sua sequência!"
        ),
        "ar": (
            "الدروس المتبقية اليوم: {{nextRemainingValue}}. واصل التعلم لتكمل اليوم رقم {{nextProgressValue}} من "
            "سلسلتك!"
        ),
        "hi": (
            "आज के बाकी पाठ: {{nextRemainingValue}}। सीखते रहें और अपनी स्ट्रीक का {{periodText}} {{nextProgressValue}} "
            "पूरा करें!"
        ),
        "ja": (
            "今日の残りレッスン数：{{nextRemainingValue}}。"
            "学習を続けて、ストリーク{{nextProgressValue}}{{periodText}}目を達成しましょう！"
        ),
    },
    messages.MILESTONE_NEXT: {
        "en": (
            "Lessons still to go today: {{nextRemainingValue}}. Days to your next course discount: "
            "{{nextRemainingPeriod}}."
        ),
        "es": (
            "Lecciones que faltan hoy: {{nextRemainingValue}}. Días que faltan para tu próximo descuento: "
            "{{nextRemainingPeriod}}."
        ),
        "fr": (
            "Leçons restantes aujourd'hui : {{nextRemainingValue}}. Jours restants avant votre prochaine remise : "
            "{{nextRemainingPeriod}}."
        ),
        "de": (
            "Noch offene Lektionen heute: {{nextRemainingValue}}. Tage bis zu deinem nächsten Kursrabatt: "
            "{{nextRemainingPeriod}}."
        ),
        "pt": (
            "Lições que faltam hoje: {{nextRemainingValue}}. Dias até o seu próximo desconto: {{nextRemainingPeriod}}."
        ),
        "ar": (
            "الدروس المتبقية اليوم: {{nextRemainingValue}}. "
            "الأيام المتبقية حتى خصمك التالي على الدورات: {{nextRemainingPeriod}}."
        ),
        "hi": "आज के बाकी पाठ: {{nextRemainingValue}}। कोर्स की अगली छूट तक बचे दिन: {{nextRemainingPeriod}}।",
        "ja": "今日の残りレッスン数：{{nextRemainingValue}}。次の講座割引まであと{{nextRemainingPeriod}}日。",
    },
    messages.NON_MILESTONE_ACHIEVED: {
        "en": (
            "You have completed {{periodText}} {{currentProgressValue}} of your streak! Come back tomorrow for the "
            "next "
            "lesson."
        ),
        "es": (
            "¡Has completado el {{periodText}} {{currentProgressValue}} de tu racha! Vuelve mañana para la próxima "
            "lección."
        ),
        "fr": ("Bravo, {{periodText}} {{currentProgressValue}} validé ! Revenez demain pour la prochaine leçon."),
        "de": (
            "Du hast {{periodText}} {{currentProgressValue}} deiner Serie geschafft! Komm morgen zur nächsten "
            "Lektion "
            "wieder."
        ),
        "pt": (
            "Você completou o {{periodText}} {{currentProgressValue}} da sua sequência! Volte amanhã para a próxima "
            "lição."
        ),
        "ar": "لقد أكملت اليوم رقم {{currentProgressValue}} من سلسلتك! عد غدًا إلى الدرس التالي.",
        "hi": "आपने अपनी स्ट्रीक का {{periodText}} {{currentProgressValue}} पूरा कर लिया! अगले पाठ के लिए कल फिर आएँ।",
        "ja": (
            "ストリーク{{currentProgressValue}}{{periodText}}目を達成しました！明日も次のレッスンでお待ちしています。"
        ),
    },
    messages.MILESTONE_ACHIEVED: {
        "en": (
            "You have completed {{periodText}} {{currentProgressValue}} and unlocked a course discount! Come back "
            "tomorrow to keep your streak going."
        ),
        "es": (
            "¡Enhorabuena! Con el {{periodText}} {{currentProgressValue}} has desbloqueado un descuento. Vuelve "
            "mañana "
            "para mantener tu racha."
        ),
        "fr": (
            "Félicitations ! Avec le {{periodText}} {{currentProgressValue}}, vous avez débloqué une remise. Revenez "
            "demain pour poursuivre votre série."
        ),
        "de": (
            "Glückwunsch! Mit {{periodText}} {{currentProgressValue}} hast du einen Kursrabatt freigeschaltet. Komm "
            "morgen wieder, um deine Serie fortzusetzen."
        ),
        "pt": (
            "Parabéns! Com o {{periodText}} {{currentProgressValue}}, você liberou um desconto. Volte amanhã para "
            "manter "
            "a sua sequência."
        ),
        "ar": (
            "تهانينا! بإكمال اليوم رقم {{currentProgressValue}} حصلت على خصم على الدورات. عد غدًا لتحافظ على سلسلتك."
        ),
        "hi": (
            "बधाई हो! {{periodText}} {{currentProgressValue}} पूरा करके आपने कोर्स की छूट पाई है। अपनी स्ट्रीक बनाए रखने के "
            "लिए कल "
            "फिर आएँ।"
        ),
        "ja": (
            "おめでとうございます！{{currentProgressValue}}{{periodText}}目を達成し、講座割引を獲得しました。"
            "明日もレッスンを続けましょう。"
        ),
    },
    messages.COMPLETED: {
        "en": (
            "Congratulations! You have learned for 30 days in a row! Come back for another lesson and start your "
            "next "
            "streak."
        ),
        "es": (
            "¡Enhorabuena! ¡Has aprendido durante 30 días seguidos! Vuelve para otra lección y empieza tu próxima "
            "racha."
        ),
        "fr": (
            "Félicitations ! Vous avez appris pendant 30 jours d'affilée ! Revenez pour une autre leçon et commencez "
            "votre prochaine série."
        ),
        "de": (
            "Glückwunsch! Du hast 30 Tage in Folge gelernt! Komm zu einer weiteren Lektion wieder und starte deine "
            "nächste Serie."
        ),
        "pt": (
            "Parabéns! Você aprendeu por 30 dias seguidos! Volte para outra lição e comece a sua próxima sequência."
        ),
        "ar": "تهانينا! لقد تعلمت 30 يومًا متتاليًا! عد إلى درس جديد وابدأ سلسلتك التالية.",
        "hi": "बधाई हो! आपने लगातार 30 दिन सीखा! एक और पाठ के लिए आएँ और अपनी अगली स्ट्रीक शुरू करें।",
        "ja": ("おめでとうございます！30日間連続で学習しました！またレッスンを受けて、次のストリークを始めましょう。"),
    },
    messages.BROKEN: {
        "en": "Your streak has been broken. Don't worry, you can start a new one today: one lesson is enough!",
        "es": "Tu racha se ha interrumpido. No te preocupes, hoy mismo puedes empezar otra: ¡basta una lección!",
        "fr": (
            "Votre série est interrompue. Pas d'inquiétude, vous pouvez en commencer une nouvelle dès aujourd'hui : "
            "une "
            "leçon suffit !"
        ),
        "de": (
            "Deine Serie ist unterbrochen. Kein Problem, du kannst noch heute eine neue starten: Eine Lektion genügt!"
        ),
        "pt": "Sua sequência foi interrompida. Não se preocupe, você pode começar outra hoje mesmo: basta uma lição!",
        "ar": "انقطعت سلسلتك. لا تقلق، يمكنك أن تبدأ سلسلة جديدة اليوم: درس واحد يكفي!",
        "hi": "आपकी स्ट्रीक टूट गई है। चिंता न करें, आप आज ही नई स्ट्रीक शुरू कर सकते हैं: एक पाठ ही काफ़ी है!",
        "ja": ("ストリークが途切れてしまいました。でも大丈夫、1レッスンで今日から新しいストリークを始められます！"),
    },
}

INSTRUCTIONS = {
    "en": "Enter this code when you book your next course.",
    "es": "Introduce este código al reservar tu próximo curso.",
    "fr": "Saisissez ce code en réservant votre prochain cours.",
    "de": "Gib diesen Code ein, wenn du deinen nächsten Kurs buchst.",
    "pt": "Digite este código ao reservar o seu próximo curso.",
    "ar": "أدخل هذا الرمز عند حجز دورتك القادمة.",
    "hi": "अपना अगला कोर्स बुक करते समय यह कोड डालें।",
    "ja": "次の講座をお申し込みの際に、このコードを入力してください。",
}

COURSE_CODES = tuple(
    f"LEARN20-{word}"
    for word in ("QUARTZ", "MAPLE", "HARBOR", "CEDAR", "MEADOW", "TOPAZ", "RIVER", "AMBER", "WILLOW", "COMET")
)


def course_discount(*, day: int, percent: int, pool: tuple[str, ...] = (), **fields: object) -> Checkpoint:
    """Return the milestone that unlocks `percent` off a course on `day`."""
    return Checkpoint(
        fields={
            "name": f"Day {day}: {percent}% off a course",
            "description": f"{day} lessons on {day} days in a row unlock {percent}% off.",
            "milestone_target_value": day,
            **fields,
        },
        texts={
            "eud_title": {
                "en": f"{percent}% off a course",
                "es": f"{percent} % de descuento en un curso",
                "fr": f"{percent} % de remise sur un cours",
                "de": f"{percent} % Rabatt auf einen Kurs",
                "pt": f"{percent}% de desconto em um curso",
                "ar": f"خصم {percent}% على دورة",
                "hi": f"एक कोर्स पर {percent}% की छूट",
                "ja": f"講座{percent}%割引",
            },
            "eud_description": {
                "en": f"{day} days of learning in a row earn {percent}% off a course of your choice.",
                "es": f"{day} días seguidos aprendiendo te dan un {percent} % de descuento en el curso que elijas.",
                "fr": f"{day} jours de leçons d'affilée vous offrent {percent} % de remise sur un cours au choix.",
                "de": f"{day} Lerntage in Folge bringen dir {percent} % Rabatt auf einen Kurs deiner Wahl.",
                "pt": f"{day} dias seguidos de estudo valem {percent}% de desconto em um curso à sua escolha.",
                "ar": f"التعلم لعدد {day} من الأيام المتتالية يمنحك خصم {percent}% على دورة من اختيارك.",
                "hi": f"लगातार {day} दिन सीखने पर आपको अपनी पसंद के एक कोर्स पर {percent}% की छूट मिलती है।",
                "ja": f"{day}日連続の学習で、お好きな講座が{percent}%割引になります。",
            },
            "eud_milestone_reward_instruction_message": INSTRUCTIONS,
        },
        pool=pool,
    )


DAILY_LEARNER = Campaign(
    id=UUID("01990000-0000-7000-8000-000000000004"),
    fields={
        "name": "Daily Learner",
        "description": "Rewards students who complete at least 1 lesson per day for 30 consecutive days.",
        "aggregation_method": "count",
        "aggregation_period": "daily",
        "aggregation_target_value": 1,
        "completion_target_value": 30,
        "time_zone": "Asia/Kolkata",
    },
    texts={**LABELS, **TEXTS},
    activity=Activity("completed_lesson", "lesson", rhythm=timedelta(hours=2)),
    checkpoints=(
        course_discount(day=7, percent=10, coupon_source="generated", coupon_prefix="LEARN10-", reward_validity_days=7),
        course_discount(
            day=14,
            percent=20,
            coupon_source="pool",
            reward_validity_days=30,
            pool=COURSE_CODES,
        ),
        # One code only: the second member waits until the marketer uploads more (S23).
        course_discount(
            day=30, percent=40, coupon_source="pool", reward_validity_days=90, pool=("LEARN40-SUMMIT-7936",)
        ),
    ),
)
