"""The addresses of the resources of rewards."""

from gamopanda.api.routing import RecordRouter
from rewards.api.milestones import RewardingMilestoneViewSet
from rewards.api.views import EndUserDisplayViewSet, RewardLogViewSet


def register(router: RecordRouter) -> None:
    router.register_record("milestone", RewardingMilestoneViewSet)
    router.register_record("reward_log", RewardLogViewSet)
    router.register("end-user-display", EndUserDisplayViewSet, basename="end-user-display")
