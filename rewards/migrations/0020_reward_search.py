"""An index by which rewards are found by the beginning of a code too, in the place of one for the whole alone."""

from django.db import migrations, models

from streaks.statements import AddIndexWithoutLock, RemoveIndexWithoutLock


class Migration(migrations.Migration):
    """The new index is there before the old one goes."""

    atomic = False
    dependencies = [("rewards", "0019_without_code")]

    operations = [
        AddIndexWithoutLock(
            "rewardlog",
            models.Index(fields=["coupon_code"], opclasses=["text_pattern_ops"], name="reward_by_code_start"),
        ),
        RemoveIndexWithoutLock("rewardlog", "reward_by_code"),
    ]
