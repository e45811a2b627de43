"""An index of the rewards that wait for a higher limit, made while the table is in use."""

from django.db import migrations, models

from streaks.statements import AddIndexWithoutLock


class Migration(migrations.Migration):
    """Outside of a transaction, which PostgreSQL asks for."""

    atomic = False

    dependencies = [
        ("rewards", "0012_reward_limits"),
    ]

    operations = [
        AddIndexWithoutLock(
            "rewardlog",
            models.Index(
                condition=models.Q(("is_beyond_limit", True)),
                fields=["milestone", "reward_issued_at", "id"],
                name="reward_beyond_limit",
            ),
        ),
    ]
