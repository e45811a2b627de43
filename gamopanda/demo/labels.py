"""What all demo streaks call the states of a run; in English the defaults of the product page say it."""

LABELS = {
    "eud_in_progress_label": {
        "es": "En curso",
        "fr": "En cours",
        "de": "Läuft",
        "pt": "Em andamento",
        "ar": "قيد التقدم",
        "hi": "जारी है",
        "ja": "進行中",
    },
    "eud_completed_label": {
        "es": "Completada",
        "fr": "Terminée",
        "de": "Geschafft",
        "pt": "Concluída",
        "ar": "مكتملة",
        "hi": "पूरी हुई",
        "ja": "達成",
    },
    "eud_not_started_label": {
        "es": "Sin empezar",
        "fr": "Pas commencée",
        "de": "Noch nicht begonnen",
        "pt": "Não iniciada",
        "ar": "لم تبدأ بعد",
        "hi": "शुरू नहीं हुई",
        "ja": "未開始",
    },
    "eud_broken_label": {
        "es": "Interrumpida",
        "fr": "Interrompue",
        "de": "Unterbrochen",
        "pt": "Interrompida",
        "ar": "منقطعة",
        "hi": "टूट गई",
        "ja": "中断",
    },
    "eud_view_details_button_text": {
        "es": "Ver detalles",
        "fr": "Voir les détails",
        "de": "Details ansehen",
        "pt": "Ver detalhes",
        "ar": "عرض التفاصيل",
        "hi": "विवरण देखें",
        "ja": "詳細を見る",
    },
}
