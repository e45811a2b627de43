"""Events, endpoints and deliveries on the wire."""

# ruff: noqa: N815  names as on the wire

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gamopanda.api.serializers.base import (
    ChoiceField,
    DictionarySerializer,
    InstantField,
    RecordSerializer,
    TextField,
    WholeNumberField,
)
from gamopanda.api.serializers.examples import EXAMPLE_ID, example
from gamopanda.api.serializers.serializer_compiler import RenderContext
from gamopanda.events.addresses import Forbidden, check_url
from gamopanda.events.models import Delivery, Event, WebhookEndpoint
from gamopanda.events.types import EventType
from streaks.models import Streak

MOST_STREAKS = 100
EXAMPLE_MEMBER = {"id": EXAMPLE_ID, "externalId": "customer-17"}
EXAMPLE_STREAK = {"id": EXAMPLE_ID, "name": "7-Day Shopper"}
EXAMPLE_DATA = {"sequence": 17, "isLate": False, "member": EXAMPLE_MEMBER, "streak": EXAMPLE_STREAK}


@extend_schema_field(
    {
        "type": "object",
        "properties": {
            "sequence": {
                "type": "integer",
                "description": "Grows with every event about the same member.",
                "examples": [17],
            },
            "isLate": {
                "type": "boolean",
                "description": "Whether it is about a period that was over already.",
                "examples": [False],
            },
            "member": {"type": ["object", "null"], "description": "The member.", "examples": [EXAMPLE_MEMBER]},
            "streak": {"type": ["object", "null"], "description": "The streak.", "examples": [EXAMPLE_STREAK]},
        },
        "required": ["sequence", "isLate", "member", "streak"],
        "additionalProperties": True,
        "examples": [EXAMPLE_DATA],
    }
)
class DataField(serializers.Field[Any, Any, Any, Any]):
    """What was delivered as `data`."""

    def render_record(self, event: Event, context: RenderContext) -> Any:
        return orjson.Fragment(event.data)

    def to_representation(self, value: str) -> Any:
        return orjson.loads(value)


class EventSerializer(RecordSerializer[Event]):
    """What happened, as it is delivered to webhook endpoints."""

    type = ChoiceField(choices=EventType.choices, read_only=True, help_text="What the event tells.")
    timestamp = InstantField(source="created_at", read_only=True, help_text="When the event was stored, in UTC.")
    data = DataField(  # type: ignore[assignment]  # a name of the wire
        read_only=True, help_text="As delivered: `sequence`, `isLate`, `member`, `streak`, and more."
    )

    class Meta:
        model = Event
        fields = ["id", "type", "timestamp", "data", "created_at", "updated_at"]


class WebhookEndpointSerializer(RecordSerializer[WebhookEndpoint]):
    """An address that events are sent to. Its secret is shown when it is made or rotated, and never again."""

    event_types = serializers.ListField(
        child=ChoiceField(choices=EventType.choices),
        allow_null=True,
        allow_empty=False,
        required=False,
        help_text="Which types of events are sent; null: all.",
        **example(["reward.issued"], minItems=1),
    )
    streak_ids = serializers.ListField(
        child=serializers.UUIDField(),
        allow_null=True,
        allow_empty=False,
        max_length=MOST_STREAKS,
        required=False,
        help_text="Only events of these streaks are sent; null: all. Events without a streak are always sent.",
        **example([EXAMPLE_ID]),
    )
    disabled_reason = serializers.CharField(
        read_only=True,
        help_text="Why the endpoint was disabled; empty otherwise.",
        **example("The endpoint answered 410 Gone."),
    )

    class Meta:
        model = WebhookEndpoint
        fields = [
            "id",
            "url",
            "description",
            "event_types",
            "streak_ids",
            "status",
            "disabled_reason",
            "created_at",
            "updated_at",
        ]
        extra_kwargs: Mapping[str, Any] = {
            "url": example("https://shop.example.com/webhooks/streaks"),
            "description": example("Books rewards in the till."),
        }
        ignored_fields = ["secret"]

    def validate_url(self, url: str) -> str:
        """Refuse what is no URL, and addresses that nothing is sent to."""
        try:
            check_url(url)
        except Forbidden as error:
            raise serializers.ValidationError(str(error), code="forbidden_address") from error
        return url

    def validate_eventTypes(self, types: list[str] | None) -> list[str] | None:  # noqa: N802  the name on the wire
        """Keep each type once."""
        return types and sorted(set(types))

    def validate_streakIds(self, ids: list[UUID] | None) -> list[str] | None:  # noqa: N802  the name on the wire
        """Refuse streaks that are not there."""
        if ids is None:
            return None
        present = set(Streak.objects.visible().filter(pk__in=ids).values_list("pk", flat=True))
        for pk in ids:
            if pk not in present:
                raise serializers.ValidationError(f"There is no streak with the id {pk}.", code="not_found")
        return [str(pk) for pk in dict.fromkeys(ids)]


class NewWebhookEndpointSerializer(WebhookEndpointSerializer):
    """An endpoint with its secret, which only the answers to making and to rotating have."""

    secret = serializers.CharField(
        read_only=True,
        help_text="The secret that deliveries are signed with: `whsec_` and 32 bytes in base64. Keep it.",
        **example("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw3n4O5Q6R7S8="),
    )

    class Meta(WebhookEndpointSerializer.Meta):
        fields = [*WebhookEndpointSerializer.Meta.fields, "secret"]


class AttemptSerializer(DictionarySerializer):
    """One try to deliver an event."""

    attemptedAt = InstantField(read_only=True, help_text="When it was tried, in UTC.")
    status = WholeNumberField(
        read_only=True,
        allow_null=True,
        help_text="The HTTP status of the answer; null: there was none.",
        **example(200),
    )
    milliseconds = WholeNumberField(read_only=True, help_text="How long it took.", **example(42))
    answer = TextField(read_only=True, help_text="The beginning of the answer, or why there was none.", **example("ok"))


class DeliverySerializer(RecordSerializer[Delivery]):
    """An event on its way to an endpoint."""

    event_id = serializers.UUIDField(read_only=True, help_text="The event; also sent as `webhook-id`.")
    endpoint_id = serializers.UUIDField(read_only=True, help_text="The endpoint.")
    attempts = AttemptSerializer(many=True, read_only=True, help_text="The tries, the first one first; at most 20.")
    next_attempt_at = InstantField(
        read_only=True, allow_null=True, help_text="When it is tried next, in UTC; null when it is not."
    )

    class Meta:
        model = Delivery
        fields = ["id", "event_id", "endpoint_id", "status", "attempts", "next_attempt_at", "created_at", "updated_at"]
        extra_kwargs: Mapping[str, Any] = {"status": {"read_only": True, "help_text": "What became of it."}}


class ReplaySerializer(serializers.Serializer[Any]):
    """Since when."""

    since = InstantField(help_text="Deliveries of this instant or later are sent again, if they failed.")


class ReplayedSerializer(DictionarySerializer):
    """How many deliveries are sent again."""

    replayed = WholeNumberField(read_only=True, help_text="How many deliveries are sent again.", **example(3))
