"""The icon that a streak had for all languages is that of the default language."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE, AFTER = ("streaks", "0010_functions_anew"), ("streaks", "0011_icon_languages")
ICON = f"icons/{'a' * 64}.png"


@pytest.mark.django_db(transaction=True)
def test_an_icon_becomes_that_of_the_default_language_and_goes_back() -> None:
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        streaks = migrate(BEFORE).get_model("streaks", "Streak")
        streaks.objects.bulk_create(
            streaks(
                name=name,
                description="d",
                status="draft",
                aggregation_target_value=1,
                completion_target_value=1,
                eud_icon=icon,
            )
            for name, icon in (("own", ICON), ("none", ""))
        )
        model = migrate(AFTER).get_model("streaks", "Streak")
        stored = model.objects.order_by("-name").values_list("eud_icon", "eud_icon_en", "eud_icon_fr")
        assert list(stored) == [(ICON, ICON, None), ("", None, None)]
        model.objects.update(eud_icon="")
        model = migrate(BEFORE).get_model("streaks", "Streak")
        assert list(model.objects.order_by("-name").values_list("eud_icon", flat=True)) == [ICON, ""]
    finally:
        MigrationExecutor(connection).migrate(newest)


def migrate(target: tuple[str, str]):
    """Migrate to a state and return its models."""
    executor = MigrationExecutor(connection)
    executor.migrate([target])
    return MigrationExecutor(connection).loader.project_state([target]).apps
