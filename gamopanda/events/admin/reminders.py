"""Reminder rules, each on a page of its own with its texts in every language, and what became of reminders."""

from itertools import chain
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from modeltranslation.fields import TranslationField
from modeltranslation.utils import get_language_bidi
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display

from gamopanda.accounts.reminder_types import ReminderType
from gamopanda.admin.fast_widgets import FastTextarea, FastTextInput
from gamopanda.admin.links import link_to, linked
from gamopanda.admin.merging import MergingForm
from gamopanda.admin.model_admins import AuditedAdmin, BigTableAdmin, ReadOnlyAdmin
from gamopanda.events.models import Reminder, ReminderRule
from gamopanda.events.reminder_models import can_send_mail
from gamopanda.events.reminders.mailing import send_sample
from gamopanda.events.reminders.texts import sample_words
from streaks.admin.language_tabs import language_fieldsets

TEXTS = ("subject", "text")
LABELS = {"subject": _("Subject"), "text": _("Text")}
SETTINGS: dict[str, list[Any]] = {
    ReminderType.AT_RISK: ["hours_before", "minimum_value"],
    ReminderType.REWARD_EXPIRING: ["days_before", "local_hour"],
    ReminderType.MILESTONE_NEAR: ["periods_to_go", "local_hour"],
    ReminderType.BROKEN: ["minimum_value", "local_hour"],
    ReminderType.FREEZE_USED: ["minimum_value", "local_hour"],
}
"""The settings of each type: those that say when it comes."""
ALL_SETTINGS = list(dict.fromkeys(chain.from_iterable(SETTINGS.values())))
STATUS_COLOURS = {"planned": "info", "sending": "info", "sent": "success", "dropped": "warning"}


def reminders_of(streak_id: Any) -> str:
    """Return the address of the reminders of a streak."""
    return reverse("admin:streaks_streak_reminders", args=[streak_id])


class ReminderRuleForm(MergingForm):
    """A rule; its streak and its type are chosen by where one comes from."""

    class Meta:
        model = ReminderRule
        fields = ("streak", "type")
        widgets = {"streak": forms.HiddenInput(), "type": forms.HiddenInput()}


@action(description=_("Preview and test e-mail"), permissions=["view"], icon="mail")
def preview_words(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Go to what a member would read."""
    rule = get_object_or_404(ReminderRule, pk=object_id)
    return HttpResponseRedirect(reverse("admin:events_reminderrule_words", args=[rule.pk]))


def words_view(request: HttpRequest, model_admin: ModelAdmin, rule_id: Any) -> HttpResponse:
    """Show what a sample member would read in each language; a POST sends it only to the person who asks for it."""
    rule: ReminderRule = get_object_or_404(ReminderRule.objects.select_related("streak"), pk=rule_id)
    if not model_admin.has_view_permission(request, rule):
        raise PermissionDenied
    if request.method == "POST":
        if not model_admin.has_change_permission(request, rule):
            raise PermissionDenied
        _send_to_oneself(request, rule)
        return HttpResponseRedirect(request.path)
    rows = [
        {
            "code": code,
            "name": name,
            "dir": "rtl" if get_language_bidi(code) else "ltr",
            "words": sample_words(rule, code),
        }
        for code, name in settings.LANGUAGES
    ]
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("What members read: %(rule)s") % {"rule": rule},
        "opts": model_admin.opts,
        "rule": rule,
        "rule_page": reverse("admin:events_reminderrule_change", args=[rule.pk]),
        "rows": rows,
        "address": getattr(request.user, "email", ""),
        "may_send": model_admin.has_change_permission(request, rule),
    }
    return TemplateResponse(request, "admin/events/reminderrule/words.html", context)


def _send_to_oneself(request: HttpRequest, rule: ReminderRule) -> None:
    """Send a test e-mail, or say why it cannot be sent."""
    address, language = getattr(request.user, "email", ""), request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES) or not sample_words(rule, language).text:
        messages.error(request, _("Nothing was sent: there is no text in this language yet."))
    elif not address:
        messages.error(request, _("Nothing was sent: your own account has no e-mail address."))
    elif not can_send_mail():
        messages.error(request, _("E-mails need the settings EMAIL_HOST and GAMOPANDA_SITE_URL."))
    else:
        try:
            send_sample(rule, language, address)
        except OSError as error:
            messages.error(request, _("The mail server did not take it: %(error)s") % {"error": error})
        else:
            messages.success(request, _("A test e-mail went to %(address)s.") % {"address": address})


@admin.register(ReminderRule)
class ReminderRuleAdmin(AuditedAdmin):
    """Rules of reminders, reached from their streak."""

    form = ReminderRuleForm
    list_display = ["streak", "type", "is_on", "way"]
    list_filter = ["type", "is_on"]
    list_select_related = ["streak"]
    readonly_fields = ["streak_link", "type_name"]
    custom_urls = (("<uuid:rule_id>/words/", "events_reminderrule_words", words_view),)
    actions_detail = ("preview_words",)
    preview_words = preview_words

    def has_add_permission(self, request: HttpRequest) -> bool:
        """One is made on the page of its streak, which says of which type."""
        return bool("streak" in request.GET and super().has_add_permission(request))

    @display(description=_("streak"))
    def streak_link(self, rule: ReminderRule) -> str:
        """The reminders of its streak."""
        return link_to(rule.streak)

    @display(description=_("reminder"))
    def type_name(self, rule: ReminderRule) -> str:
        """What it is about."""
        return rule.get_type_display()

    def get_fieldsets(self, request: HttpRequest, obj: ReminderRule | None = None) -> Any:
        """Ask for what its type needs, and for its texts in every language."""
        reminder_type = request.GET.get("type", "") if obj is None else obj.type
        identity = ["streak", "type"] if obj is None else [("streak_link", "type_name")]
        numbers = SETTINGS.get(reminder_type, ALL_SETTINGS)
        fields = [*identity, ("is_on", "way"), tuple(numbers)]
        return [(_("When and how"), {"classes": ["tab"], "fields": fields}), *language_fieldsets(TEXTS, "tab")]

    def get_readonly_fields(self, request: HttpRequest, obj: ReminderRule | None = None) -> Any:
        """Leave out what a new rule does not have yet."""
        return [] if obj is None else self.readonly_fields

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Give texts room, and the direction of their language."""
        formfield = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, TranslationField):
            name, limit = db_field.translated_field.name, db_field.translated_field.max_length
            attributes = {"dir": "rtl" if get_language_bidi(db_field.language) else "ltr", "lang": db_field.language}
            attributes["maxlength"] = str(limit)
            formfield.label = LABELS[name]
            formfield.widget = FastTextarea({"rows": 3, **attributes}) if name == "text" else FastTextInput(attributes)
        return formfield

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Keep the streak out of sight."""
        field = db_field.formfield(widget=forms.HiddenInput())
        field.help_text = _("The streak that sends it, such as the one you come from.")
        return field

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Keep the type out of sight; it never changes."""
        if db_field.name != "type":
            return super().formfield_for_choice_field(db_field, request, **kwargs)
        help_text = _("What it is about, such as a run that is about to break.")
        return db_field.formfield(widget=forms.HiddenInput(), help_text=help_text)

    def response_post_save_add(self, request: HttpRequest, obj: ReminderRule) -> HttpResponse:
        """Go back to the reminders of the streak."""
        return HttpResponseRedirect(reminders_of(obj.streak_id))

    def response_post_save_change(self, request: HttpRequest, obj: ReminderRule) -> HttpResponse:
        """Go back to the reminders of the streak."""
        return HttpResponseRedirect(reminders_of(obj.streak_id))


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin, BigTableAdmin):
    """What became of each reminder, newest first."""

    list_display = ["created_at", "member_link", "streak_link", "type", "period_key", "status_label", "reason"]
    list_display_links = ["created_at"]
    list_filter = ["status", "type", "reason", ("streak", AutocompleteSelectFilter)]
    list_select_related = ["member", "streak"]
    fields = readonly_fields = [
        "member_link", "streak_link", "type", "period_key", "way", "status_label", "reason", "due_at", "created_at",
    ]  # fmt: skip

    member_link = linked("member", _("member"))
    streak_link = linked("streak", _("streak"))

    @display(description=_("status"), label=STATUS_COLOURS)
    def status_label(self, reminder: Reminder) -> tuple[str, str]:
        """The status, in colour."""
        return reminder.status, reminder.get_status_display()
