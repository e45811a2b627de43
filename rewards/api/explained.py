"""What the API's description tells of the fields of rewards and of the programme, by their names on the wire."""

from gamopanda.api.explaining import EXAMPLE_ID, part, value

REWARD = {
    "linkedSchemaSlug": value("What kind of record the reward belongs to: always a streak.", "streak"),
    "linkedSchemaRecordId": value("The id of the streak.", EXAMPLE_ID),
    "milestoneId": value("The id of the milestone that was reached.", EXAMPLE_ID),
    "milestone": part("The milestone that was reached; shown even when it has been deleted since."),
    "ownedById": value("The id of the member.", EXAMPLE_ID),
    "streakProgressId": value("The id of the run in which the milestone was reached.", EXAMPLE_ID),
    "periodKey": value(
        "The period with which the milestone was reached, named by its first local date (S3).", "2026-03-03"
    ),
    "couponCode": value(
        "The code; null while there is none (an empty pool, or a source of your own that has not set it yet, S23). "
        "Other rewards keep a code, or get another one.",
        "SAVE5-7KQ2MW9XFH4T",
        minLength=1,
    ),
    "rewardStatus": value(
        "pending: no code yet; issued; redeemed: redeemedAt is set; expired: read off the clock (S24).", "issued"
    ),
    "rewardIssuedAt": value("When the reward was issued, in UTC.", "2026-03-03T17:30:00Z"),
    "rewardExpiryAt": value("When the reward expires, in UTC; null: never.", "2026-04-02T17:30:00Z"),
    "redeemedAt": value("When the reward was used, in UTC; null: not yet.", "2026-03-10T09:00:00Z"),
    "eudMilestoneRewardInstructionMessage": value(
        "How to redeem the reward, in the language of the answer.", "Enter the code at the checkout."
    ),
}
PROGRAMME_STREAK = {
    "milestones": part("The live milestones in order of target, and what the reader has of them."),
    "streakProgress": part("The reader's newest run; null before the first, and for guests."),
    "taskProgress": part("The current period, also without a run."),
    "display": part("The texts to show, also without a run."),
}
PROGRAMME = {
    "languageCode": value("The language of all texts in this answer.", "en"),
    "streaks": part("All live streaks, newest first."),
    "rewards": part("The reader's rewards, at most 1,000, newest first; none for guests."),
    "widget": part("The settings of the end-user display, and its fixed texts."),
}
