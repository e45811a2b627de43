"""The café of the product page: at least 2 purchases every week for 4 weeks in a row; it has no milestones."""

from datetime import timedelta
from uuid import UUID

from gamopanda.demo.campaign import Activity, Campaign
from gamopanda.demo.labels import LABELS
from streaks.core import messages

TEXTS = {
    "eud_title": {
        "en": "Weekly Regular",
        "es": "Cliente de cada semana",
        "fr": "L'habitué de la semaine",
        "de": "Stammgast der Woche",
        "pt": "Cliente de toda semana",
        "ar": "زبون كل أسبوع",
        "hi": "हर हफ़्ते के मेहमान",
        "ja": "ウィークリー常連さん",
    },
    "eud_description": {
        "en": ("Buy something in our café at least twice a week, 4 weeks in a row. Each purchase counts as one visit."),
        "es": (
            "Compra algo en nuestra cafetería al menos 2 veces por semana durante 4 semanas seguidas. Cada compra "
            "cuenta "
            "como una visita."
        ),
        "fr": (
            "Prenez quelque chose dans notre café au moins 2 fois par semaine, 4 semaines d'affilée. Chaque achat "
            "compte "
            "pour une visite."
        ),
        "de": (
            "Kauf mindestens zweimal pro Woche etwas in unserem Café, 4 Wochen in Folge. Jeder Einkauf zählt als ein "
            "Besuch."
        ),
        "pt": (
            "Compre algo no nosso café pelo menos 2 vezes por semana, por 4 semanas seguidas. Cada compra conta como "
            "uma "
            "visita."
        ),
        "ar": "اشتر من مقهانا مرتين على الأقل كل أسبوع لمدة 4 أسابيع متتالية. كل عملية شراء تحتسب زيارة واحدة.",
        "hi": "लगातार 4 हफ़्ते, हर हफ़्ते कम से कम 2 बार हमारे कैफ़े से कुछ ख़रीदें। हर ख़रीदारी एक विज़िट गिनी जाती है।",
        "ja": "4週間連続で、毎週2回以上カフェをご利用ください。お買い上げ1回につき来店1回と数えます。",
    },
    messages.NON_MILESTONE_NEXT: {
        "en": (
            "Visits still to go this {{periodText}}: {{nextRemainingValue}}. Come by and complete {{periodText}} "
            "{{nextProgressValue}} of your streak!"
        ),
        "es": (
            "Visitas que faltan esta {{periodText}}: {{nextRemainingValue}}. ¡Ven y completa la {{periodText}} "
            "{{nextProgressValue}} de tu racha!"
        ),
        "fr": (
            "Visites restantes cette {{periodText}} : {{nextRemainingValue}}. Passez nous voir et validez la "
            "{{periodText}} {{nextProgressValue}} de votre série !"
        ),
        "de": (
            "Noch offene Besuche in dieser {{periodText}}: {{nextRemainingValue}}. Komm vorbei und schaffe "
            "{{periodText}} {{nextProgressValue}} deiner Serie!"
        ),
        "pt": (
            "Visitas que faltam nesta {{periodText}}: {{nextRemainingValue}}. Venha e complete a {{periodText}} "
            "{{nextProgressValue}} da sua sequência!"
        ),
        "ar": (
            "الزيارات المتبقية هذا الأسبوع: {{nextRemainingValue}}. "
            "مر علينا وأكمل الأسبوع رقم {{nextProgressValue}} من سلسلتك!"
        ),
        "hi": (
            "इस हफ़्ते की बाकी विज़िट: {{nextRemainingValue}}। आइए और अपनी स्ट्रीक का हफ़्ता {{nextProgressValue}} पूरा कीजिए!"
        ),
        "ja": (
            "今週の残り来店回数：{{nextRemainingValue}}回。"
            "ご来店いただき、ストリーク{{nextProgressValue}}週目を達成しましょう！"
        ),
    },
    messages.MILESTONE_NEXT: {
        "en": (
            "Visits still to go this {{periodText}}: {{nextRemainingValue}}. Weeks to your next reward: "
            "{{nextRemainingPeriod}}."
        ),
        "es": (
            "Visitas que faltan esta {{periodText}}: {{nextRemainingValue}}. Semanas que faltan para tu próxima "
            "recompensa: {{nextRemainingPeriod}}."
        ),
        "fr": (
            "Visites restantes cette {{periodText}} : {{nextRemainingValue}}. Semaines restantes avant votre "
            "prochaine "
            "récompense : {{nextRemainingPeriod}}."
        ),
        "de": (
            "Noch offene Besuche in dieser {{periodText}}: {{nextRemainingValue}}. Wochen bis zu deiner nächsten "
            "Belohnung: {{nextRemainingPeriod}}."
        ),
        "pt": (
            "Visitas que faltam nesta {{periodText}}: {{nextRemainingValue}}. Semanas até a sua próxima recompensa: "
            "{{nextRemainingPeriod}}."
        ),
        "ar": (
            "الزيارات المتبقية هذا الأسبوع: {{nextRemainingValue}}. "
            "الأسابيع المتبقية حتى مكافأتك التالية: {{nextRemainingPeriod}}."
        ),
        "hi": "इस हफ़्ते की बाकी विज़िट: {{nextRemainingValue}}। अगले इनाम तक बचे हफ़्ते: {{nextRemainingPeriod}}।",
        "ja": "今週の残り来店回数：{{nextRemainingValue}}回。次の特典まであと{{nextRemainingPeriod}}週。",
    },
    messages.NON_MILESTONE_ACHIEVED: {
        "en": (
            "You have completed {{periodText}} {{currentProgressValue}} of your streak! Come back next "
            "{{periodText}} to "
            "keep it going."
        ),
        "es": (
            "¡Has completado la {{periodText}} {{currentProgressValue}} de tu racha! Vuelve la próxima "
            "{{periodText}} "
            "para mantenerla."
        ),
        "fr": (
            "Bravo, {{periodText}} {{currentProgressValue}} validée ! Revenez la {{periodText}} prochaine pour "
            "poursuivre votre série."
        ),
        "de": (
            "Du hast {{periodText}} {{currentProgressValue}} deiner Serie geschafft! Komm nächste {{periodText}} "
            "wieder, "
            "um sie fortzusetzen."
        ),
        "pt": (
            "Você completou a {{periodText}} {{currentProgressValue}} da sua sequência! Volte na próxima "
            "{{periodText}} "
            "para mantê-la."
        ),
        "ar": "لقد أكملت الأسبوع رقم {{currentProgressValue}} من سلسلتك! عد الأسبوع القادم لتحافظ عليها.",
        "hi": ("आपने अपनी स्ट्रीक का हफ़्ता {{currentProgressValue}} पूरा कर लिया! इसे बनाए रखने के लिए अगले हफ़्ते फिर आइए।"),
        "ja": (
            "ストリーク{{currentProgressValue}}週目を達成しました！来週もご来店いただき、ストリークをつなぎましょう。"
        ),
    },
    messages.MILESTONE_ACHIEVED: {
        "en": (
            "You have completed {{periodText}} {{currentProgressValue}} and earned a reward! Come back next "
            "{{periodText}} to keep your streak going."
        ),
        "es": (
            "¡Enhorabuena! Con la {{periodText}} {{currentProgressValue}} has ganado una recompensa. Vuelve la "
            "próxima "
            "{{periodText}} para mantener tu racha."
        ),
        "fr": (
            "Félicitations ! Avec la {{periodText}} {{currentProgressValue}}, vous avez gagné une récompense. "
            "Revenez la "
            "{{periodText}} prochaine pour poursuivre votre série."
        ),
        "de": (
            "Glückwunsch! Mit {{periodText}} {{currentProgressValue}} hast du eine Belohnung verdient. Komm nächste "
            "{{periodText}} wieder, um deine Serie fortzusetzen."
        ),
        "pt": (
            "Parabéns! Com a {{periodText}} {{currentProgressValue}}, você ganhou uma recompensa. Volte na próxima "
            "{{periodText}} para manter a sua sequência."
        ),
        "ar": (
            "تهانينا! بإكمال الأسبوع رقم {{currentProgressValue}} حصلت على مكافأة. عد الأسبوع القادم لتحافظ على سلسلتك."
        ),
        "hi": (
            "बधाई हो! हफ़्ता {{currentProgressValue}} पूरा करके आपने एक इनाम जीता है। अपनी स्ट्रीक बनाए रखने के लिए अगले हफ़्ते "
            "फिर आइए।"
        ),
        "ja": (
            "おめでとうございます！{{currentProgressValue}}週目を達成し、特典を獲得しました。"
            "来週もご来店いただき、ストリークをつなぎましょう。"
        ),
    },
    messages.COMPLETED: {
        "en": (
            "Congratulations! You have completed this streak and are one of our regulars now! Come back next "
            "{{periodText}} and start your next streak."
        ),
        "es": (
            "¡Enhorabuena! Has completado esta racha y ya eres de la casa. Vuelve la próxima {{periodText}} y "
            "empieza la "
            "siguiente."
        ),
        "fr": (
            "Félicitations ! Vous avez terminé cette série et faites maintenant partie des habitués. Revenez la "
            "{{periodText}} prochaine et commencez la suivante."
        ),
        "de": (
            "Glückwunsch! Du hast diese Serie geschafft und gehörst jetzt zu unseren Stammgästen. Komm nächste "
            "{{periodText}} wieder und starte die nächste."
        ),
        "pt": (
            "Parabéns! Você completou esta sequência e já é de casa. Volte na próxima {{periodText}} e comece a "
            "próxima."
        ),
        "ar": "تهانينا! لقد أكملت هذه السلسلة وأصبحت من زبائننا الدائمين. عد الأسبوع القادم وابدأ سلسلتك التالية.",
        "hi": ("बधाई हो! आपने यह स्ट्रीक पूरी कर ली है और अब आप हमारे ख़ास मेहमान हैं। अगले हफ़्ते फिर आइए और अगली स्ट्रीक शुरू कीजिए।"),
        "ja": (
            "おめでとうございます！このストリークを達成し、すっかり常連さんです。"
            "来週もご来店いただき、次のストリークを始めましょう。"
        ),
    },
    messages.BROKEN: {
        "en": "Your streak has been broken. Don't worry, you can start a new one today: the coffee is ready!",
        "es": "Tu racha se ha interrumpido. No te preocupes, hoy mismo puedes empezar otra: ¡el café está listo!",
        "fr": (
            "Votre série est interrompue. Pas d'inquiétude, vous pouvez en commencer une nouvelle dès aujourd'hui : "
            "le "
            "café est prêt !"
        ),
        "de": (
            "Deine Serie ist unterbrochen. Kein Problem, du kannst noch heute eine neue starten: Der Kaffee ist fertig!"
        ),
        "pt": (
            "Sua sequência foi interrompida. Não se preocupe, você pode começar outra hoje mesmo: o café está pronto!"
        ),
        "ar": "انقطعت سلسلتك. لا تقلق، يمكنك أن تبدأ سلسلة جديدة اليوم: القهوة جاهزة!",
        "hi": "आपकी स्ट्रीक टूट गई है। चिंता न करें, आप आज ही नई स्ट्रीक शुरू कर सकते हैं: कॉफ़ी तैयार है!",
        "ja": (
            "ストリークが途切れてしまいました。でも大丈夫、今日から新しいストリークを始められます。"
            "コーヒーをご用意してお待ちしています！"
        ),
    },
}

WEEKLY_REGULAR = Campaign(
    id=UUID("01990000-0000-7000-8000-000000000002"),
    fields={
        "name": "Weekly Regular",
        "description": "Rewards café customers who make at least 2 purchases every week for 4 consecutive weeks.",
        "aggregation_method": "count",
        "aggregation_period": "weekly",
        "aggregation_target_value": 2,
        "completion_target_value": 4,
        "time_zone": "Europe/Berlin",
    },
    texts={**LABELS, **TEXTS},
    activity=Activity("visited_store", "visit", rhythm=timedelta(days=2, hours=1)),
)
