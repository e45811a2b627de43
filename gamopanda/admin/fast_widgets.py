"""Parts of forms that are drawn without a template: the page of a streak has hundreds, which took most of its time."""

from typing import Any

from django.forms import Widget
from django.forms.utils import ErrorList, flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from gamopanda.conf.time_zones import places, present_name, zone_of


class FastTextInput(UnfoldAdminTextInputWidget):
    """A text of one line, as unfold draws it."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Draw it; an empty one has no value."""
        widget = self.get_context(name, value, attrs)["widget"]
        value = {} if widget["value"] is None else {"value": widget["value"]}
        return format_html(
            '<div class="max-w-2xl relative w-full"><input type="text" name="{}"{}></div>',
            name,
            flatatt({**value, **widget["attrs"]}),
        )


class FastTextarea(UnfoldAdminTextareaWidget):
    """A text of several lines, as unfold draws it; its line ends are those of Unix, one character each."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return what was typed: browsers send two characters for each line end."""
        text = super().value_from_datadict(data, files, name)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Draw it; browsers drop the first line break, so that it is not one of the text."""
        widget = self.get_context(name, value, attrs)["widget"]
        attributes = flatatt(widget["attrs"])
        return format_html('<textarea name="{}"{}>\n{}</textarea>', name, attributes, widget["value"] or "")


class TimeZoneInput(FastTextInput):
    """A time zone, found by the name of its place: “New York” is America/New_York."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return the zone of a place that was typed, by its present name."""
        typed = super().value_from_datadict(data, files, name)
        return present_name(zone_of(typed)) if isinstance(typed, str) else typed

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Draw it with the list to choose from."""
        found = sorted((place, zone) for place, zone in places().items())
        options = format_html_join("", '<option value="{1}">{0}</option>', found)
        field = super().render(name, value, {**(attrs or {}), "list": f"{name}-places"}, renderer)
        return format_html('{}<datalist id="{}-places">{}</datalist>', field, name, options)


class FrozenText(Widget):
    """A value that cannot change any more, as text; scripts find it as it is stored in `data-value`."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Draw the value as people read it."""
        if isinstance(value, bool):
            text = _("yes") if value else _("no")
        else:
            text = dict(getattr(self, "choices", ())).get(value, value)
        return format_html('<span class="frozen-value" data-field="{}" data-value="{}">{}</span>', name, value, text)


class FastErrorList(ErrorList):
    """What is wrong with a field; nothing, where nothing is."""

    def as_ul(self) -> SafeString:
        """Draw the list, if there is anything in it."""
        return super().as_ul() if self else SafeString("")
