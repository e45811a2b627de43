"""Administration of milestones: as part of their streak, and each on its own page."""

from contextlib import suppress
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.forms import Script
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.decorators import display
from unfold.forms import PaginationInlineFormSet

from gamopanda.admin.fast_widgets import FastErrorList, FrozenText
from gamopanda.admin.formatting import STATUS_COLOURS
from gamopanda.admin.links import link_to
from gamopanda.admin.merging import MergingForm
from gamopanda.admin.model_admins import ExplainedDeletionAdmin
from gamopanda.api.models import Status
from streaks.admin.language_tabs import MILESTONE_TEXTS, language_fieldsets, show_fallbacks, text_formfield
from streaks.admin.milestone_retiring import has_retire_permission, retire
from streaks.models import Milestone
from streaks.progress.lifecycle import FROZEN_MILESTONE, delete_milestone, lock_milestones

RULES = ["name", ("milestone_target_value", "status"), "description"]
# Of prefix, code and stock, a script shows only what the coupon source needs.
REWARD = [
    "coupon_source",
    "coupon_prefix",
    "coupon_code",
    "low_stock",
    "reward_limit",
    ("reward_validity_days", "once_per_member"),
    "freeze_reward",
    ("reward_value", "reward_currency"),
]


class MilestoneForm(MergingForm):
    """A milestone whose empty texts show what is read instead, and whose frozen rules are text (S20)."""

    class Meta:
        model = Milestone
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "error_class": FastErrorList})
        if "freeze_reward" in self.fields:
            self.fields["freeze_reward"].required = False
        show_fallbacks(self)
        frozen = [rule for rule in Milestone.RULES if rule in self.fields] if self.instance.is_frozen else []
        self.edited_rules = [rule for rule in frozen if self._is_sent(rule) and self._is_typed(rule)]
        self.compared = [name for name in self.compared if name not in frozen]
        for rule in frozen:
            self._freeze(self.fields[rule])

    def clean(self) -> dict[str, Any]:
        """Refuse rules that were edited on a page opened before they were frozen (S20)."""
        cleaned = super().clean()
        for rule in self.edited_rules:
            self.add_error(rule, ValidationError(FROZEN_MILESTONE, code="rules_frozen"))
        return cleaned

    def _is_sent(self, rule: str) -> bool:
        """Say whether the page had a field for a rule: an empty box is sent by its page alone."""
        is_on_page = self.opened_name in self.data and self.opened_with is not None and rule in self.opened_with.values
        return is_on_page or self.add_prefix(rule) in self.data

    @staticmethod
    def _freeze(rule: Any) -> None:
        choices = getattr(rule.widget, "choices", ())
        rule.disabled, rule.help_text, rule.widget = True, FROZEN_MILESTONE, FrozenText()
        rule.widget.choices = choices

    def clean_freeze_reward(self) -> int:
        """Read an empty field as no freezes."""
        return self.cleaned_data["freeze_reward"] or 0


class MilestoneFormSet(PaginationInlineFormSet):
    """The milestones of a streak; deleting one that has issued rewards hides it (S29)."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Let a new one be live from the start as long as its streak is a draft: it is meant to go live with it."""
        kwargs: dict[str, Any] = super().get_form_kwargs(index)
        is_new = index is None or index >= self.initial_form_count()
        is_draft = self.instance.status in ("", Status.DRAFT)
        return {**kwargs, "initial": {"status": Status.LIVE}} if is_new and is_draft else kwargs

    def delete_existing(self, obj: Milestone, commit: bool = True) -> None:
        """Delete or hide."""
        if commit:
            delete_milestone(obj, now=timezone.now())


class MilestoneInline(StackedInline):
    """The milestones of a streak, on a tab of its page."""

    model = Milestone
    form = MilestoneForm
    formset = MilestoneFormSet
    extra = 0
    show_change_link = True
    # Templates ask for these at every field, and what is not there takes long to look for.
    compressed_fields = False
    conditional_fields: dict[str, str] = {}
    fieldsets = [
        (None, {"fields": RULES}),
        (_("Reward"), {"fields": REWARD}),
        *language_fieldsets(MILESTONE_TEXTS, "collapse"),
    ]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Leave out the hidden ones."""
        return super().get_queryset(request).filter(deleted_at=None).select_related("streak")  # type: ignore[no-any-return]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Give texts room, and a label without the name of the column."""
        return text_formfield(db_field, super().formfield_for_dbfield(db_field, request, **kwargs))

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Let a milestone with rewards be marked for deletion: they do not stand in the way of hiding it (S29)."""
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.hand_clean_DELETE = lambda form: None
        return formset


@admin.register(Milestone)
class MilestoneAdmin(ExplainedDeletionAdmin):
    """Milestones of all streaks. New ones are made on the page of their streak."""

    form = MilestoneForm
    list_display = ["name", "streak_link", "milestone_target_value", "status_label", "coupon_source", "once_per_member"]
    list_filter = ["status", "coupon_source"]
    list_select_related = ["streak"]
    search_fields = ["name", "streak__name"]
    readonly_fields = ["streak_link", "id", "created_at", "updated_at"]
    fieldsets = [
        (_("Basics"), {"classes": ["tab"], "fields": ["streak_link", *RULES, "id", ("created_at", "updated_at")]}),
        (_("Reward"), {"classes": ["tab"], "fields": REWARD}),
        *language_fieldsets(MILESTONE_TEXTS, "tab"),
    ]

    actions_detail = ("retire",)
    retire = retire
    has_retire_permission = has_retire_permission

    class Media:
        js: ClassVar[list[Any]] = [Script("admin/console/milestones.js", type="module")]

    @display(description=_("streak"))
    def streak_link(self, milestone: Milestone) -> str:
        """The streak that it belongs to, for ever."""
        return link_to(milestone.streak)

    @display(description=_("status"), label=STATUS_COLOURS)
    def status_label(self, milestone: Milestone) -> tuple[str, str]:
        return milestone.status, milestone.get_status_display()

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Leave what is hidden out of the list; links from rewards still lead to it (S29)."""
        queryset: QuerySet[Any] = super().get_queryset(request)
        is_list = (
            request.resolver_match is not None and request.resolver_match.url_name == "streaks_milestone_changelist"
        )
        return queryset.filter(deleted_at=None, streak__deleted_at=None) if is_list else queryset

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Milestones are made on the page of their streak."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Milestone | None = None) -> bool:
        """A hidden milestone can be looked at only."""
        is_hidden = obj is not None and (obj.deleted_at is not None or obj.streak.deleted_at is not None)
        return not is_hidden and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Milestone | None = None) -> bool:
        """What is hidden already cannot be deleted again."""
        return (obj is None or obj.deleted_at is None) and super().has_delete_permission(request, obj)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Give texts room, and a label without the name of the column."""
        return text_formfield(db_field, super().formfield_for_dbfield(db_field, request, **kwargs))

    def lock_record(self, object_id: str) -> None:
        """Wait for what is being recorded first, as saving does."""
        with suppress(ValidationError, ValueError):
            for streak_id in Milestone.objects.filter(pk=object_id).values_list("streak", flat=True):
                lock_milestones(streak_id)
        super().lock_record(object_id)

    def deletion_meaning(self, obj: models.Model) -> str:
        """Say what S29 does."""
        return str(
            _("it is deleted; when it has issued rewards it is hidden instead, and its rewards keep showing it.")
        )

    def delete_one(self, obj: Any) -> None:
        """Delete or hide (S29)."""
        delete_milestone(obj, now=timezone.now())
