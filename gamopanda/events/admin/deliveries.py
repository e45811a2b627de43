"""Events and their deliveries, to look at; a delivery can be sent again."""

import json
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from gamopanda.admin.links import leave_dialog, link_to, linked, list_of, page_of
from gamopanda.admin.model_admins import BigTableAdmin, ReadOnlyAdmin
from gamopanda.events.delivering import retry
from gamopanda.events.models import Delivery, Event

STATUS_COLOURS = {"pending": "info", "delivered": "success", "failed": "danger", "dropped": "warning"}


def body_text(event: Event) -> SafeString:
    """Return the body of an event, for people."""
    body = json.dumps(json.loads(event.body), indent=2, ensure_ascii=False)
    return format_html('<pre class="overflow-x-auto whitespace-pre-wrap">{}</pre>', body)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin, BigTableAdmin):
    """What happened, newest first."""

    list_display = ["type", "created_at", "member_id", "sequence"]
    list_filter = ["type"]
    fields = readonly_fields = ["id", "type", "created_at", "sequence", "deliveries_link", "body"]

    @display(description=_("body"))
    def body(self, event: Event) -> SafeString:
        """What is delivered."""
        return body_text(event)

    @display(description=_("deliveries"))
    def deliveries_link(self, event: Event) -> SafeString:
        """A link to its deliveries."""
        return format_html(
            '<a href="{}" class="text-primary-600 dark:text-primary-500">{}</a>',
            list_of(Delivery, event__id__exact=event.pk),
            _("Show"),
        )


@action(
    description=_("Send again"),
    permissions=["sending"],
    icon="replay",
    dialog={
        "title": _("Send the event again?"),
        "description": _("Sends it at once, under the same id."),
        "form_class": None,
        "form_submit_text": _("Send again"),
    },
)
def send_again(model_admin: ModelAdmin, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
    """Send a delivery once more, at once."""
    delivery: Delivery | None = model_admin.get_object(request, object_id)
    if delivery is None:
        raise Http404("There is no such delivery.")
    retry([delivery.pk], now=timezone.now())
    messages.success(request, _("The event is on its way again. Reload this page to see what became of it."))
    return leave_dialog(request, page_of(delivery))


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin, BigTableAdmin):
    """What became of each event at each endpoint."""

    list_display = ["created_at", "event_type", "endpoint", "status_label", "tries_made", "last_answer"]
    list_display_links = ["created_at"]
    list_filter = ["status", "endpoint"]
    list_select_related = ["event", "endpoint"]
    fields = readonly_fields = [
        "id", "event_link", "endpoint_link", "status_label", "next_attempt_at", "attempts_table", "body",
    ]  # fmt: skip
    actions_detail = ("send_again",)
    send_again = send_again

    endpoint_link = linked("endpoint", _("endpoint"))

    def has_sending_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Offer it to who may change endpoints."""
        return request.user.has_perm("events.change_webhookendpoint")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Let the list be narrowed to one event."""
        return lookup == "event__id__exact" or super().lookup_allowed(lookup, value, request)

    @display(description=_("event"))
    def event_link(self, delivery: Delivery) -> SafeString:
        """A link to the event, under its type."""
        return link_to(delivery.event, delivery.event.type)

    @display(description=_("event"))
    def event_type(self, delivery: Delivery) -> str:
        """The type of the event."""
        return delivery.event.type

    @display(description=_("status"), label=STATUS_COLOURS)
    def status_label(self, delivery: Delivery) -> tuple[str, str]:
        """The status, in colour."""
        return delivery.status, delivery.get_status_display()

    @display(description=_("tries"))
    def tries_made(self, delivery: Delivery) -> int:
        """How often it was tried."""
        return len(delivery.attempts)

    @display(description=_("last answer"))
    def last_answer(self, delivery: Delivery) -> str:
        """The status and the time of the last try, with the beginning of the answer."""
        if not delivery.attempts:
            return "–"
        last = delivery.attempts[-1]
        return f"{last['status'] or '–'} · {last['milliseconds']} ms · {last['answer'][:60]}"

    @display(description=_("attempts"))
    def attempts_table(self, delivery: Delivery) -> str:
        """All tries that are kept."""
        return render_to_string("admin/events/delivery/attempts.html", {"attempts": delivery.attempts})

    @display(description=_("body"))
    def body(self, delivery: Delivery) -> SafeString:
        """What is delivered."""
        return body_text(delivery.event)
