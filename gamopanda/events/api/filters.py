"""The plain query filters of events, endpoints and deliveries."""

import django_filters
from django.db.models import QuerySet

from gamopanda.accounts.models import Member
from gamopanda.api.lists.filters import ChoiceFilter, RecordFilterSet, exact_text
from gamopanda.events.models import Delivery, Event, WebhookEndpoint
from gamopanda.events.types import EventType


class EventFilterSet(RecordFilterSet):
    """`?type=reward.issued&ownedById=…&externalId=…&streakId=…`."""

    type = ChoiceFilter(choices=EventType.choices)
    owned_by_id = django_filters.UUIDFilter("member_id")
    external_id = django_filters.CharFilter(method="keep_member", strip=False)
    streak_id = django_filters.UUIDFilter("streak_id")

    class Meta:
        model = Event
        fields: list[str] = []

    def keep_member(self, queryset: "QuerySet[Event]", _name: str, value: str) -> "QuerySet[Event]":
        """Keep the events about the member with this external id."""
        return queryset.filter(member_id__in=Member.objects.filter(external_id=value).values("pk"))


class WebhookEndpointFilterSet(RecordFilterSet):
    """`?status=live&url=…`."""

    status = ChoiceFilter(choices=WebhookEndpoint.Status.choices)
    url = exact_text()

    class Meta:
        model = WebhookEndpoint
        fields: list[str] = []


class DeliveryFilterSet(RecordFilterSet):
    """`?status=failed&endpointId=…&eventId=…`."""

    status = ChoiceFilter(choices=Delivery.Status.choices)
    endpoint_id = django_filters.UUIDFilter("endpoint")
    event_id = django_filters.UUIDFilter("event")

    class Meta:
        model = Delivery
        fields: list[str] = []
