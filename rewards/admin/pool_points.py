"""What pools of coupon codes add to the checklist of a streak that goes live (S23)."""

from collections.abc import Iterator, Sequence

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from gamopanda.api.models import Status
from rewards.models import PoolCode
from streaks.admin.streak.checklist import Need, Point
from streaks.models import Milestone


def check_pools(milestones: Sequence[Milestone]) -> Iterator[Point]:
    """Yield how many codes are free for each live milestone that draws from a pool, in one query."""
    pools = [
        one for one in milestones if one.status == Status.LIVE and one.coupon_source == Milestone.CouponSource.POOL
    ]
    rows = PoolCode.objects.free().filter(milestone__in=pools).order_by().values_list("milestone")
    free = dict(rows.annotate(Count("pk")))
    for milestone in pools:
        yield _point(milestone, free.get(milestone.pk, 0))


def _point(milestone: Milestone, free: int) -> Point:
    values = {"milestone": milestone, "free": free}
    need, sentence = Need.DONE, _("“%(milestone)s” has %(free)s free coupon codes.")
    if free == 0:
        need, sentence = Need.MISSING, _("“%(milestone)s” has no coupon code: its rewards wait until you upload some.")
    elif free < milestone.low_stock:
        need, sentence = Need.ADVICE, _("“%(milestone)s” has only %(free)s free coupon codes.")
    return Point(need, sentence % values, reverse("admin:rewards_poolcode_upload", args=[milestone.pk]))
