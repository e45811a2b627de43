"""The settings of the display on the wire."""

# ruff: noqa: N815  names as on the wire

from collections.abc import Mapping

from rest_framework import serializers

from gamopanda.api.serializers.base import DictionarySerializer
from gamopanda.api.serializers.examples import example
from gamopanda.api.serializers.serializer_compiler import RenderContext
from gamopanda.widget.models import MAX_OFFSET, MAX_RADIUS, Alignment, ColorScheme, LauncherIcon


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
    """Where the launcher lies (its corner, and its distance from there in CSS pixels), and its picture."""

    alignment = serializers.ChoiceField(
        choices=Alignment.choices, read_only=True, help_text="The corner of the page in which the launcher lies."
    )
    alignmentPositionX = serializers.IntegerField(
        read_only=True,
        help_text="The distance from the side of the page, in CSS pixels.",
        **example(20, minimum=0, maximum=MAX_OFFSET),
    )
    alignmentPositionY = serializers.IntegerField(
        read_only=True,
        help_text="The distance from the bottom of the page, in CSS pixels.",
        **example(20, minimum=0, maximum=MAX_OFFSET),
    )
    launcherIcon = LauncherIconField(
        read_only=True,
        help_text="The picture on the launcher: flame, gift, star, trophy, heart, bolt, or the URL of an own icon.",
        **example("flame"),
    )


def _colour(of_what: str, value: str) -> serializers.CharField:
    return serializers.CharField(read_only=True, help_text=f"The colour of {of_what}, as #rrggbb.", **example(value))


class ThemeSerializer(DictionarySerializer):
    """Colours as `#rrggbb`, a list of fonts as in CSS, and the radius of corners in CSS pixels."""

    colorScheme = serializers.ChoiceField(
        choices=ColorScheme.choices,
        read_only=True,
        help_text="Whether the panel is light, dark, or follows the page (auto).",
    )
    primaryColor = _colour("buttons and progress", "#7c3aed")
    primaryTextColor = _colour("text on the primary colour", "#ffffff")
    secondaryColor = _colour("quieter buttons", "#1a1c1e")
    secondaryTextColor = _colour("text on the secondary colour", "#ffffff")
    backgroundColor = _colour("the panel", "#ffffff")
    bodyTextColor = _colour("text on the panel", "#1a1c1e")
    fontFamily = serializers.CharField(
        read_only=True, help_text="A list of fonts as in CSS.", **example("system-ui, sans-serif")
    )
    borderRadius = serializers.IntegerField(
        read_only=True,
        help_text="The radius of corners, in CSS pixels.",
        **example(16, minimum=0, maximum=MAX_RADIUS),
    )


class WidgetSerializer(DictionarySerializer):
    """What the end-user display looks like, and its fixed texts in the language of the answer."""

    launcher = LauncherSerializer(read_only=True, help_text="Where the launcher lies, and its picture.")
    theme = ThemeSerializer(read_only=True, help_text="Colours, font and corners.")
    texts = serializers.DictField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Every fixed text by its name, in the language of the answer.",
        **example({"copyButton": "Copy"}),
    )
    decimalSeparator = serializers.CharField(
        source="decimal_separator",
        read_only=True,
        help_text="The character between units and tenths in this language.",
        **example("."),
    )
