"""Small pictures of numbers, drawn by the server: they need no script, and are told in words beside."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# Of a column, in the units of the picture.
WIDTH, GAP, HEIGHT = 8, 2, 48


def columns(values: Sequence[int], label: str) -> SafeString:
    """Return a picture with a column for each value, at least a line where it is not 0; `label` says it in words."""
    most = max(values, default=0) or 1
    heights = [max(HEIGHT * value // most, 1) if value else 0 for value in values]
    drawn = [(place * (WIDTH + GAP), HEIGHT - height, WIDTH, height) for place, height in enumerate(heights)]
    return format_html(
        '<svg role="img" aria-label="{}" viewBox="0 0 {} {}" height="{}" preserveAspectRatio="none" '
        'class="max-w-full text-primary-600 dark:text-primary-500" fill="currentColor">{}</svg>',
        label,
        len(values) * (WIDTH + GAP) - GAP,
        HEIGHT,
        HEIGHT,
        format_html_join("", '<rect x="{}" y="{}" width="{}" height="{}"/>', drawn),
    )


def bar(share: int) -> SafeString:
    """Return a bar that fills `share` percent of its place; the number stands beside it, so it is not read out."""
    return format_html(
        '<svg aria-hidden="true" width="100%" height="12" class="text-primary-600 dark:text-primary-500" '
        'fill="currentColor"><rect width="{}%" height="12" rx="3"/></svg>',
        share,
    )


def percent(part: int, whole: int) -> int:
    """Return a part in percent of a whole, rounded down; 0 of nothing."""
    return 100 * part // whole if whole else 0
