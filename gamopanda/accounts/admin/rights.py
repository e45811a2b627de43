"""What somebody may do in the administration, in words."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from gamopanda.admin.menu import title_in_menu

VERBS = ("view", "add", "change", "delete")


def rights_in_words(permissions: Iterable[Permission]) -> SafeString:
    """Return a list: what may be done, and with which records."""
    lines = list(_lines(permissions))
    if not lines:
        return SafeString(_("Nothing yet: choose a group."))
    return format_html(
        '<ul class="list-disc ml-4">{}</ul>', format_html_join("", "<li>{}</li>", ([one] for one in lines))
    )


def _lines(permissions: Iterable[Permission]) -> Iterator[str]:
    verbs_of_models: dict[str, set[str]] = defaultdict(set)
    others: list[str] = []
    for permission in permissions:
        verb, _underscore, model = permission.codename.partition("_")
        if verb in VERBS and model == permission.content_type.model:
            verbs_of_models[_title_of(permission.content_type)].add(verb)
        else:
            others.append(_(permission.name).removeprefix("Can "))
    models_of_verbs: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for title, verbs in verbs_of_models.items():
        models_of_verbs[tuple(verb for verb in VERBS if verb in verbs)].append(title)
    for together, titles in sorted(models_of_verbs.items(), key=lambda pair: -len(pair[0])):
        yield f"{_verbs_in_words(together)}: {', '.join(sorted(titles))}"
    yield from sorted(other.capitalize() for other in others)


def _title_of(kind: ContentType) -> str:
    """Return what people call the records of a model."""
    model = kind.model_class()
    name = kind.name if model is None else model._meta.verbose_name_plural
    return str(title_in_menu(f"{kind.app_label}_{kind.model}") or name)


def _verbs_in_words(verbs: tuple[str, ...]) -> str:
    words = {"view": _("look at"), "add": _("add"), "change": _("change"), "delete": _("delete")}
    *first, last = (words[verb] for verb in verbs)
    text = _("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last} if first else last
    return text[:1].upper() + text[1:]
