"""How the end-user display looks, and which of its fixed texts a marketer has rewritten. It knows no streak."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gamopanda.api.characters import ReadableField
from gamopanda.icons.fields import IconField, icon_path, validate_icon
from gamopanda.widget.colours import AA, contrast, validate_colour
from gamopanda.widget.texts import TEXT_LENGTH

MAX_OFFSET = 400
MAX_RADIUS = 32
TEXT_ON_GROUND = {
    "primary_text_color": "primary_color",
    "secondary_text_color": "secondary_color",
    "body_text_color": "background_color",
}
"""Which text colour is read on which ground."""

validate_font_family = RegexValidator(
    r"^[\w ,'\"-]+$", _("Write names of fonts with commas between them, such as Inter, system-ui, sans-serif.")
)


class Alignment(models.TextChoices):
    """The corner of the page in which the launcher lies."""

    BOTTOM_RIGHT = "bottom_right", _("bottom right")
    BOTTOM_LEFT = "bottom_left", _("bottom left")


class ColorScheme(models.TextChoices):
    """Whether the panel is light or dark."""

    AUTO = "auto", _("as the page is")
    LIGHT = "light", _("light")
    DARK = "dark", _("dark")


class LauncherIcon(models.TextChoices):
    """The pictures that the script brings along: no further request, and nothing that could run."""

    FLAME = "flame", _("flame")
    GIFT = "gift", _("gift")
    STAR = "star", _("star")
    TROPHY = "trophy", _("trophy")
    HEART = "heart", _("heart")
    BOLT = "bolt", _("bolt")


def _colour(name: Any, default: str, meaning: Any) -> "models.CharField[str, str]":
    return models.CharField(name, max_length=7, default=default, validators=[validate_colour], help_text=meaning)


def _offset(name: Any, meaning: Any) -> "models.PositiveSmallIntegerField[int, int]":
    return models.PositiveSmallIntegerField(
        name, default=20, validators=[MaxValueValidator(MAX_OFFSET)], help_text=meaning
    )


class WidgetSettings(models.Model):
    """The one row of settings: what the launcher and the panel look like on every page."""

    alignment = models.CharField(
        _("corner"),
        max_length=12,
        choices=Alignment,
        default=Alignment.BOTTOM_RIGHT,
        help_text=_("Where the button lies on the page: for example on the left, when a chat lies on the right."),
    )
    alignment_position_x = _offset(_("distance from the side"), _("In pixels, such as 20; 0 touches the side."))
    alignment_position_y = _offset(
        _("distance from the bottom"), _("In pixels, such as 90 to stay above a bar of the shop.")
    )
    launcher_icon = models.CharField(
        _("icon"),
        max_length=8,
        choices=LauncherIcon,
        default=LauncherIcon.FLAME,
        help_text=_("The picture on the button, for example a gift where rewards matter most."),
    )
    launcher_image = IconField(
        _("own icon"),
        upload_to=icon_path,
        blank=True,
        validators=[validate_icon],
        max_length=255,
        help_text=_("Instead of the icon above, for example your logo: PNG, JPEG, GIF or SVG, at most 100 KB."),
    )
    color_scheme = models.CharField(
        _("light or dark"),
        max_length=5,
        choices=ColorScheme,
        default=ColorScheme.AUTO,
        help_text=_("For example “dark” for a shop whose pages are always dark."),
    )
    primary_color = _colour(
        _("main colour"), "#7c3aed", _("Colour of buttons and progress bars, for example your brand colour (#7c3aed).")
    )
    primary_text_color = _colour(
        _("text on the main colour"), "#ffffff", _("Colour of the text on buttons, for example #ffffff.")
    )
    secondary_color = _colour(
        _("second colour"),
        "#1a1c1e",
        _("Colour of quieter buttons and of the number of new rewards, for example #1a1c1e."),
    )
    secondary_text_color = _colour(
        _("text on the second colour"), "#ffffff", _("Colour of the text on the second colour, for example #ffffff.")
    )
    background_color = _colour(
        _("background"), "#ffffff", _("Colour of the panel behind all texts, for example #ffffff.")
    )
    body_text_color = _colour(_("text"), "#1a1c1e", _("Colour of messages and descriptions, for example #1a1c1e."))
    font_family = models.CharField(
        _("font"),
        max_length=200,
        default="system-ui, sans-serif",
        validators=[validate_font_family],
        help_text=_(
            "A font that the shop's pages have loaded, then what to use without it, such as “Inter, sans-serif”. "
            "“inherit”: as the page."
        ),
    )
    border_radius = models.PositiveSmallIntegerField(
        _("rounding of corners"),
        default=16,
        validators=[MaxValueValidator(MAX_RADIUS)],
        help_text=_("In pixels, such as 16; 0 makes them square."),
    )
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        """There is one row, and the database sees to it."""

        verbose_name = _("widget")
        verbose_name_plural = _("widget")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="widget_settings_one_row")]

    def __str__(self) -> str:
        return str(_("Widget"))

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save as the one row."""
        self.pk = 1
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Refuse colours on which a text cannot be read by everybody (WCAG 2.2 AA)."""
        errors = {}
        for text, ground in TEXT_ON_GROUND.items():
            ratio = _contrast_of(getattr(self, text), getattr(self, ground))
            if ratio is not None and ratio < AA:
                errors[text] = ValidationError(
                    _("This text on “%(ground)s” has a contrast of %(ratio).2f: at least 4.5 is needed (WCAG AA)."),
                    code="contrast",
                    params={"ground": field_label(ground), "ratio": int(ratio * 100) / 100},
                )
        if errors:
            raise ValidationError(errors)


def field_label(name: str) -> str:
    """Return what people call a setting."""
    field: Any = WidgetSettings._meta.get_field(name)
    return str(field.verbose_name)


def _contrast_of(text: str, ground: str) -> float | None:
    """Return the contrast, or None while one of them is no colour, which is said elsewhere."""
    try:
        validate_colour(text)
        validate_colour(ground)
    except ValidationError:
        return None
    return contrast(text, ground)


class WidgetText(models.Model):
    """A fixed text of the panel that a marketer has rewritten, in the languages in which it is."""

    key = models.CharField(max_length=32, unique=True)
    text = ReadableField(max_length=TEXT_LENGTH, blank=True)

    objects: ClassVar[models.Manager["WidgetText"]] = models.Manager()

    class Meta:
        """By name."""

        verbose_name = _("text of the widget")
        verbose_name_plural = _("texts of the widget")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key
