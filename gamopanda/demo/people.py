"""The members of the demo and what each of them did, counted in periods before the present one.

Every story says what it shall look like when the demo is loaded, whatever the day and the hour.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gamopanda.accounts.models import Member
from gamopanda.demo.campaign import Campaign
from gamopanda.demo.daily_learner import DAILY_LEARNER
from gamopanda.demo.monthly_mover import MONTHLY_MOVER
from gamopanda.demo.seven_day_shopper import SEVEN_DAY_SHOPPER
from gamopanda.demo.weekly_regular import WEEKLY_REGULAR

CAMPAIGNS = (SEVEN_DAY_SHOPPER, WEEKLY_REGULAR, MONTHLY_MOVER, DAILY_LEARNER)

Amounts = Mapping[int, Sequence[str]]
"""How many periods ago -> the values of the logs in that period, in order; a negative one is a refund (S9)."""


@dataclass(frozen=True, slots=True)
class Story:
    """What one person did in one streak.

    `hour` is the hour of the day at which the person is usually active, at most 17. `late` are logs of past periods
    that arrive in the present one. `redeemed` are the targets of the milestones whose rewards were redeemed.
    `sent_codes` are the codes, by target, that the client's own system has sent.
    """

    external_id: str
    campaign: Campaign
    hour: int
    amounts: Amounts
    late: Amounts = field(default_factory=dict)
    redeemed: tuple[int, ...] = ()
    sent_codes: Mapping[int, str] = field(default_factory=dict)


def person(first_name: str, last_name: str, handle: str, phone_number: str = "") -> Member:
    """Return an unsaved live member, known to the shop as `demo-<handle>`."""
    return Member(
        external_id=f"demo-{handle}",
        first_name=first_name,
        last_name=last_name,
        email=f"{handle}@example.com",
        phone_number=phone_number,
    )


def people() -> list[Member]:
    """Return the unsaved members of the demo; the last two have done nothing so far."""
    return [
        person("Amara", "Okafor", "amara", "+12025550101"),
        person("Mateo", "García", "mateo", "+12025550102"),
        person("Lena", "Schmidt", "lena"),
        person("Yusuf", "Haddad", "yusuf", "+12025550104"),
        person("Chloé", "Martin", "chloe"),
        person("Kenji", "Tanaka", "kenji", "+12025550106"),
        person("Priya", "Sharma", "priya"),
        person("Sofia", "Rossi", "sofia"),
        person("Liam", "O'Connor", "liam", "+12025550109"),
        person("Aisha", "Rahman", "aisha"),
        person("João", "Pereira", "joao"),
        person("Emma", "Johansson", "emma", "+12025550112"),
        person("Wei", "Chen", "wei"),
        person("Noah", "Williams", "noah"),
        person("Fatima", "Zahra", "fatima", "+12025550115"),
        person("Ravi", "Patel", "ravi"),
    ]


def every(periods: Iterable[int], *amounts: str) -> Amounts:
    """Return the same amounts in each of some periods."""
    return dict.fromkeys(periods, amounts)


def back_to(first: int, last: int) -> range:
    """Return the periods from `first` ago to `last` ago, both included."""
    return range(first, last - 1, -1)


ONCE, TWICE = ("1",), ("1", "1")

SHOPPER_STORIES = (
    # In progress, today not done: three days complete, 29.50 of 50 spent today, as on the product page.
    Story("demo-amara", SEVEN_DAY_SHOPPER, 8, {3: ["62.40"], 2: ["50"], 1: ["35.20", "19.80"], 0: ["29.50"]}),
    # In progress, today done: tomorrow brings the first milestone.
    Story("demo-mateo", SEVEN_DAY_SHOPPER, 11, {1: ["54.99"], 0: ["41.00", "12.75"]}),
    # The first milestone reached today.
    Story("demo-lena", SEVEN_DAY_SHOPPER, 9, {2: ["71.30"], 1: ["50.10"], 0: ["88.00"]}),
    # Completed three days ago; both rewards redeemed.
    Story("demo-yusuf", SEVEN_DAY_SHOPPER, 16, every(back_to(9, 3), "33.40", "24.10"), redeemed=(3, 7)),
    # Broken after four days; the reward of the third day has expired.
    Story(
        "demo-chloe", SEVEN_DAY_SHOPPER, 13, {15: ["59"], 14: ["64.50"], 13: ["51.20"], 12: ["99.90"], 11: ["12.30"]}
    ),
    # Broken and revived: what was bought offline two days ago arrives today and joins two runs to one of four days.
    Story("demo-kenji", SEVEN_DAY_SHOPPER, 15, {4: ["55"], 3: ["58.20"], 1: ["67.75"]}, late={2: ["52.00"]}),
    # With a refund: today's purchase reached the milestone, then a part was given back; the reward stays (S9).
    Story("demo-priya", SEVEN_DAY_SHOPPER, 10, {2: ["80.00"], 1: ["57.60"], 0: ["64.90", "-24.90"]}),
    # Completed before, started over, today not done: nothing bought yet.
    Story("demo-sofia", SEVEN_DAY_SHOPPER, 14, every([*back_to(19, 13), 2, 1], "56.80"), redeemed=(3,)),
)

REGULAR_STORIES = (
    # In progress, one visit to go this week.
    Story("demo-amara", WEEKLY_REGULAR, 9, {1: TWICE, 0: ONCE}),
    # In progress, this week done: one week left to complete.
    Story("demo-lena", WEEKLY_REGULAR, 8, every(back_to(2, 0), *TWICE)),
    # Completed two weeks ago.
    Story("demo-chloe", WEEKLY_REGULAR, 16, every(back_to(5, 2), *TWICE)),
    # Broken after one week.
    Story("demo-liam", WEEKLY_REGULAR, 12, {4: ["1", "1", "1"], 3: ONCE}),
    # Broken and revived: a stamp on a paper card, entered this week, makes up the week that was missed.
    Story("demo-aisha", WEEKLY_REGULAR, 10, {3: TWICE, 2: ONCE, 1: TWICE}, late={2: ONCE}),
    # Just started: one visit, no week complete.
    Story("demo-joao", WEEKLY_REGULAR, 14, {0: ONCE}),
)

MOVER_STORIES = (
    # Just started: the first month is on its way.
    Story("demo-amara", MONTHLY_MOVER, 7, {0: ["45", "60.5"]}),
    # Completed last month; the membership system has not sent its code yet.
    Story("demo-yusuf", MONTHLY_MOVER, 6, every(back_to(3, 1), "480", "520", "535"), redeemed=(1,)),
    # In progress, this month done: one month left to complete.
    Story("demo-sofia", MONTHLY_MOVER, 17, {1: ["760", "810.5"], 0: ["820", "705"]}, redeemed=(1,)),
    # In progress, this month not done.
    Story("demo-liam", MONTHLY_MOVER, 6, {1: ["500", "510", "490"], 0: ["320", "275"]}),
    # Broken; the discount of the first month has expired.
    Story("demo-joao", MONTHLY_MOVER, 8, {6: ["900", "655"], 5: ["420", "380"]}),
    # The first milestone reached this month.
    Story("demo-emma", MONTHLY_MOVER, 12, {0: ["610", "455", "470"]}),
    # Completed two months ago, with the code of the membership.
    Story(
        "demo-noah",
        MONTHLY_MOVER,
        15,
        every(back_to(4, 2), "775", "790"),
        redeemed=(1,),
        sent_codes={3: "MEMBER-2049-7731"},
    ),
)

LEARNER_STORIES = (
    # In progress, today not done: one lesson from the second milestone.
    Story("demo-amara", DAILY_LEARNER, 7, every(back_to(13, 1), *ONCE), redeemed=(7,)),
    # The first milestone reached today.
    Story("demo-mateo", DAILY_LEARNER, 12, every(back_to(6, 0), *ONCE)),
    # In progress, today done: beyond the second milestone.
    Story("demo-kenji", DAILY_LEARNER, 9, every(back_to(15, 0), *ONCE)),
    # Completed; the last milestone took the only code of its pool.
    Story("demo-priya", DAILY_LEARNER, 16, every(back_to(33, 4), *ONCE), redeemed=(7, 14)),
    # Completed yesterday; the pool of the last milestone is empty, so this reward waits for a code.
    Story("demo-aisha", DAILY_LEARNER, 13, every(back_to(30, 1), *ONCE), redeemed=(14,)),
    # Broken after ten days; the reward of the seventh has expired.
    Story("demo-emma", DAILY_LEARNER, 10, every(back_to(22, 13), *ONCE)),
    # Broken and revived: a lesson taken on a flight arrives today and joins two runs to one of nine days.
    Story("demo-wei", DAILY_LEARNER, 11, every([*back_to(9, 6), *back_to(4, 1)], *ONCE), late={5: ONCE}),
)

STORIES = SHOPPER_STORIES + REGULAR_STORIES + MOVER_STORIES + LEARNER_STORIES
