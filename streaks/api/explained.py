"""What the API's description tells of the fields of streaks and milestones, by their names on the wire."""

from gamopanda.api.explaining import EXAMPLE_ID, NOT_BLANK, Explained, part, value
from gamopanda.api.naming import camel_case
from streaks.models import MAX_PERIODS
from streaks.texts import DEFAULTS

TEMPLATE = (
    "A template: {{periodText}}, {{currentProgressValue}}, {{nextProgressValue}}, {{nextRemainingValue}} and "
    "{{nextRemainingPeriod}} are filled in (S30); an unknown variable is refused (S31). In the language of "
    "languageCode; empty: the default text."
)
LABEL = "Translatable; empty: the default text."

STREAK_ID = value("The id of the streak.", EXAMPLE_ID)
MEMBER_ID = value("The id of the member.", EXAMPLE_ID)
PERIOD_KEY = value(
    "The period on the streak's clock, named by its first local date, also for weeks and months (S3).", "2026-03-01"
)
EUD_TITLE = value("The title that members read; translatable, empty: none.", "7-Day Shopper")
EUD_DESCRIPTION = value(
    "The description that members read; translatable, empty: none.", "Spend $50 a day, seven days in a row."
)

STREAK = {
    "name": value("For you and your colleagues; members never see it.", "7-Day Shopper", pattern=NOT_BLANK),
    "description": value(
        "What this streak is for, in a sentence; members never see it.",
        "Spend $50 every day for 7 days.",
        pattern=NOT_BLANK,
    ),
    "status": value(
        "draft: being prepared; live: shown, and takes activity; paused: takes none, and the periods that the pause "
        "touches are excused (S19).",
        "live",
    ),
    "completionTargetValue": value(
        "How many periods in a row finish the streak. Frozen from the first log on (S28).",
        7,
        minimum=1,
        maximum=MAX_PERIODS,
    ),
    "aggregationMethod": value(
        "How the activity of a period adds up: sum adds activityValue, count counts the logs. Frozen from the first "
        "log on (S28).",
        "sum",
    ),
    "aggregationPeriod": value(
        "The calendar period in which the target has to be reached: daily, weekly or monthly, on the streak's clock. "
        "Frozen from the first log on (S28).",
        "daily",
    ),
    "aggregationTargetValue": value(
        "What a member has to reach in one period, in the unit of activityValue (money, minutes), or as a number of "
        "logs. Exact, with at most 14 digits before and 4 after the point. Frozen from the first log on (S28).",
        50,
        minimum=0.0001,
    ),
    "timeZone": value(
        "The streak's clock: an IANA name; null: the clock of this installation (S2). Frozen from the first log on.",
        "Europe/Berlin",
        format="iana-time-zone",
    ),
    "milestones": part("The milestones in order of target; end users and guests see the live ones alone."),
    "eudTitle": EUD_TITLE,
    "eudDescription": EUD_DESCRIPTION,
    "eudIcon": value(
        "The icon in the language of the call: read as an absolute URL, the default icon's when unset in this language "
        "and in those it falls back to. Written as a data URL, or as a file in "
        "multipart/form-data: PNG, JPEG, GIF or SVG by content, at most 102,400 bytes, made harmless. An icon's own "
        "URL leaves it as it is; an empty text takes it away.",
        "https://streaks.example.com/static/streaks/default-icon.svg",
    ),
    "eudInProgressLabel": value(f"The label while a run is under way. {LABEL}", "In Progress"),
    "eudCompletedLabel": value(f"The label of a run that is completed. {LABEL}", "Completed"),
    "eudNotStartedLabel": value(f"The label before the first run. {LABEL}", "Not Started"),
    "eudBrokenLabel": value(f"The label of a run that is broken. {LABEL}", "Broken"),
    "eudViewDetailsButtonText": value(f"The text of the button that opens the streak. {LABEL}", "View Details"),
    **{
        camel_case(name): value(f"What members read {when}. {TEMPLATE}", DEFAULTS[name], format="streak-message")
        for name, when in {
            "eud_non_milestone_next_to_be_achieved_message": "while the current period is incomplete",
            "eud_non_milestone_achieved_message": "when the current period is complete",
            "eud_completed_streak_message": "when the run is completed",
            "eud_broken_streak_message": "when the run is broken",
            "eud_milestone_next_to_be_achieved_message": "while the period is incomplete and a milestone lies ahead",
            "eud_milestone_achieved_message": "when the current period is complete and has reached a milestone",
        }.items()
    },
}

MILESTONE = {
    "linkedSchemaSlug": value("What kind of record the milestone belongs to: always a streak.", "streak"),
    "linkedSchemaRecordId": value("The id of the streak; it cannot be changed later.", EXAMPLE_ID, format="uuid"),
    "name": value("For you and your colleagues.", "Day 3: 5% off", pattern=NOT_BLANK),
    "description": value("What the milestone is for.", "The first reward comes quickly."),
    "milestoneTargetValue": value(
        "How many completed periods of a run reach it: at most the streak's completionTargetValue.",
        3,
        minimum=1,
        maximum=MAX_PERIODS,
    ),
    "status": value("Only a live milestone can be reached: draft, live or paused. New ones are drafts.", "live"),
    "rewardValidityDays": value(
        "How many days of 24 hours its rewards are valid; null: they never expire.", 30, minimum=1, maximum=MAX_PERIODS
    ),
    "oncePerMember": value("Whether a member who starts over does not earn it again.", False),
    "eudTitle": EUD_TITLE,
    "eudDescription": EUD_DESCRIPTION,
    "eudMilestoneRewardInstructionMessage": value(
        "How to redeem the reward, shown with it; translatable, empty: none.", "Enter the code at the checkout."
    ),
    "couponSource": value(
        "Where codes come from: generated: a new one for every reward; fixed: couponCode for all; pool: codes that "
        "you upload in the administration; external: your own server sets it with PATCH. For administrators alone.",
        "generated",
    ),
    "couponPrefix": value("In front of generated codes. For administrators alone.", "SAVE5-"),
    "couponCode": value(
        "The one code for all, required where couponSource is fixed. For administrators alone.", "SPRING-5"
    ),
    "rewardLog": part("The reward that it brought; null when there is none."),
    "isReached": value("Whether the shown run has reached it.", True),
}

TASK_PROGRESS = {
    "periodKey": PERIOD_KEY,
    "periodStartsAt": value("When the period began, in UTC.", "2026-03-01T05:00:00Z"),
    "periodEndsAt": value("When the period ends and the next one begins, in UTC.", "2026-03-02T05:00:00Z"),
    "currentValue": value("The member's total in the period, in the unit of activityValue, or a number of logs.", 29.5),
    "targetValue": value("The streak's aggregationTargetValue, in the same unit.", 50),
    "remainingValue": value("What is missing, in the same unit, never below 0.", 20.5, minimum=0),
    "status": value("completed when the target is met, else in_progress.", "in_progress"),
}

VARIABLES = {
    "periodText": ("day, week or month in the reader's language.", "day"),
    "currentProgressValue": ("Completed periods of the shown run.", "3"),
    "nextProgressValue": ("The period that is being worked toward.", "4"),
    "nextRemainingValue": ("What is missing in the current period.", "20.50"),
    "nextRemainingPeriod": ("Periods to the next live milestone, or to completion.", "2"),
}
DISPLAY = {
    "statusLabel": value("The streak's label for the state of the run (S32).", "In Progress"),
    "messages": value(
        "What to show now, the most important first (S33).",
        ["Shop for $20.50 or more to complete the day 4 streak!"],
    ),
    "variables": part(
        "The values of the template variables, written for people in the reader's language (S30).",
        properties={
            name: {"type": "string", "description": meaning, "examples": [example]}
            for name, (meaning, example) in VARIABLES.items()
        },
        required=list(VARIABLES),
        additionalProperties=False,
    ),
    "rendered": part(
        "Every message with its variables filled in, for clients that choose themselves.",
        properties={
            name: {"type": "string", "description": f"The text of {name}.", "examples": [f"Come back next {word}!"]}
            for name, word in ((name, "day") for name in STREAK if name.endswith("Message"))
        },
        required=[name for name in STREAK if name.endswith("Message")],
        additionalProperties=False,
    ),
}

RUN = {
    "uniqueIdentifier": value(
        "<streakId>:<ownedById>; unique among the runs in progress (S18).", f"{EXAMPLE_ID}:{EXAMPLE_ID}"
    ),
    "streakId": STREAK_ID,
    "ownedById": MEMBER_ID,
    "streakProgressStatus": value(
        "in_progress, completed or broken, read off the clock: a run past its deadline is broken (S16).", "in_progress"
    ),
    "currentProgressValue": value("How many periods of the run are completed.", 3, minimum=0, maximum=MAX_PERIODS),
    "streakStartedAt": value("When the first activity of the run happened, in UTC.", "2026-03-01T17:30:00Z"),
    "streakCompletedAt": value(
        "When the activity that completed the run happened, in UTC; else null.", "2026-03-07T17:30:00Z"
    ),
    "streakBrokenAt": value("When the period ended that broke the run, in UTC; else null.", "2026-03-05T05:00:00Z"),
    "streakBreaksAt": value(
        "When the run will break if nothing more comes, in UTC; null when it is over, or while the streak is paused.",
        "2026-03-05T05:00:00Z",
    ),
    "taskProgress": part("The current period, also beside a run that is over."),
    "display": part("The texts for the member."),
}

ACTIVITY = {
    "activityAt": value(
        "When it happened, RFC 3339 with a UTC offset; it decides the period. Any past "
        "instant, at most 5 minutes ahead.",
        "2026-03-01T18:30:00+01:00",
    ),
    "activityId": value("The kind of event.", "made_a_purchase"),
    "uniqueIdentifier": value(
        "This one event, such as an order number: unique for the member within the streak, for ever (S27).",
        "order-4711",
    ),
    "activityValue": value(
        "The amount that a sum adds up, in the unit of the streak's target: required there, negative to correct "
        "(S9), ignored where logs are counted. Exact, with at most 14 digits before and 4 after the point.",
        29.5,
    ),
}
NEW_LOG = {
    **ACTIVITY,
    "streakId": value("The id of the streak, which must be live.", EXAMPLE_ID, format="uuid"),
    "ownedById": value(
        "Our id of the member or, failing that, its external id. Either this or ownedBy.", "customer-17"
    ),
    "ownedBy": part("The member, made (live) when there is none with this external id, else left as it is."),
}
LOG = {
    **ACTIVITY,
    "streakId": STREAK_ID,
    "ownedById": MEMBER_ID,
    "periodKey": PERIOD_KEY,
    "streakProgress": part("The run in which the log counts."),
    "achievedMilestone": part("The highest milestone that was reached with this log; null when none was."),
    "achievedMilestoneRewardLog": part("The reward of achievedMilestone; null when there is none."),
    "achievedMilestones": part("Every milestone that was reached with this log, in order of target."),
}
BATCH: dict[str, Explained] = {
    "records": part("Bodies of single logs; each is checked and recorded by itself."),
}
BATCH_OUTCOME = {
    "created": value("How many logs were recorded.", 2, minimum=0),
    "duplicates": value("How many were there already.", 1, minimum=0),
    "rejected": value("How many were refused.", 1, minimum=0),
    "results": part("What became of each record, in order."),
}
LOG_OUTCOME = {
    "index": value("The place of the record in the batch, from 0.", 0, minimum=0),
    "status": value("created, duplicate (there already, nothing was changed) or rejected.", "created"),
    "id": value("The id of the new log, when created.", EXAMPLE_ID),
    "existingId": value("The id of the log that is there already, when duplicate.", EXAMPLE_ID),
    "error": part("Why it was refused, when rejected."),
}
