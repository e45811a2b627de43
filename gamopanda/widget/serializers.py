"""The settings of the display on the wire."""

# ruff: noqa: N815  names as on the wire

from collections.abc import Mapping

from rest_framework import serializers

from gamopanda.api.serializer_compiler import RenderContext
from gamopanda.api.serializers import DictionarySerializer
from gamopanda.widget.explained import LAUNCHER, THEME, WIDGET
from gamopanda.widget.models import Alignment, ColorScheme, LauncherIcon


class LauncherIconField(serializers.CharField):
    """The name of a picture that the script brings along, or the absolute address of an uploaded one."""

    def render_record(self, launcher: Mapping[str, str], context: RenderContext) -> str:
        """Return the name or the absolute URL."""
        icon = launcher[str(self.field_name)]
        return icon if icon in LauncherIcon.values else context.absolute_url(icon)

    def to_representation(self, value: str) -> str:
        """Return the name or the absolute URL, the path where there is no request to take the host from."""
        request = self.context.get("request")
        return value if value in LauncherIcon.values or request is None else str(request.build_absolute_uri(value))


class LauncherSerializer(DictionarySerializer):
    """Where the launcher lies (its corner, and its distance from there in CSS pixels), and what is on it."""

    explained = LAUNCHER

    alignment = serializers.ChoiceField(choices=Alignment.choices, read_only=True)
    alignmentPositionX = serializers.IntegerField(read_only=True)
    alignmentPositionY = serializers.IntegerField(read_only=True)
    launcherIcon = LauncherIconField(read_only=True)


class ThemeSerializer(DictionarySerializer):
    """Colours as `#rrggbb`, a list of fonts as in CSS, and the radius of corners in CSS pixels."""

    explained = THEME

    colorScheme = serializers.ChoiceField(choices=ColorScheme.choices, read_only=True)
    primaryColor = serializers.CharField(read_only=True)
    primaryTextColor = serializers.CharField(read_only=True)
    secondaryColor = serializers.CharField(read_only=True)
    secondaryTextColor = serializers.CharField(read_only=True)
    backgroundColor = serializers.CharField(read_only=True)
    bodyTextColor = serializers.CharField(read_only=True)
    fontFamily = serializers.CharField(read_only=True)
    borderRadius = serializers.IntegerField(read_only=True)


class WidgetSerializer(DictionarySerializer):
    """What the end-user display looks like, and its fixed texts in the language of the answer."""

    explained = WIDGET

    launcher = LauncherSerializer(read_only=True)
    theme = ThemeSerializer(read_only=True)
    texts = serializers.DictField(child=serializers.CharField(), read_only=True)
    decimalSeparator = serializers.CharField(source="decimal_separator", read_only=True)
