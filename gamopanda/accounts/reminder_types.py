"""The types of reminders, which members can switch off one by one."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReminderType(models.TextChoices):
    """What a reminder is about, the most urgent first (R1, R4)."""

    AT_RISK = "at_risk", _("about to break")
    REWARD_EXPIRING = "reward_expiring", _("reward about to expire")
    MILESTONE_NEAR = "milestone_near", _("milestone near")
    BROKEN = "broken", _("broken")
    FREEZE_USED = "freeze_used", _("freeze used")
