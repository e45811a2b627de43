"""A programme in which members are in every state, whatever the hour at which the tests run."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import jwt
from django.conf import settings

from gamopanda.accounts.models import ApiKey, Member
from rewards.models import RewardLog
from streaks.models import Milestone, Streak, StreakLog
from streaks.progress.recording import RecordResult
from streaks.progress.service import record_log
from streaks.tests.calling import end_user, make_key, make_milestone, make_streak

NOW = datetime.now(UTC)
# Where it is about noon, so that no test is overtaken by midnight.
NOON = f"Etc/GMT{NOW.hour - 12:+d}"

TEXTS = {
    "eud_title_en": "Coffee every day",
    "eud_title_de": "Jeden Tag Kaffeespezialitätenverkostung",
    "eud_title_ar": "قهوة كل يوم",
    "eud_description_en": "Spend $50 or more every day for 7 days in a row.",
    "eud_description_de": "Kaufe 7 Tage in Folge jeden Tag für 50 $ oder mehr ein.",
    "eud_description_ar": "أنفق 50 دولارًا أو أكثر كل يوم لمدة 7 أيام متتالية.",
    "eud_in_progress_label_de": "Läuft",
    "eud_in_progress_label_ar": "قيد التقدم",
    "eud_view_details_button_text_de": "Einzelheiten ansehen",
    "eud_view_details_button_text_ar": "عرض التفاصيل",
}
PRIZE = {
    "eud_title_en": "5% off",
    "eud_title_de": "5 % Treuerabatt auf Röstkaffeeerzeugnisse",
    "eud_title_ar": "خصم 5%",
    "eud_description_en": "Three days in a row earn 5% off.",
    "eud_milestone_reward_instruction_message_en": "Enter this code at the checkout.",
    "eud_milestone_reward_instruction_message_de": "Gib diesen Code an der Kasse ein.",
    "eud_milestone_reward_instruction_message_ar": "أدخل هذا الرمز عند الدفع.",
}


def make_coffee(**changes: Any) -> Streak:
    """Make the streak: $50 a day for 7 days, with prizes at 3 and 7."""
    streak = make_streak(time_zone=NOON, **{**TEXTS, **changes})
    make_milestone(streak, 3, coupon_prefix="SAVE5-", reward_validity_days=7, **PRIZE)
    make_milestone(streak, 7, coupon_source=Milestone.CouponSource.EXTERNAL)
    return streak


def log(streak: Streak, *, of: str = "ann", ago: int = 0, value: object = 50) -> RecordResult:
    """Record what a member has done some days ago, as it was known then."""
    member, _is_new = Member.objects.get_or_create(external_id=of)
    at = NOW - timedelta(days=ago)
    number = StreakLog.objects.count()
    activity = StreakLog(
        member=member,
        streak=streak,
        activity_at=at,
        activity_id="made_a_purchase",
        unique_identifier=f"order-{number}",
        activity_value=Decimal(str(value)),
    )
    return record_log(activity, now=at)


def days(streak: Streak, first: int, last: int, *, of: str = "ann") -> None:
    """Record a complete day for each from `first` ago to `last` ago."""
    for ago in range(first, last - 1, -1):
        log(streak, of=of, ago=ago)


def token_of(external_id: str = "ann") -> str:
    """Return a token as the shop's backend signs it."""
    return end_user(external_id).headers["x-enduser-access-token"]


def expired_token(external_id: str = "ann") -> str:
    """Return a token that was good until a minute ago."""
    key: ApiKey = make_key()
    expires_at = datetime.now(UTC) - timedelta(minutes=1)
    claims = {"sub": settings.GAMOPANDA_ACCOUNT_ID, "exp": expires_at, "userData": {"externalId": external_id}}
    return jwt.encode(claims, key.secret, algorithm="HS256", headers={"kid": key.api_key})


def give_rewards_in_every_state(streak: Streak, *, of: str = "ann") -> None:
    """Let a member have a reward to use, one used, one expired and one whose code is on its way."""
    days(streak, 30, 28, of=of)
    days(streak, 20, 18, of=of)
    RewardLog.objects.filter(reward_issued_at__gt=NOW - timedelta(days=19)).update(redeemed_at=NOW - timedelta(days=17))
    days(streak, 9, 3, of=of)
    days(streak, 2, 0, of=of)
