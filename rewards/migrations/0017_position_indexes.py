"""Indexes for following rewards and for those about to expire, made while the table is in use."""

from django.db import migrations, models

from streaks.statements import AddIndexWithoutLock


class Migration(migrations.Migration):
    """Outside of a transaction, which PostgreSQL asks for."""

    atomic = False

    dependencies = [("rewards", "0016_positions")]

    operations = [
        AddIndexWithoutLock("rewardlog", models.Index(fields=["position", "id"], name="reward_by_position")),
        AddIndexWithoutLock(
            "rewardlog",
            models.Index(
                fields=["streak", "reward_expiry_at"],
                condition=models.Q(redeemed_at=None, reward_expiry_at__isnull=False),
                name="reward_by_expiry",
            ),
        ),
    ]
