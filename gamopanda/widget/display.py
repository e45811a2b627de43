"""What the script needs to draw itself: the settings, and every fixed text in the reader's language."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, TypedDict

from django.conf import settings
from django.db.models import QuerySet
from modeltranslation.utils import build_localized_fieldname

from gamopanda.api.lists.compiled_queries import DeferredQuery, deferred_query, run_together
from gamopanda.api.naming import camel_case
from gamopanda.conf.locales import decimal_separator
from gamopanda.widget.models import WidgetSettings, WidgetText
from gamopanda.widget.texts import PURPOSES, pick_text

LAUNCHER = {name: camel_case(name) for name in ("alignment", "alignment_position_x", "alignment_position_y")}
THEME = {
    name: camel_case(name)
    for name in (
        "color_scheme",
        "primary_color",
        "primary_text_color",
        "secondary_color",
        "secondary_text_color",
        "background_color",
        "body_text_color",
        "font_family",
        "border_radius",
    )
}


class WidgetDisplay(TypedDict):
    """The settings as the API shows them: `texts` has every fixed text by its name.

    `launcherIcon` is the name of a picture that the script brings along, or where an uploaded one is stored.
    `decimal_separator` is the one of the rendered messages, so that all numbers look alike (S30).
    """

    launcher: dict[str, str | int]
    theme: dict[str, str | int]
    texts: dict[str, str]
    decimal_separator: str


def read_settings() -> WidgetSettings:
    """Return the one row, or the defaults before the first save."""
    return WidgetSettings.objects.first() or WidgetSettings()


def read_written() -> dict[str, dict[str, str]]:
    """Return what marketers have rewritten: name of the text -> language -> text, where there is any."""
    return _written(WidgetText.objects.all())


def _written(rows: Iterable[WidgetText]) -> dict[str, dict[str, str]]:
    return {
        row.key: {code: text for code, _name in settings.LANGUAGES if (text := getattr(row, column_of(code)))}
        for row in rows
    }


def column_of(language: str) -> str:
    """Return the column of `WidgetText` for a language."""
    return str(build_localized_fieldname("text", language))


def launcher_icon(row: WidgetSettings) -> str:
    """Return where the uploaded icon is, else the name of the chosen one."""
    return str(row.launcher_image.url if row.launcher_image else row.launcher_icon)


def stored_display() -> tuple[DeferredQuery, DeferredQuery]:
    """Return the queries for `display_of`: the saved settings, and the texts that marketers have written."""
    return deferred_query("widget settings", WidgetSettings.objects.all), deferred_query("widget texts", _widget_texts)


def _widget_texts() -> QuerySet[WidgetText]:
    """Return all texts with their columns as they are, without replacing `text` by the one of the active language."""
    texts: Any = WidgetText.objects
    return texts.rewrite(False)  # type: ignore[no-any-return]


def widget_display(language: str) -> WidgetDisplay:
    """Return everything that the script needs, in a configured language."""
    return display_of(*run_together(*stored_display()), language=language)


def display_of(rows: Sequence[WidgetSettings], texts: Iterable[WidgetText], *, language: str) -> WidgetDisplay:
    """Return everything that the script needs, in a configured language, of what `stored_display` has read."""
    row, written = rows[0] if rows else WidgetSettings(), _written(texts)
    return WidgetDisplay(
        launcher={wire_name: getattr(row, name) for name, wire_name in LAUNCHER.items()}
        | {"launcherIcon": launcher_icon(row)},
        theme={wire_name: getattr(row, name) for name, wire_name in THEME.items()},
        texts=_texts(tuple((key, *found.items()) for key, found in written.items()), language),
        decimal_separator=decimal_separator(language),
    )


@lru_cache(maxsize=64)
def _texts(written: Iterable[Any], language: str) -> dict[str, str]:
    """Return every fixed text: they hardly ever change, and most are shipped."""
    found = {key: dict(texts) for key, *texts in written}
    return {camel_case(key): pick_text(key, found.get(key, {}), language) for key in PURPOSES}
