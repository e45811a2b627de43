"""The online shop of the product page: $50 every day for 7 days in a row."""

from datetime import timedelta
from uuid import UUID

from gamopanda.demo.campaign import Activity, Campaign, Checkpoint
from streaks.core import messages
from streaks.models.texts import DEFAULTS

TEXTS = {
    "eud_title": {
        "en": "7-Day Shopper",
        "es": "7 días de compras",
        "fr": "7 jours de shopping",
        "de": "7-Tage-Shopper",
        "pt": "7 dias de compras",
        "ar": "7 أيام من التسوق",
        "hi": "7 दिन की शॉपिंग",
        "ja": "7日間お買い物チャレンジ",
    },
    "eud_description": {
        "en": (
            "Spend $50 or more every day for 7 days in a row. Day 3 brings you 5% off, day 7 free shipping for a month."
        ),
        "es": (
            "Gasta 50 $ o más cada día durante 7 días seguidos. El día 3 te llevas un 5 % de descuento y el día 7, "
            "envío gratis durante un mes."
        ),
        "fr": (
            "Dépensez 50 $ ou plus chaque jour pendant 7 jours d'affilée. Le 3e jour vous offre 5 % de remise, le "
            "7e, la livraison gratuite pendant un mois."
        ),
        "de": (
            "Kaufe 7 Tage in Folge jeden Tag für 50 $ oder mehr ein. An Tag 3 bekommst du 5 % Rabatt, an Tag 7 einen "
            "Monat lang kostenlosen Versand."
        ),
        "pt": (
            "Gaste US$ 50 ou mais por dia durante 7 dias seguidos. No dia 3 você ganha 5% de desconto e, no dia 7, "
            "um mês de frete grátis."
        ),
        "ar": (
            "أنفق 50 دولارًا أو أكثر كل يوم لمدة 7 أيام متتالية. في اليوم الثالث تحصل على خصم 5%، وفي اليوم السابع "
            "على شحن مجاني لمدة شهر."
        ),
        "hi": (
            "लगातार 7 दिन, हर दिन $50 या उससे ज़्यादा की ख़रीदारी करें। तीसरे दिन 5% की छूट और सातवें दिन एक महीने "
            "की मुफ़्त डिलीवरी पाएँ।"
        ),
        "ja": (
            "7日間連続で、毎日50ドル以上お買い物をしてください。3日目に5%割引、7日目に1か月間の送料無料をプレゼントし"
            "ます。"
        ),
    },
    messages.NON_MILESTONE_NEXT: {
        "es": "¡Gasta {{nextRemainingValue}} $ más {{thisPeriodText}} para completar {{nextPeriodName}} de tu racha!",
        "fr": (
            "Dépensez encore {{nextRemainingValue}} $ {{thisPeriodText}} pour valider {{nextPeriodName}} de votre "
            "série !"
        ),
        "de": (
            "Kaufe {{thisPeriodText}} noch für {{nextRemainingValue}} $ ein, um {{nextPeriodName}} deiner Serie zu "
            "schaffen!"
        ),
        "pt": (
            "Compre mais US$ {{nextRemainingValue}} {{thisPeriodText}} para completar {{nextPeriodName}} da sua "
            "sequência!"
        ),
        "ar": "تسوّق {{thisPeriodText}} بقيمة {{nextRemainingValue}}$ أخرى لتكمل {{nextPeriodName}} من سلسلتك!",
        "hi": (
            "अपनी स्ट्रीक का {{nextPeriodName}} पूरा करने के लिए {{thisPeriodText}} ${{nextRemainingValue}} की और "
            "ख़रीदारी करें!"
        ),
        "ja": (
            "{{thisPeriodText}}はあと{{nextRemainingValue}}ドルのお買い物で、ストリーク{{nextPeriodName}}を達成できま"
            "す！"
        ),
    },
}

FIVE_PERCENT_OFF = Checkpoint(
    fields={
        "name": "Day 3: 5% off",
        "description": "A reason to come back in the middle of the week.",
        "milestone_target_value": 3,
        "coupon_source": "generated",
        "coupon_prefix": "SAVE5-",
        "reward_validity_days": 7,
    },
    texts={
        "eud_title": {
            "en": "5% off",
            "es": "5 % de descuento",
            "fr": "5 % de remise",
            "de": "5 % Rabatt",
            "pt": "5% de desconto",
            "ar": "خصم 5%",
            "hi": "5% की छूट",
            "ja": "5%割引",
        },
        "eud_description": {
            "en": "Your third day in a row earns 5% off your next order.",
            "es": "Tu tercer día seguido te da un 5 % de descuento en tu próximo pedido.",
            "fr": "Votre troisième jour d'affilée vous offre 5 % de remise sur votre prochaine commande.",
            "de": "Dein dritter Tag in Folge bringt dir 5 % Rabatt auf deine nächste Bestellung.",
            "pt": "Seu terceiro dia seguido vale 5% de desconto no próximo pedido.",
            "ar": "يومك الثالث على التوالي يمنحك خصم 5% على طلبك القادم.",
            "hi": "लगातार तीसरे दिन आपको अगले ऑर्डर पर 5% की छूट मिलती है।",
            "ja": "3日連続の達成で、次回のご注文が5%割引になります。",
        },
        "eud_milestone_reward_instruction_message": {
            "en": "Enter this code at checkout. It is valid for 7 days.",
            "es": "Introduce este código al pagar. Es válido durante 7 días.",
            "fr": "Saisissez ce code au moment de payer. Il est valable 7 jours.",
            "de": "Gib diesen Code an der Kasse ein. Er ist 7 Tage gültig.",
            "pt": "Digite este código ao finalizar a compra. Ele vale por 7 dias.",
            "ar": "أدخل هذا الرمز عند الدفع. الرمز صالح لمدة 7 أيام.",
            "hi": "भुगतान करते समय यह कोड डालें। यह 7 दिन तक मान्य है।",
            "ja": "お支払い時にこのコードを入力してください。有効期間は7日間です。",
        },
    },
)

FREE_SHIPPING = Checkpoint(
    fields={
        "name": "Day 7: free shipping for a month",
        "description": "The same code for everybody: the shop counts its days from the reward.",
        "milestone_target_value": 7,
        "coupon_source": "fixed",
        "coupon_code": "FREESHIP30",
        "reward_validity_days": 30,
    },
    texts={
        "eud_title": {
            "en": "Free shipping for a month",
            "es": "Envío gratis durante un mes",
            "fr": "Livraison gratuite pendant un mois",
            "de": "Ein Monat kostenloser Versand",
            "pt": "Frete grátis por um mês",
            "ar": "شحن مجاني لمدة شهر",
            "hi": "एक महीने की मुफ़्त डिलीवरी",
            "ja": "1か月間送料無料",
        },
        "eud_description": {
            "en": "All seven days done: we ship your orders free for a month.",
            "es": "Siete días completos: durante un mes no pagas gastos de envío.",
            "fr": "Sept jours sans faute : vos commandes sont livrées gratuitement pendant un mois.",
            "de": "Alle sieben Tage geschafft: Einen Monat lang versenden wir deine Bestellungen kostenlos.",
            "pt": "Sete dias completos: por um mês, o frete dos seus pedidos é por nossa conta.",
            "ar": "أتممت الأيام السبعة: نشحن طلباتك مجانًا لمدة شهر.",
            "hi": "सातों दिन पूरे: एक महीने तक आपके ऑर्डर की डिलीवरी मुफ़्त।",
            "ja": "7日間すべて達成で、1か月間ご注文の送料が無料になります。",
        },
        "eud_milestone_reward_instruction_message": {
            "en": "Enter this code with every order of the next 30 days.",
            "es": "Introduce este código en todos tus pedidos de los próximos 30 días.",
            "fr": "Saisissez ce code à chaque commande pendant les 30 prochains jours.",
            "de": "Gib diesen Code in den nächsten 30 Tagen bei jeder Bestellung ein.",
            "pt": "Digite este código em todos os pedidos dos próximos 30 dias.",
            "ar": "أدخل هذا الرمز مع كل طلب خلال الثلاثين يومًا القادمة.",
            "hi": "अगले 30 दिनों में हर ऑर्डर पर यह कोड डालें।",
            "ja": "今後30日間、ご注文のたびにこのコードを入力してください。",
        },
    },
)

# The product page wrote its defaults for this very streak: here they are written out as its own.
ENGLISH_MESSAGES = {name: {"en": DEFAULTS[name], **TEXTS.get(name, {})} for name in messages.MESSAGES}

SEVEN_DAY_SHOPPER = Campaign(
    id=UUID("01990000-0000-7000-8000-000000000001"),
    fields={
        "name": "7-Day Shopper",
        "description": "Rewards customers who spend $50 every day for 7 consecutive days.",
        "aggregation_method": "sum",
        "aggregation_period": "daily",
        "aggregation_target_value": 50,
        "completion_target_value": 7,
    },
    texts=TEXTS | ENGLISH_MESSAGES,
    activity=Activity("made_a_purchase", "order", rhythm=timedelta(hours=2)),
    checkpoints=(FIVE_PERCENT_OFF, FREE_SHIPPING),
)
