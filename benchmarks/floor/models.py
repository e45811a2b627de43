"""The row that the floor writes: what a client sends of one activity, with the indexes that finding it again needs."""

from django.db import models
from uuid_utils.compat import uuid7


class FloorLog(models.Model):
    """An activity that nothing follows from."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    streak_id = models.UUIDField()
    owned_by_id = models.CharField(max_length=256)
    activity_at = models.DateTimeField()
    activity_id = models.CharField(max_length=256)
    unique_identifier = models.CharField(max_length=256)
    activity_value = models.DecimalField(max_digits=18, decimal_places=4)

    class Meta:
        """As many indexes as a log of the product has, on as many columns."""

        app_label = "floor"
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="floor_newest"),
            models.Index(fields=["owned_by_id", "streak_id", "activity_at"], name="floor_of_member"),
            models.Index(fields=["owned_by_id", "streak_id", "unique_identifier"], name="floor_identifier"),
        ]

    def __str__(self) -> str:
        return self.unique_identifier
