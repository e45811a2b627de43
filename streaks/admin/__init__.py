"""Administration of streaks: configured by hand, and followed by hand."""

from streaks.admin import activity, logs, milestone, protection, rules_versions, set_aside  # noqa: F401
from streaks.admin.streak import model_admin  # noqa: F401
