"""Pages on which facts are made and never edited, and that show before what would follow (S36, S42)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from streaks.models.applied import AppliedToMany


def applied_text(fact: AppliedToMany) -> str:
    """Say how far a fact about many has been applied; nothing once it is applied to all."""
    if fact.applied_at is not None:
        return ""
    values = {"done": fact.applied_members, "all": fact.total_members}
    return _("applied to %(done)s of %(all)s members") % values


class PreviewedAdmin:
    """A page to add a record: saved once it shows what would follow, saved once more it makes the record."""

    opts: Any

    def preview_sentence(self, form: Any) -> str:
        """Say what would follow from a valid form."""
        raise NotImplementedError

    @property
    def previewed_key(self) -> str:
        """Return where the session keeps what was previewed."""
        return f"{self.opts.model_name}_previewed"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Let the form know who fills it in."""
        form: Any = super().get_form(request, obj, change, **kwargs)  # type: ignore[misc]  # the admin mixed into
        return type(form.__name__, (form,), {"request": request})

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Bring back what was previewed."""
        previewed = request.session.get(self.previewed_key, {}) if "previewed" in request.GET else {}
        found: dict[str, Any] = super().get_changeform_initial_data(request)  # type: ignore[misc]
        return {**found, **{name: values if len(values) > 1 else values[0] for name, values in previewed.items()}}

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Show what would follow first; the same form, saved once more, makes the record."""
        model_admin: Any = super()
        if request.method == "POST" and self.has_add_permission(request):  # type: ignore[attr-defined]
            sent = {name: values for name, values in request.POST.lists() if name[0] != "_" and "token" not in name}
            if request.session.get(self.previewed_key) != sent:
                form = self.get_form(request)(request.POST)
                if form.is_valid():
                    request.session[self.previewed_key] = sent
                    told = _("%(impact)s Nothing is stored yet: save once more to do it.")
                    messages.warning(request, told % {"impact": self.preview_sentence(form)})
                    return HttpResponseRedirect(f"{request.path}?previewed=1")
            else:
                del request.session[self.previewed_key]
        return model_admin.add_view(request, form_url, extra_context)  # type: ignore[no-any-return]
