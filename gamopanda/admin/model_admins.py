"""Base classes of the model admins: audited, read-only, for big tables, and with deletion that is explained."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from gamopanda.admin.change_lists import StrictChangeList
from gamopanda.admin.keyset import KeysetChangeList, KeysetPaginator
from gamopanda.admin.links import history_of
from gamopanda.admin.merging import MergingForm, collisions_of, problems_of

CustomURL = tuple[str, str, Callable[..., HttpResponse]]


class AuditedAdmin(ModelAdmin):
    """Records whose history is the audit trail: it has every change, also those that were not made here.

    Django's own history, which has only what its pages did and not what was there before, is not kept.
    """

    form: "type[ModelForm[Any]]" = MergingForm
    list_per_page = 50
    # Templates ask for this at every field, and what is not there takes long to look for.
    conditional_fields: dict[str, str] = {}
    # The fields that a record is made with, where its page has others from then on.
    add_fields: Sequence[Any] = ()
    # Unfold's: (route, name, view); each view takes the request, `model_admin`, and what the route captures.
    custom_urls: tuple[CustomURL, ...] = ()
    # Unfold's: the names of the buttons above the form.
    actions_detail: Sequence[str] = ()

    @classmethod
    def add_page(
        cls,
        *urls: CustomURL,
        button: Callable[..., HttpResponse] | None = None,
        permission: Callable[..., bool] | None = None,
    ) -> None:
        """Add a page of another app: its addresses, the button that leads there, and who is offered the button.

        `button` is an action of unfold; `permission` is named as unfold looks for it: `has_<permission>_permission`.
        """
        cls.custom_urls = (*cls.custom_urls, *urls)
        if button is not None:
            setattr(cls, button.__name__, button)
            cls.actions_detail = (button.__name__, *cls.actions_detail)
        if permission is not None:
            setattr(cls, permission.__name__, permission)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for what makes a record."""
        if obj is None and self.add_fields:
            return [(None, {"fields": self.add_fields})]
        return super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let a new one be written."""
        return [] if obj is None and self.add_fields else super().get_readonly_fields(request, obj)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that takes every address."""
        return StrictChangeList

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Say on which clock an instant is typed."""
        formfield = super().formfield_for_dbfield(db_field, request, **kwargs)
        if formfield is not None and isinstance(db_field, models.DateTimeField):
            formfield.label = f"{formfield.label} ({timezone.get_current_timezone_name()})"
        return formfield

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Read the record of a page once, although each of its buttons asks for it."""
        if request.method != "GET" or from_field is not None:
            return super().get_object(request, object_id, from_field)
        read: dict[Any, Any] = request.__dict__.setdefault("records_read", {})
        key = (self.model, object_id)
        if key not in read:
            read[key] = super().get_object(request, object_id)
        return read[key]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Go to what the audit trail has about this record; refuse who may not look at it."""
        record = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        return HttpResponseRedirect(history_of(self.model, unquote(object_id), *self.parts_of(record)))

    def parts_of(self, record: Any) -> list[str]:
        """Return the keys of the records whose changes belong to the history of this one."""
        return []

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """Save under a lock, so that of two who save at once the second sees what the first has changed."""
        if request.method != "POST" or object_id is None:
            return super().changeform_view(request, object_id, *args, **kwargs)
        with transaction.atomic():
            self.lock_record(unquote(object_id))
            return super().changeform_view(request, object_id, *args, **kwargs)

    def lock_record(self, object_id: str) -> None:
        """Lock what the page of a record saves, until the transaction ends; an id that is none locks nothing."""
        with suppress(ValidationError, ValueError):
            self.model._base_manager.select_for_update(no_key=True).filter(pk=object_id).first()

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Offer the history to who may read the audit trail, and ask where two people have changed a field."""
        inline_forms = [form for inline in context["inline_admin_formsets"] for form in inline.formset.forms]
        page_forms = [context["adminform"].form, *inline_forms]
        context["problems"] = problems_of(page_forms)
        context["show_history"] = request.user.has_perm("auditlog.view_logentry")
        context["page_forms"] = [form for form in page_forms if getattr(form, "opened_token", "")]
        context["collisions"] = collisions_of(page_forms)
        return super().render_change_form(request, context, *args, **kwargs)

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> None:
        """Leave it to the audit trail."""

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> None:
        """Leave it to the audit trail."""

    def log_deletions(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """Leave it to the audit trail."""


class ReadOnlyAdmin(AuditedAdmin):
    """Records to look at: written by the product alone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse to add one by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Refuse to change one by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Refuse to delete one by hand."""
        return False


class BigTableAdmin(AuditedAdmin):
    """A table of any size: paged without ever counting its rows, in an order that has an index."""

    paginator = KeysetPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    sortable_by = ()
    list_disable_select_all = True
    list_filter_submit = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list whose pages cost the same, however deep."""
        return KeysetChangeList


class ExplainedDeletionAdmin(AuditedAdmin):
    """Deletion that is not what it is elsewhere: the page that asks for confirmation says what happens instead."""

    delete_confirmation_template = "admin/explained_deletion.html"
    delete_selected_confirmation_template = "admin/explained_deletion_selected.html"

    def deletion_meaning(self, obj: models.Model) -> str:
        """Say in a sentence what deleting this record does."""
        raise NotImplementedError

    def get_deleted_objects(
        self, objs: Iterable[models.Model], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """List what is asked to be deleted, and nothing of what Django would take along with it."""
        described = [f"{obj}: {self.deletion_meaning(obj)}" for obj in objs]
        name = str(self.opts.verbose_name_plural)
        lacking = set() if self.has_delete_permission(request) else {name}
        return described, {name: len(described)}, lacking, []

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        """Delete one record in the way of its kind."""
        self.delete_one(obj)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """Delete the selected records, each in the way of its kind."""
        for obj in queryset:
            self.delete_one(obj)

    def delete_one(self, obj: models.Model) -> None:
        """Do what `deletion_meaning` says."""
        raise NotImplementedError
