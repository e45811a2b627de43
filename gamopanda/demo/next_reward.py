"""How far the next reward is, as more than one demo streak says it."""

NEXT_REWARD = {
    "en": "{{nextRemainingPeriodText}} to your next reward!",
    "es": "¡A {{nextRemainingPeriodText}} de tu próxima recompensa!",
    "fr": "Plus que {{nextRemainingPeriodText}} avant votre prochaine récompense !",
    "de": "Noch {{nextRemainingPeriodText}} bis zu deiner nächsten Belohnung!",
    "pt": "Você está a {{nextRemainingPeriodText}} da próxima recompensa!",
    "ar": "المتبقي حتى مكافأتك التالية: {{nextRemainingPeriodText}}.",
    "hi": "अगले इनाम तक {{nextRemainingPeriodText}} बाक़ी!",
    "ja": "次の特典まであと{{nextRemainingPeriodText}}！",
}
