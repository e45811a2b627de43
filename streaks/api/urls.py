"""The addresses of the resources of streaks."""

from gamopanda.api.routing import RecordRouter
from streaks.api.views import MilestoneViewSet, StreakViewSet


def register(router: RecordRouter) -> None:
    """Add the resources to the tree."""
    router.register_record("streak", StreakViewSet)
    router.register_record("milestone", MilestoneViewSet)
