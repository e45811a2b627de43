"""Events (`event`), endpoints (`webhook_endpoint`) and deliveries (`webhook_delivery`), for administrators alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import models, transaction
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from gamopanda.accounts.api.idempotency import MakesOnce
from gamopanda.accounts.models import Member
from gamopanda.api.access.permissions import READ, WRITE
from gamopanda.api.errors.exceptions import invalid
from gamopanda.api.serializers.serializer_compiler import compiled
from gamopanda.api.views import RecordViewSet
from gamopanda.events.api.filters import DeliveryFilterSet, EventFilterSet, WebhookEndpointFilterSet
from gamopanda.events.api.serializers import (
    DeliverySerializer,
    EventSerializer,
    NewWebhookEndpointSerializer,
    ReplayedSerializer,
    ReplaySerializer,
    WebhookEndpointSerializer,
)
from gamopanda.events.delivering import retry
from gamopanda.events.endpoints import Refused, check_room, replay_failed, rotate_secret, send_test, settle
from gamopanda.events.models import Delivery, Event, WebhookEndpoint
from gamopanda.events.subscriptions import note_change


@contextmanager
def refusals_told(field: str | None = None) -> Iterator[None]:
    """Answer 400 to what cannot be done."""
    try:
        yield
    except Refused as refused:
        raise invalid(field, str(refused), refused.code) from refused


class EventViewSet(RecordViewSet):
    """Events: stored by the system alone, and kept for some days."""

    queryset = Event.objects.all()
    serializer_class = EventSerializer
    filterset_class = EventFilterSet
    is_followed = True
    allowed = {"admin": READ}

    def get_queryset(self) -> models.QuerySet[Event]:
        """Return those about sandbox members to sandbox keys, and all others to all others."""
        of_sandbox = models.Q(member_id__in=Member.everybody.filter(sandbox=True).values("pk"))
        return Event.objects.filter(of_sandbox if self.is_sandbox else ~of_sandbox | models.Q(member_id=None))


class WebhookEndpointViewSet(MakesOnce, RecordViewSet):
    """Webhook endpoints: addresses that events are sent to, signed as Standard Webhooks says."""

    queryset = WebhookEndpoint.objects.all()
    serializer_class = WebhookEndpointSerializer
    filterset_class = WebhookEndpointFilterSet
    allowed = {"admin": READ | WRITE | {"rotate", "test", "replay"}}
    shows_secret = frozenset({"create", "rotate"})
    in_sandbox = allowed["admin"]

    def get_queryset(self) -> models.QuerySet[WebhookEndpoint]:
        """Return those of the sandbox to sandbox keys, and all others to all others."""
        return WebhookEndpoint.objects.filter(sandbox=self.is_sandbox)

    def get_serializer_class(self) -> type[WebhookEndpointSerializer]:
        """Show the secret where it is new."""
        return NewWebhookEndpointSerializer if self.action in self.shows_secret else WebhookEndpointSerializer

    @transaction.atomic
    def perform_create(self, serializer: BaseSerializer[WebhookEndpoint]) -> None:
        """Save, unless there are as many as there may be."""
        with refusals_told():
            check_room()
        settle(serializer.save(sandbox=self.is_sandbox), now=self.now)

    def perform_update(self, serializer: BaseSerializer[WebhookEndpoint]) -> None:
        """Save, with what follows from a change of status."""
        settle(serializer.save(), now=self.now)

    @transaction.atomic
    def perform_destroy(self, instance: WebhookEndpoint) -> None:
        """Delete the endpoint with its deliveries; events stay."""
        instance.delete()
        note_change()

    @extend_schema(request=None, responses={200: NewWebhookEndpointSerializer})
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str | None = None) -> Response:
        """Make a new secret; deliveries are signed with both for 24 hours."""
        with refusals_told():
            endpoint = rotate_secret(self.get_object(), now=self.now)
        return Response(self.read_back(endpoint))

    @extend_schema(request=None, responses={201: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str | None = None) -> Response:
        """Send a test event to this endpoint."""
        with refusals_told():
            delivery = send_test(self.get_object(), now=self.now)
        return Response(render_delivery(self, delivery), status=status.HTTP_201_CREATED)

    @extend_schema(request=ReplaySerializer, responses={200: ReplayedSerializer})
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str | None = None) -> Response:
        """Send all deliveries again that failed or were dropped since an instant."""
        body = ReplaySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response({"replayed": replay_failed(self.get_object(), body.validated_data["since"], now=self.now)})


class DeliveryViewSet(RecordViewSet):
    """Deliveries: what became of each event at each endpoint."""

    queryset = Delivery.objects.all()
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilterSet
    allowed = {"admin": READ | {"retry"}}
    in_sandbox = allowed["admin"]

    def get_queryset(self) -> models.QuerySet[Delivery]:
        """Return those to endpoints of the sandbox to sandbox keys, and all others to all others."""
        return Delivery.objects.filter(endpoint__sandbox=self.is_sandbox)

    @extend_schema(request=None, responses={200: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str | None = None) -> Response:
        """Send the event once more, at once, under the same id."""
        delivery = self.get_object()
        retry([delivery.pk], now=self.now)
        return Response(self.read_back(delivery))


def render_delivery(view: RecordViewSet, delivery: models.Model) -> dict[str, Any]:
    """Return a delivery in the answer of another resource."""
    return compiled(DeliverySerializer, is_admin=True).render(delivery, view.render_context)
