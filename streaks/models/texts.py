"""The end-user texts of a streak: their lengths and defaults, as the product page gives them (S34)."""

import re

from streaks.core import messages

MESSAGE_LENGTH = 256
LABEL_LENGTH = 32
TITLE_LENGTH = 48
DESCRIPTION_LENGTH = 1024

_NO_LINE_END = re.compile(r"(?<=[\d}]) (?=[$%](?![\d{]))|(?<=US\$) (?=[\d{])| (?=[!?:;])")

_ACHIEVED = (
    "You have completed {{periodText}} {{currentProgressValue}} streak! Come back next {{periodText}} to shop more to "
    "maintain your streak and reach the next milestone!"
)

DEFAULTS = {
    "eud_in_progress_label": "In Progress",
    "eud_completed_label": "Completed",
    "eud_not_started_label": "Not Started",
    "eud_broken_label": "Broken",
    "eud_view_details_button_text": "View Details",
    messages.NON_MILESTONE_NEXT: (
        "Shop for ${{nextRemainingValue}} or more to complete the {{periodText}} {{nextProgressValue}} streak!"
    ),
    messages.NON_MILESTONE_ACHIEVED: _ACHIEVED,
    messages.COMPLETED: (
        "Congratulations! You have completed this streak! Come back next {{periodText}} to shop more and start your "
        "next streak!"
    ),
    messages.BROKEN: (
        "Your streak has been broken. Don't worry, you can start a new streak today! Shop more and reach your next "
        "milestone!"
    ),
    messages.MILESTONE_NEXT: (
        "Shop for ${{nextRemainingValue}} or more for {{nextRemainingPeriod}} {{periodText}}s to complete the next "
        "milestone!"
    ),
    messages.MILESTONE_ACHIEVED: _ACHIEVED,
    messages.FREEZE_USED: (
        "A freeze has saved your streak! You have {{freezesLeft|one: # freeze|other: # freezes}} left."
    ),
}


def unbroken(text: str) -> str:
    """Return a text whose lines do not end within an amount, such as 5 %, or before a French mark."""
    return _NO_LINE_END.sub("\N{NO-BREAK SPACE}", text)
