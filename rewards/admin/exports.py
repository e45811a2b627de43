"""What an export of rewards has in its columns."""

from django.utils.translation import gettext_lazy as _
from import_export.fields import Field
from import_export.resources import ModelResource

from gamopanda.admin.exports import INSTANT
from rewards.models import RewardLog


class RewardResource(ModelResource):
    """A reward in one line, with its status as the clock has it (S24)."""

    member = Field("member__external_id", _("member"))
    streak = Field("streak__name", _("streak"))
    milestone = Field("milestone__name", _("milestone"))
    period_key = Field("period_key", _("period"))
    status = Field("status", _("status"))
    coupon_code = Field("coupon_code", _("coupon code"))
    coupon_source = Field("coupon_source", _("coupon source"))
    reward_issued_at = Field("reward_issued_at", _("issued at"), INSTANT)
    reward_expiry_at = Field("reward_expiry_at", _("expires at"), INSTANT)
    redeemed_at = Field("redeemed_at", _("redeemed at"), INSTANT)
    id = Field("id", _("id"))

    class Meta:
        """The columns in this order."""

        model = RewardLog
        fields = (
            "member", "streak", "milestone", "period_key", "status", "coupon_code", "coupon_source",
            "reward_issued_at", "reward_expiry_at", "redeemed_at", "id",
        )  # fmt: skip
