"""The fitness app of the product page: 1,500 active minutes every month for 3 months.

A first try of the API can count on it: one log of `MINUTES_PER_MONTH`, of any member who is new to it, reaches the
milestone of month 1 and is answered with its reward.
"""

from datetime import timedelta
from uuid import UUID

from gamopanda.demo.campaign import Activity, Campaign, Checkpoint
from gamopanda.demo.next_reward import NEXT_REWARD
from streaks.core import messages

MINUTES_PER_MONTH = 1500

TEXTS = {
    "eud_title": {
        "en": "Monthly Mover",
        "es": "En marcha cada mes",
        "fr": "En forme chaque mois",
        "de": "Jeden Monat in Bewegung",
        "pt": "Em movimento todo mês",
        "ar": "حركة كل شهر",
        "hi": "हर महीने सक्रिय",
        "ja": "毎月アクティブチャレンジ",
    },
    "eud_description": {
        "en": (
            "Be active for 1500 minutes or more every month, 3 months in a row. Month 1 earns you 20% off Premium; "
            "finish all 3 for a free membership."
        ),
        "es": (
            "Muévete 1500 minutos o más cada mes durante 3 meses seguidos. El primer mes te da un 20 % de descuento "
            "en Premium; los tres, una suscripción gratis."
        ),
        "fr": (
            "Bougez 1500 minutes ou plus chaque mois, 3 mois d'affilée. Le premier mois vous offre 20 % de remise "
            "sur Premium ; les 3 mois, un abonnement gratuit."
        ),
        "de": (
            "Bewege dich jeden Monat 1500 Minuten oder mehr, 3 Monate in Folge. Monat 1 bringt dir 20 % Rabatt auf "
            "Premium; schaffst du alle drei, bekommst du eine kostenlose Mitgliedschaft."
        ),
        "pt": (
            "Movimente-se por 1500 minutos ou mais por mês, 3 meses seguidos. O primeiro mês rende 20% de desconto "
            "no Premium; os três, uma assinatura grátis."
        ),
        "ar": (
            "تحرك 1500 دقيقة أو أكثر كل شهر لمدة 3 أشهر متتالية. الشهر الأول يمنحك خصم 20% على الاشتراك المميز، "
            "والأشهر الثلاثة عضوية مجانية."
        ),
        "hi": (
            "लगातार 3 महीने, हर महीने 1500 मिनट या उससे ज़्यादा सक्रिय रहें। पहला महीना पूरा होने पर प्रीमियम में "
            "20% की छूट, तीनों महीने पूरे होने पर मुफ़्त सदस्यता।"
        ),
        "ja": (
            "3か月連続で、毎月1500分以上体を動かしましょう。1か月目にプレミアム20%割引、3か月達成で年会費が1年無料に"
            "なります。"
        ),
    },
    messages.NON_MILESTONE_NEXT: {
        "en": (
            "Active minutes still to go {{thisPeriodText}}: {{nextRemainingValue}}. Keep moving to complete "
            "{{nextPeriodName}} of your streak!"
        ),
        "es": (
            "Minutos activos restantes {{thisPeriodText}}: {{nextRemainingValue}}. ¡Sigue en marcha y completa "
            "{{nextPeriodName}} de tu racha!"
        ),
        "fr": (
            "Minutes d'activité restantes {{thisPeriodText}} : {{nextRemainingValue}}. Continuez et validez "
            "{{nextPeriodName}} de votre série !"
        ),
        "de": (
            "Dir fehlen {{thisPeriodText}} noch {{nextRemainingValue}} aktive Minuten. Bleib in Bewegung und schaffe "
            "{{nextPeriodName}} deiner Serie!"
        ),
        "pt": (
            "Minutos ativos restantes {{thisPeriodText}}: {{nextRemainingValue}}. Continue em movimento e complete "
            "{{nextPeriodName}} da sua sequência!"
        ),
        "ar": (
            "الدقائق النشطة المتبقية {{thisPeriodText}}: {{nextRemainingValue}}. واصل الحركة لتكمل "
            "{{nextPeriodName}} من سلسلتك!"
        ),
        "hi": (
            "{{thisPeriodText}} {{nextRemainingValue}} सक्रिय मिनट बाक़ी! चलते रहें और अपनी स्ट्रीक का "
            "{{nextPeriodName}} पूरा करें!"
        ),
        "ja": (
            "{{thisPeriodText}}の残り運動時間：{{nextRemainingValue}}分。体を動かして、ストリーク{{nextPeriodName}}を"
            "達成しましょう！"
        ),
    },
    messages.MILESTONE_NEXT: NEXT_REWARD,
    messages.NON_MILESTONE_ACHIEVED: {
        "en": (
            "You have completed {{currentPeriodName}} of your streak! Keep moving {{nextPeriodText}} to reach your "
            "next reward."
        ),
        "es": (
            "¡Has completado {{currentPeriodName}} de tu racha! Sigue en marcha {{nextPeriodText}} y alcanza tu "
            "próxima recompensa."
        ),
        "fr": (
            "Bravo, vous avez validé {{currentPeriodName}} de votre série ! Continuez {{nextPeriodText}} pour "
            "obtenir votre prochaine récompense."
        ),
        "de": (
            "Du hast {{currentPeriodName}} deiner Serie geschafft! Bleib {{nextPeriodText}} in Bewegung und hol dir "
            "die nächste Belohnung."
        ),
        "pt": (
            "Você completou {{currentPeriodName}} da sua sequência! Continue em movimento {{nextPeriodText}} e "
            "alcance a próxima recompensa."
        ),
        "ar": "أكملت {{currentPeriodName}} من سلسلتك! واصل الحركة {{nextPeriodText}} لتصل إلى مكافأتك التالية.",
        "hi": (
            "आपने अपनी स्ट्रीक का {{currentPeriodName}} पूरा कर लिया! अगला इनाम पाने के लिए {{nextPeriodText}} भी सक्रिय रहें।"
        ),
        "ja": (
            "ストリーク{{currentPeriodName}}を達成しました！{{nextPeriodText}}も体を動かして、次の特典を目指しましょ"
            "う。"
        ),
    },
    messages.MILESTONE_ACHIEVED: {
        "en": (
            "You have completed {{currentPeriodName}} and earned a reward! Keep moving {{nextPeriodText}} to "
            "maintain your streak."
        ),
        "es": (
            "¡Enhorabuena! Has completado {{currentPeriodName}} y has ganado una recompensa. Sigue en marcha "
            "{{nextPeriodText}} para mantener tu racha."
        ),
        "fr": (
            "Bravo, vous avez validé {{currentPeriodName}} et gagné une récompense ! Continuez {{nextPeriodText}} "
            "pour poursuivre votre série."
        ),
        "de": (
            "{{currentPeriodName}} geschafft: Du hast dir eine Belohnung gesichert! Bleib {{nextPeriodText}} in "
            "Bewegung, um deine Serie fortzusetzen."
        ),
        "pt": (
            "Parabéns! Você completou {{currentPeriodName}} e ganhou uma recompensa. Continue em movimento "
            "{{nextPeriodText}} para manter a sua sequência."
        ),
        "ar": (
            "تهانينا! أكملت {{currentPeriodName}} وحصلت على مكافأة. واصل الحركة {{nextPeriodText}} لتحافظ على سلسلتك."
        ),
        "hi": (
            "बधाई हो! {{currentPeriodName}} पूरा करके आपने एक इनाम पाया है। अपनी स्ट्रीक बनाए रखने के लिए "
            "{{nextPeriodText}} भी सक्रिय रहें।"
        ),
        "ja": (
            "おめでとうございます！{{currentPeriodName}}を達成し、特典を獲得しました。{{nextPeriodText}}も体を動かし"
            "て、ストリークをつなぎましょう。"
        ),
    },
    messages.COMPLETED: {
        "en": (
            "Congratulations! You have completed this streak! Keep moving {{nextPeriodText}} and start your next one."
        ),
        "es": "¡Enhorabuena! ¡Has completado esta racha! Sigue en marcha {{nextPeriodText}} y empieza la siguiente.",
        "fr": (
            "Félicitations ! Vous avez terminé cette série ! Continuez {{nextPeriodText}} et commencez la suivante."
        ),
        "de": (
            "Glückwunsch! Du hast diese Serie geschafft! Bleib {{nextPeriodText}} in Bewegung und starte eine neue."
        ),
        "pt": "Parabéns! Você completou esta sequência! Continue em movimento {{nextPeriodText}} e comece outra.",
        "ar": "تهانينا! أكملت هذه السلسلة! واصل الحركة {{nextPeriodText}} وابدأ سلسلتك التالية.",
        "hi": "बधाई हो! आपने यह स्ट्रीक पूरी कर ली है! {{nextPeriodText}} भी सक्रिय रहें और अगली स्ट्रीक शुरू करें।",
        "ja": (
            "おめでとうございます！このストリークを達成しました！{{nextPeriodText}}も体を動かして、次のストリークを始"
            "めましょう。"
        ),
    },
    messages.BROKEN: {
        "en": "Your streak has been broken. Don't worry, you can start a new one today: every minute counts!",
        "es": "Tu racha se ha interrumpido. No te preocupes, hoy mismo puedes empezar otra: ¡cada minuto cuenta!",
        "fr": (
            "Votre série est interrompue. Pas d'inquiétude, vous pouvez en commencer une nouvelle dès aujourd'hui : "
            "chaque minute compte !"
        ),
        "de": (
            "Deine Serie ist unterbrochen. Kein Problem, du kannst noch heute eine neue starten: Jede Minute zählt!"
        ),
        "pt": (
            "Sua sequência foi interrompida. Não se preocupe, você pode começar outra hoje mesmo: cada minuto conta!"
        ),
        "ar": "انقطعت سلسلتك. لا تقلق، يمكنك أن تبدأ سلسلة جديدة اليوم: كل دقيقة لها قيمتها!",
        "hi": "आपकी स्ट्रीक टूट गई है। चिंता न करें, आप आज ही नई स्ट्रीक शुरू कर सकते हैं: हर मिनट मायने रखता है!",
        "ja": (
            "ストリークが途切れてしまいました。でも大丈夫、今日から新しいストリークを始められます。1分1分が力になりま"
            "す！"
        ),
    },
}

PREMIUM_DISCOUNT = Checkpoint(
    fields={
        "name": "Month 1: 20% off Premium",
        "description": "The first month earns a discount on the Premium plan.",
        "milestone_target_value": 1,
        "coupon_source": "generated",
        "coupon_prefix": "MOVE20-",
        "reward_validity_days": 60,
    },
    texts={
        "eud_title": {
            "en": "20% off Premium",
            "es": "20 % de descuento en Premium",
            "fr": "20 % de remise sur Premium",
            "de": "20 % Rabatt auf Premium",
            "pt": "20% de desconto no Premium",
            "ar": "خصم 20% على الاشتراك المميز",
            "hi": "प्रीमियम पर 20% की छूट",
            "ja": "プレミアム20%割引",
        },
        "eud_description": {
            "en": "Your first 1500 minutes earn 20% off a year of Premium.",
            "es": "Tus primeros 1500 minutos te dan un 20 % de descuento en un año de Premium.",
            "fr": "Vos 1500 premières minutes vous offrent 20 % de remise sur un an de Premium.",
            "de": "Deine ersten 1500 Minuten bringen dir 20 % Rabatt auf ein Jahr Premium.",
            "pt": "Seus primeiros 1500 minutos valem 20% de desconto em um ano de Premium.",
            "ar": "أول 1500 دقيقة تمنحك خصم 20% على سنة من الاشتراك المميز.",
            "hi": "आपके पहले 1500 मिनट पर एक साल के प्रीमियम पर 20% की छूट मिलती है।",
            "ja": "最初の1500分達成で、プレミアム1年分が20%割引になります。",
        },
        "eud_milestone_reward_instruction_message": {
            "en": "Enter this code in the app under Profile, Premium. It is valid for 60 days.",
            "es": "Introduce este código en la app, en Perfil, Premium. Es válido durante 60 días.",
            "fr": "Saisissez ce code dans l'application, sous Profil, Premium. Il est valable 60 jours.",
            "de": "Gib diesen Code in der App unter Profil, Premium ein. Er ist 60 Tage gültig.",
            "pt": "Digite este código no aplicativo, em Perfil, Premium. Ele vale por 60 dias.",
            "ar": "أدخل هذا الرمز في التطبيق ضمن الملف الشخصي، الاشتراك المميز. الرمز صالح لمدة 60 يومًا.",
            "hi": "ऐप में प्रोफ़ाइल, प्रीमियम में जाकर यह कोड डालें। यह 60 दिन तक मान्य है।",
            "ja": "アプリの「プロフィール」→「プレミアム」でこのコードを入力してください。有効期間は60日間です。",
        },
    },
)

FREE_MEMBERSHIP = Checkpoint(
    fields={
        "name": "Month 3: free membership",
        "description": "Once per member. The membership system makes the code and sends it here.",
        "milestone_target_value": 3,
        "coupon_source": "external",
        "once_per_member": True,
    },
    texts={
        "eud_title": {
            "en": "Free membership",
            "es": "Suscripción gratis",
            "fr": "Abonnement gratuit",
            "de": "Kostenlose Mitgliedschaft",
            "pt": "Assinatura grátis",
            "ar": "عضوية مجانية",
            "hi": "मुफ़्त सदस्यता",
            "ja": "年会費1年無料",
        },
        "eud_description": {
            "en": "Three active months in a row: a year of membership is on us.",
            "es": "Tres meses activos seguidos: te regalamos un año de suscripción.",
            "fr": "Trois mois d'activité d'affilée : un an d'abonnement vous est offert.",
            "de": "Drei aktive Monate in Folge: Ein Jahr Mitgliedschaft geht auf uns.",
            "pt": "Três meses ativos seguidos: um ano de assinatura por nossa conta.",
            "ar": "ثلاثة أشهر نشطة متتالية: عضوية سنة كاملة على حسابنا.",
            "hi": "लगातार तीन सक्रिय महीने: एक साल की सदस्यता हमारी तरफ़ से।",
            "ja": "3か月連続の達成で、1年間の会費が無料になります。",
        },
        "eud_milestone_reward_instruction_message": {
            "en": "Your membership code will appear here within two days. Show it at the front desk.",
            "es": "Tu código de suscripción aparecerá aquí en un máximo de dos días. Enséñalo en recepción.",
            "fr": "Votre code d'abonnement apparaît ici sous deux jours. Présentez-le à l'accueil.",
            "de": "Dein Mitgliedscode erscheint hier innerhalb von zwei Tagen. Zeig ihn am Empfang.",
            "pt": "Seu código de assinatura aparece aqui em até dois dias. Apresente-o na recepção.",
            "ar": "يظهر رمز عضويتك هنا خلال يومين. أظهره عند مكتب الاستقبال.",
            "hi": "आपका सदस्यता कोड दो दिन के भीतर यहाँ दिखेगा। इसे रिसेप्शन पर दिखाएँ।",
            "ja": "会員コードは2日以内にここに表示されます。受付でご提示ください。",
        },
    },
)

MONTHLY_MOVER = Campaign(
    id=UUID("01990000-0000-7000-8000-000000000003"),
    fields={
        "name": "Monthly Mover",
        "description": "Rewards users who log at least 1,500 activity minutes every month for 3 months.",
        "aggregation_method": "sum",
        "aggregation_period": "monthly",
        "aggregation_target_value": MINUTES_PER_MONTH,
        "completion_target_value": 3,
    },
    texts=TEXTS,
    activity=Activity("completed_workout", "workout", rhythm=timedelta(days=6, hours=1)),
    checkpoints=(PREMIUM_DISCOUNT, FREE_MEMBERSHIP),
)
