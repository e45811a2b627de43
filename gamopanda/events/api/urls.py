"""The addresses of events, endpoints and deliveries."""

from gamopanda.api.routing import RecordRouter
from gamopanda.events.api.views import DeliveryViewSet, EventViewSet, WebhookEndpointViewSet


def register(router: RecordRouter) -> None:
    """Add the resources to the tree."""
    router.register_record("event", EventViewSet)
    router.register_record("webhook_endpoint", WebhookEndpointViewSet)
    router.register_record("webhook_delivery", DeliveryViewSet)
