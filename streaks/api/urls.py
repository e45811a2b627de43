"""The addresses of the resources of streaks."""

from gamopanda.api.routing import RecordRouter
from streaks.api.log_views import LogViewSet, RunViewSet
from streaks.api.protection_views import ExcuseViewSet, FreezeViewSet
from streaks.api.rules_views import HolidayCalendarViewSet, RulesViewSet
from streaks.api.views import StreakViewSet


def register(router: RecordRouter) -> None:
    router.register_record("streak", StreakViewSet)
    router.register_record("streak_log", LogViewSet)
    router.register_record("streak_progress", RunViewSet)
    router.register_record("streak_excuse", ExcuseViewSet)
    router.register_record("streak_freeze", FreezeViewSet)
    router.register_record("streak_rules", RulesViewSet)
    router.register_record("holiday_calendar", HolidayCalendarViewSet)
