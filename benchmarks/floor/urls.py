"""The floor: one DRF view that validates a body and inserts one row with the ORM. It knows no caller and no rule."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework import generics, serializers

from benchmarks.floor.models import FloorLog


class FloorSerializer(serializers.ModelSerializer[FloorLog]):
    """The body of a log, checked as DRF checks it."""

    streakId = serializers.UUIDField(source="streak_id")  # noqa: N815  as on the wire
    ownedById = serializers.CharField(source="owned_by_id", max_length=256)  # noqa: N815
    activityAt = serializers.DateTimeField(source="activity_at")  # noqa: N815
    activityId = serializers.CharField(source="activity_id", max_length=256)  # noqa: N815
    uniqueIdentifier = serializers.CharField(source="unique_identifier", max_length=256)  # noqa: N815
    activityValue = serializers.DecimalField(source="activity_value", max_digits=18, decimal_places=4)  # noqa: N815

    class Meta:
        """What is sent, and the id."""

        model = FloorLog
        fields = ["id", "streakId", "ownedById", "activityAt", "activityId", "uniqueIdentifier", "activityValue"]


class FloorView(generics.CreateAPIView[FloorLog]):
    """Validate and insert."""

    serializer_class = FloorSerializer
    queryset = FloorLog._default_manager.all()


def healthz(_request: HttpRequest) -> HttpResponse:
    """Say that the process is up."""
    return HttpResponse("ok")


urlpatterns = [path("healthz", healthz), path("floor", FloorView.as_view())]
