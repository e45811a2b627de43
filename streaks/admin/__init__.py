"""Administration of streaks: configured by hand, and followed by hand."""

from streaks.admin import activity, milestone, streak  # noqa: F401
