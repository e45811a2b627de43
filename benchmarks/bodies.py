"""What is sent: bodies made from the number of a request. Apart from Django, which the process that sends knows not."""

import json
from collections.abc import Sequence


def body_of_log(
    number: int,
    *,
    streaks: Sequence[str],
    members: Sequence[int],
    stamp: str,
    label: str = "today",
    value: int = 25,
    in_a_row: int = 1,
) -> bytes:
    """Return a purchase: two complete a day, unless it is worth more, and each customer shops in one of the streaks.

    So many purchases `in_a_row` are of the same customer.
    """
    member = members[number // in_a_row * 7919 % len(members)]
    return json.dumps(
        {
            "streakId": streaks[member % len(streaks)],
            "ownedById": f"generated-{member}",
            "activityAt": stamp,
            "activityId": "made_a_purchase",
            "uniqueIdentifier": f"{label}-{number}",
            "activityValue": value,
        }
    ).encode()


def body_of_logs(number: int, *, streak: str, records: int, stamp: str) -> bytes:
    """Return a batch of purchases of today, ten of each of so many members who follow each other."""
    logs = range(number * records, (number + 1) * records)
    return json.dumps(
        {
            "records": [
                {
                    "streakId": streak,
                    "ownedBy": {"externalId": f"dense-{log // 10 % 300}"},
                    "activityAt": stamp,
                    "activityId": "made_a_purchase",
                    "uniqueIdentifier": f"batch-{log}",
                    "activityValue": 6,
                }
                for log in logs
            ]
        }
    ).encode()


def body_of_question(number: int, *, count: int, step: int, members: int, streak: str | None) -> bytes:
    """Return a question about so many members, others every time; every so many-th is in the same streak."""
    names = [f"generated-{(number * count + one) * step % members}" for one in range(count)]
    return json.dumps({"externalIds": names, **({"streakId": streak} if streak else {})}).encode()
