"""The quick start with the client that openapi-python-client generates from the description alone."""

import os
import sys
from datetime import UTC, datetime

from client import Client
from client.api.end_user_display import list_end_user_display
from client.api.milestone import create_milestone
from client.api.reward_log import list_reward_log
from client.api.streak import create_streak
from client.api.streak_log import bulk_streak_log, create_streak_log
from client.models import (
    Error,
    LogBatchRequest,
    MilestoneRequest,
    NewLogWithOwnedByRequest,
    PersonRequest,
    RewardLog,
    StatusEnum,
    StreakRequest,
)

server = Client(
    base_url=os.environ["GAMOPANDA_URL"],
    headers={"x-api-key": os.environ["API_KEY"], "x-api-secret": os.environ["API_SECRET"]},
)
streak = create_streak.sync(
    client=server,
    body=StreakRequest(
        name="7-Day Shopper",
        description="Spend $50 a day for a week.",
        status=StatusEnum.LIVE,
        aggregation_target_value=50,
        completion_target_value=7,
    ),
).data
create_milestone.sync(
    client=server,
    body=MilestoneRequest(
        linked_schema_record_id=streak.id, name="Day 1", milestone_target_value=1, status=StatusEnum.LIVE
    ),
)


def purchase(number: str, value: float | str) -> NewLogWithOwnedByRequest:
    """One purchase of one customer."""
    return NewLogWithOwnedByRequest(
        streak_id=streak.id,
        owned_by=PersonRequest(external_id="customer-17", first_name="Ann"),
        activity_at=datetime.now(UTC),
        activity_id="made_a_purchase",
        unique_identifier=number,
        activity_value=value,
    )


first = create_streak_log.sync(client=server, body=purchase("order-1", 29.5)).data
assert first.achieved_milestone is None
assert first.streak_progress.task_progress.remaining_value == 20.5
second = create_streak_log.sync(client=server, body=purchase("order-2", "20.50")).data
assert second.achieved_milestone.name == "Day 1"

again = create_streak_log.sync(client=server, body=purchase("order-2", "20.50"))
assert isinstance(again, Error)
assert again.error.details[0].existing_id == second.id

batch = bulk_streak_log.sync(client=server, body=LogBatchRequest([purchase("order-2", 1), purchase("order-3", 1)])).data
assert (batch.created, batch.duplicates, batch.rejected) == (1, 1, 0)

(reward,) = list_reward_log.sync(client=server, streak_id=streak.id, external_id="customer-17").data
assert isinstance(reward, RewardLog)
(part,) = list_reward_log.sync(client=server, fields='["couponCode"]').data
assert part.coupon_code == reward.coupon_code

guest = Client(base_url=os.environ["GAMOPANDA_URL"])
programme = list_end_user_display.sync(client=guest).data
assert [shown.id for shown in programme.streaks] == [streak.id]
assert programme.streaks[0].display.status_label == "Not Started"
sys.stdout.write(f"{reward.coupon_code}\n")
