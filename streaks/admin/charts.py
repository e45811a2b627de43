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


def curve(shares: Sequence[float | None], label: str) -> SafeString:
    """Return a curve of shares between 0 and 1, as far as there are some; `label` says it in words."""
    width, height = 600, 160
    step = width / max(len(shares) - 1, 1)
    known = [(step * place, height * (1 - share)) for place, share in enumerate(shares) if share is not None]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in known)
    return format_html(
        '<svg role="img" aria-label="{}" viewBox="-4 -4 {} {}" class="max-w-full text-primary-600 '
        'dark:text-primary-500" fill="none" stroke="currentColor"><path d="M0 0V{}H{}" stroke-width="1" '
        'opacity="0.4"/><polyline points="{}" stroke-width="3" stroke-linejoin="round"/></svg>',
        label,
        width + 8,
        height + 8,
        height,
        width,
        points,
    )
