"""The café of the product page: at least 2 purchases every week for 4 weeks in a row; it has no milestones."""

from datetime import timedelta
from uuid import UUID

from gamopanda.demo.campaign import Activity, Campaign
from gamopanda.demo.next_reward import NEXT_REWARD
from streaks.core import messages

TEXTS = {
    "eud_title": {
        "en": "Weekly Regular",
        "es": "Cliente de cada semana",
        "fr": "Fidèle chaque semaine",
        "de": "Jede Woche Stammgast",
        "pt": "Cliente de toda semana",
        "ar": "زيارة كل أسبوع",
        "hi": "हर हफ़्ते के मेहमान",
        "ja": "ウィークリー常連さん",
    },
    "eud_description": {
        "en": "Buy something in our café at least twice a week, 4 weeks in a row. Each purchase counts as one visit.",
        "es": (
            "Compra algo en nuestra cafetería al menos 2 veces por semana durante 4 semanas seguidas. Cada compra "
            "cuenta como una visita."
        ),
        "fr": (
            "Prenez quelque chose dans notre café au moins 2 fois par semaine, 4 semaines d'affilée. Chaque achat "
            "compte pour une visite."
        ),
        "de": (
            "Kauf mindestens zweimal pro Woche etwas in unserem Café, 4 Wochen in Folge. Jeder Einkauf zählt als ein "
            "Besuch."
        ),
        "pt": (
            "Compre algo no nosso café pelo menos 2 vezes por semana, por 4 semanas seguidas. Cada compra conta como "
            "uma visita."
        ),
        "ar": "اشتر من مقهانا مرتين على الأقل كل أسبوع لمدة 4 أسابيع متتالية. كل عملية شراء تحتسب زيارة واحدة.",
        "hi": ("लगातार 4 हफ़्ते, हर हफ़्ते कम से कम 2 बार हमारे कैफ़े से कुछ ख़रीदें। हर ख़रीदारी एक विज़िट गिनी जाती है।"),
        "ja": "4週間連続で、毎週2回以上カフェをご利用ください。お買い上げ1回につき来店1回と数えます。",
    },
    messages.NON_MILESTONE_NEXT: {
        "en": (
            "Visits still to go {{thisPeriodText}}: {{nextRemainingValue}}. Come by and complete {{nextPeriodName}} "
            "of your streak!"
        ),
        "es": (
            "Visitas restantes {{thisPeriodText}}: {{nextRemainingValue}}. ¡Ven y completa {{nextPeriodName}} de tu "
            "racha!"
        ),
        "fr": (
            "Visites restantes {{thisPeriodText}} : {{nextRemainingValue}}. Passez nous voir et validez "
            "{{nextPeriodName}} de votre série !"
        ),
        "de": (
            "Noch offene Besuche {{thisPeriodText}}: {{nextRemainingValue}}. Komm vorbei und schaffe "
            "{{nextPeriodName}} deiner Serie!"
        ),
        "pt": (
            "Visitas restantes {{thisPeriodText}}: {{nextRemainingValue}}. Venha e complete {{nextPeriodName}} da "
            "sua sequência!"
        ),
        "ar": (
            "الزيارات المتبقية {{thisPeriodText}}: {{nextRemainingValue}}. مُرّ علينا وأكمل {{nextPeriodName}} من سلسلتك!"
        ),
        "hi": ("{{thisPeriodText}} {{nextRemainingValue}} विज़िट बाक़ी! आएँ और अपनी स्ट्रीक का {{nextPeriodName}} पूरा करें!"),
        "ja": (
            "{{thisPeriodText}}の残り来店回数：{{nextRemainingValue}}回。ご来店いただき、ストリーク{{nextPeriodName}}"
            "を達成しましょう！"
        ),
    },
    messages.MILESTONE_NEXT: NEXT_REWARD,
    messages.NON_MILESTONE_ACHIEVED: {
        "en": (
            "You have completed {{currentPeriodName}} of your streak! Come back {{nextPeriodText}} to keep it going."
        ),
        "es": "¡Has completado {{currentPeriodName}} de tu racha! Vuelve {{nextPeriodText}} para mantenerla.",
        "fr": (
            "Bravo, vous avez validé {{currentPeriodName}} de votre série ! Revenez {{nextPeriodText}} pour la "
            "poursuivre."
        ),
        "de": (
            "Du hast {{currentPeriodName}} deiner Serie geschafft! Komm {{nextPeriodText}} wieder, um sie fortzusetzen."
        ),
        "pt": "Você completou {{currentPeriodName}} da sua sequência! Volte {{nextPeriodText}} para mantê-la.",
        "ar": "أكملت {{currentPeriodName}} من سلسلتك! عُد {{nextPeriodText}} لتحافظ عليها.",
        "hi": ("आपने अपनी स्ट्रीक का {{currentPeriodName}} पूरा कर लिया! इसे बनाए रखने के लिए {{nextPeriodText}} फिर आएँ।"),
        "ja": (
            "ストリーク{{currentPeriodName}}を達成しました！{{nextPeriodText}}もご来店いただき、ストリークをつなぎま"
            "しょう。"
        ),
    },
    messages.MILESTONE_ACHIEVED: {
        "en": (
            "You have completed {{currentPeriodName}} and earned a reward! Come back {{nextPeriodText}} to keep your "
            "streak going."
        ),
        "es": (
            "¡Enhorabuena! Has completado {{currentPeriodName}} y has ganado una recompensa. Vuelve "
            "{{nextPeriodText}} para mantener tu racha."
        ),
        "fr": (
            "Bravo, vous avez validé {{currentPeriodName}} et gagné une récompense ! Revenez {{nextPeriodText}} pour "
            "poursuivre votre série."
        ),
        "de": (
            "{{currentPeriodName}} geschafft: Du hast dir eine Belohnung gesichert! Komm {{nextPeriodText}} wieder, "
            "um deine Serie fortzusetzen."
        ),
        "pt": (
            "Parabéns! Você completou {{currentPeriodName}} e ganhou uma recompensa. Volte {{nextPeriodText}} para "
            "manter a sua sequência."
        ),
        "ar": "تهانينا! أكملت {{currentPeriodName}} وحصلت على مكافأة. عُد {{nextPeriodText}} لتحافظ على سلسلتك.",
        "hi": (
            "बधाई हो! {{currentPeriodName}} पूरा करके आपने एक इनाम पाया है। अपनी स्ट्रीक बनाए रखने के लिए "
            "{{nextPeriodText}} फिर आएँ।"
        ),
        "ja": (
            "おめでとうございます！{{currentPeriodName}}を達成し、特典を獲得しました。{{nextPeriodText}}もご来店いた"
            "だき、ストリークをつなぎましょう。"
        ),
    },
    messages.COMPLETED: {
        "en": (
            "Congratulations! You have completed this streak and are one of our regulars now! Come back "
            "{{nextPeriodText}} and start your next streak."
        ),
        "es": (
            "¡Enhorabuena! Has completado esta racha y ya eres de la casa. Vuelve {{nextPeriodText}} y empieza la "
            "siguiente."
        ),
        "fr": (
            "Félicitations ! Vous avez terminé cette série et faites maintenant partie des habitués. Revenez "
            "{{nextPeriodText}} et commencez la suivante."
        ),
        "de": (
            "Glückwunsch! Du hast diese Serie geschafft und gehörst jetzt zu unseren Stammgästen. Komm "
            "{{nextPeriodText}} wieder und starte eine neue."
        ),
        "pt": "Parabéns! Você completou esta sequência e já é de casa. Volte {{nextPeriodText}} e comece outra.",
        "ar": "تهانينا! أكملت هذه السلسلة وأصبحت من زبائننا الدائمين. عُد {{nextPeriodText}} وابدأ سلسلتك التالية.",
        "hi": (
            "बधाई हो! आपने यह स्ट्रीक पूरी कर ली है और अब आप हमारे ख़ास मेहमान हैं। {{nextPeriodText}} फिर आएँ और "
            "अगली स्ट्रीक शुरू करें।"
        ),
        "ja": (
            "おめでとうございます！このストリークを達成し、すっかり常連さんです。{{nextPeriodText}}もご来店いただき、"
            "次のストリークを始めましょう。"
        ),
    },
    messages.BROKEN: {
        "en": "Your streak has been broken. Don't worry, you can start a new one today: the coffee is ready!",
        "es": "Tu racha se ha interrumpido. No te preocupes, hoy mismo puedes empezar otra: ¡el café está listo!",
        "fr": (
            "Votre série est interrompue. Pas d'inquiétude, vous pouvez en commencer une nouvelle dès aujourd'hui : "
            "le café est prêt !"
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
            "ストリークが途切れてしまいました。でも大丈夫、今日から新しいストリークを始められます。コーヒーをご用意し"
            "てお待ちしています！"
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
    texts=TEXTS,
    activity=Activity("visited_store", "visit", rhythm=timedelta(days=2, hours=1)),
)
