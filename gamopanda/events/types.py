"""The types of events."""

from django.db import models


class EventType(models.TextChoices):
    """What an event tells (E2)."""

    STREAK_STARTED = "streak.started"
    STREAK_PERIOD_COMPLETED = "streak.period_completed"
    STREAK_COMPLETED = "streak.completed"
    STREAK_BROKEN = "streak.broken"
    STREAK_REVIVED = "streak.revived"
    STREAK_FREEZE_USED = "streak.freeze_used"
    STREAK_FREEZE_GRANTED = "streak.freeze_granted"
    MILESTONE_REACHED = "milestone.reached"
    REWARD_ISSUED = "reward.issued"
    REWARD_CODE_ASSIGNED = "reward.code_assigned"
    REWARD_REDEEMED = "reward.redeemed"
    REWARD_EXPIRING = "reward.expiring"
    COUPON_POOL_LOW = "coupon_pool.low"
    COUPON_POOL_EMPTY = "coupon_pool.empty"
    REMINDER_DUE = "reminder.due"
    MEMBER_MERGED = "member.merged"
    MEMBER_ERASED = "member.erased"
    WEBHOOK_TEST = "webhook.test"
