"""Pages of the administration are composed: an admin class lists them and inherits few classes."""

import pytest
from django.contrib import admin

from streaks.models import Streak

OURS = {"gamopanda", "streaks", "rewards"}
ADMINS = {model._meta.label: type(model_admin) for model, model_admin in admin.site._registry.items()}

# It is the same on every database.
pytestmark = pytest.mark.sqlite


def own_classes(admin_class: type) -> list[str]:
    return [one.__name__ for one in admin_class.__mro__ if one.__module__.partition(".")[0] in OURS]


def test_the_admin_class_of_streaks_has_three_classes_of_ours() -> None:
    assert own_classes(ADMINS[Streak._meta.label]) == ["StreakAdmin", "ExplainedDeletionAdmin", "AuditedAdmin"]


@pytest.mark.parametrize("label", ADMINS)
def test_no_admin_class_inherits_five_classes_of_ours(label: str) -> None:
    assert len(own_classes(ADMINS[label])[1:]) < 5


def test_pages_of_other_apps_come_with_their_addresses_and_buttons() -> None:
    streaks = ADMINS["streaks.Streak"]
    assert {"streaks_streak_preview", "streaks_streak_results"} <= {name for _route, name, _view in streaks.custom_urls}
    assert streaks.actions_detail[0] == "show_results"
    assert ADMINS["streaks.Milestone"].actions_detail == ("reward_past", "coupon_codes", "retire")
    assert "coupon_codes" not in ADMINS["accounts.Member"].actions_detail
