"""Administration of webhook endpoints: their secret is shown on the page that answers, and never again."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSplitDateTimeWidget

from gamopanda.admin.formatting import instant_text
from gamopanda.admin.links import leave_dialog, list_of, page_of
from gamopanda.admin.merging import MergingForm
from gamopanda.admin.model_admins import AuditedAdmin
from gamopanda.events.addresses import Forbidden, check_url
from gamopanda.events.endpoints import Refused, check_room, replay_failed, rotate_secret, send_test, settle
from gamopanda.events.models import Delivery, WebhookEndpoint
from gamopanda.events.subscriptions import note_change
from gamopanda.events.types import EventType
from streaks.models import Streak

STATUS_COLOURS = {"live": "success", "paused": "warning", "disabled": "danger"}


class EndpointForm(MergingForm):
    """Types and streaks are ticked; none is all."""

    event_types = forms.MultipleChoiceField(
        label=_("types of events"),
        choices=EventType.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Which types are sent, such as “reward.issued”. None ticked: all of them."),
    )
    streak_ids = forms.ModelMultipleChoiceField(
        label=_("streaks"),
        queryset=Streak.objects.visible(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Only events of these streaks are sent, for example of one campaign. None ticked: all."),
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("url", "description", "event_types", "streak_ids", "status")

    def clean_url(self) -> str:
        """Refuse addresses that nothing is sent to."""
        url: str = self.cleaned_data["url"]
        try:
            check_url(url)
        except Forbidden as error:
            raise ValidationError(str(error), code="forbidden_address") from error
        return url

    def clean_event_types(self) -> list[str] | None:
        """Return the types; None for all."""
        return self.cleaned_data["event_types"] or None

    def clean_streak_ids(self) -> list[str] | None:
        """Return the ids of streaks; None for all."""
        return [str(streak.pk) for streak in self.cleaned_data["streak_ids"]] or None

    def clean(self) -> dict[str, Any]:
        """Refuse one more than there may be."""
        cleaned = super().clean() or {}
        if self.instance._state.adding:
            try:
                with transaction.atomic():
                    check_room()
            except Refused as refused:
                raise ValidationError(str(refused), code=refused.code) from refused
        return cleaned


def find_endpoint(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> WebhookEndpoint:
    """Return an endpoint by what an address has as its id; raises `Http404`."""
    endpoint: WebhookEndpoint | None = model_admin.get_object(request, object_id)
    if endpoint is None:
        raise Http404("There is no such endpoint.")
    return endpoint


class ReplayForm(BaseDialogForm):
    """Since when."""

    since = forms.SplitDateTimeField(label=_("Failed since"), widget=UnfoldAdminSplitDateTimeWidget)


@action(
    description=_("Send a test event"),
    permissions=["change"],
    icon="send",
    dialog={
        "title": _("Send a test event?"),
        "description": _("Sends an event that tells nothing to this endpoint alone, and shows what becomes of it."),
        "form_class": None,
        "form_submit_text": _("Send"),
    },
)
def send_test_event(model_admin: ModelAdmin, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
    """Let a test event be sent, and go to what becomes of it."""
    endpoint = find_endpoint(model_admin, request, object_id)
    try:
        delivery = send_test(endpoint, now=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
        return leave_dialog(request, page_of(endpoint))
    messages.success(request, _("A test event is on its way. Reload this page to see what became of it."))
    return leave_dialog(request, page_of(delivery))


@action(description=_("Deliveries"), permissions=["view"], icon="local_shipping")
def show_deliveries(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Go to the deliveries of the endpoint."""
    return HttpResponseRedirect(list_of(Delivery, endpoint__id__exact=object_id))


@action(
    description=_("Send again what failed"),
    permissions=["change"],
    icon="replay",
    dialog={
        "title": _("Send again what failed?"),
        "description": _("Sends all events again, under their ids, that this endpoint did not take since then."),
        "form_class": ReplayForm,
        "form_submit_text": _("Send again"),
    },
)
def replay(model_admin: ModelAdmin, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
    """Send again what failed since an instant."""
    endpoint = find_endpoint(model_admin, request, object_id)
    number = replay_failed(endpoint, form.cleaned_data["since"], now=timezone.now())
    words = ngettext("%(n)s event is sent again.", "%(n)s events are sent again.", number)
    messages.success(request, words % {"n": number})
    return leave_dialog(request, page_of(endpoint))


@action(description=_("Rotate the secret"), permissions=["change"], icon="key")
def rotate(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Go to the page that asks."""
    endpoint = find_endpoint(model_admin, request, object_id)
    return HttpResponseRedirect(reverse("admin:events_webhookendpoint_secret", args=[endpoint.pk]))


def rotate_view(request: HttpRequest, model_admin: ModelAdmin, endpoint_id: Any) -> HttpResponse:
    """Ask, and answer a POST with the new secret: a message would carry it through a cookie or the session."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    endpoint = get_object_or_404(WebhookEndpoint, pk=endpoint_id)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Rotate the secret"),
        "opts": model_admin.opts,
        "object": endpoint,
        "page_name": _("Rotate the secret"),
        "endpoint": endpoint,
        "endpoint_page": page_of(endpoint),
    }
    if request.method != "POST":
        return TemplateResponse(request, "admin/events/webhookendpoint/rotate.html", context)
    try:
        context["endpoint"] = rotate_secret(endpoint, now=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
        return HttpResponseRedirect(page_of(endpoint))
    return TemplateResponse(request, "admin/events/webhookendpoint/secret.html", context)


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(AuditedAdmin):
    """Webhook endpoints, and what can be done with one."""

    form = EndpointForm
    list_display = ["url", "description", "status_label", "failing", "created_at"]
    list_filter = ["status"]
    search_fields = ["url", "description"]
    readonly_fields = ["disabled_reason", "failing", "rotated_at", "created_at", "updated_at"]
    custom_urls = (("<uuid:endpoint_id>/secret/", "events_webhookendpoint_secret", rotate_view),)
    actions_detail = ("show_deliveries", "send_test_event", "replay", "rotate")
    show_deliveries = show_deliveries
    send_test_event = send_test_event
    replay = replay
    rotate = rotate
    fieldsets = [
        (None, {"fields": ["url", "description", "status", "event_types", "streak_ids"]}),
        (_("Record"), {"fields": ["disabled_reason", "failing", "rotated_at", ("created_at", "updated_at")]}),
    ]

    @display(description=_("status"), label=STATUS_COLOURS)
    def status_label(self, endpoint: WebhookEndpoint) -> tuple[str, str]:
        """The status, in colour."""
        return endpoint.status, endpoint.get_status_display()

    @display(description=_("failing since"))
    def failing(self, endpoint: WebhookEndpoint) -> str:
        """Since when every delivery has failed."""
        return instant_text(endpoint.failing_since)

    def get_fieldsets(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> Any:
        """Leave out what a new endpoint does not have yet."""
        return super().get_fieldsets(request, obj)[: None if obj else 1]

    def save_model(self, request: HttpRequest, obj: WebhookEndpoint, form: Any, change: bool) -> None:
        """Save, with what follows from it."""
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            settle(obj, now=timezone.now())

    def delete_model(self, request: HttpRequest, obj: WebhookEndpoint) -> None:
        """Delete, and let all processes know."""
        with transaction.atomic():
            super().delete_model(request, obj)
            note_change()

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete, and let all processes know."""
        with transaction.atomic():
            super().delete_queryset(request, queryset)
            note_change()

    def response_add(
        self, request: HttpRequest, obj: WebhookEndpoint, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Answer with the secret itself."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Webhook endpoint made"),
            "opts": self.opts,
            "object": obj,
            "page_name": _("Secret"),
            "endpoint": obj,
            "endpoint_page": page_of(obj),
        }
        return TemplateResponse(request, "admin/events/webhookendpoint/secret.html", context)
