"""No index that nothing reads: each costs every write, and pays only where some query uses it."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from gamopanda.accounts.models import Member
from gamopanda.console.search import find
from gamopanda.events.reminder_models import ReminderRule
from gamopanda.events.reminders.sending import send_due
from rewards.coupons import upload_codes
from rewards.models import RewardLog
from streaks.models import Milestone, Streak, StreakLog
from streaks.progress.housekeeping import close_runs
from streaks.tests.calling import Caller, admin, end_user, guest, log_body, make_milestone, make_streak

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

# Those that grow with activity, and not the few rows of API keys.
TABLES = ["accounts_member", "rewards_poolcode", "rewards_rewardlog"]
SLUGS = [
    "streak", "milestone", "streak_log", "streak_progress", "reward_log", "account_user", "api_key", "streak_excuse",
    "streak_freeze", "streak_rules", "holiday_calendar",
]  # fmt: skip


@pytest.fixture
def _as_with_many_rows() -> Iterator[None]:
    """Plan as for tables that are too large to be read or sorted as a whole."""
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        yield
        cursor.execute("RESET ALL")


def unused_indexes() -> list[str]:
    """Return the indexes that no query of this process has read, but for those that keep rows unique."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(
            """
            SELECT indexrelname FROM pg_stat_user_indexes JOIN pg_index USING (indexrelid)
            WHERE idx_scan = 0 AND NOT indisunique
              AND (relname LIKE 'streaks_%%' OR relname = ANY(%s)) ORDER BY 1
            """,
            [TABLES],
        )
        return [name for (name,) in cursor.fetchall()]


def record_and_list(caller: Caller, streak: Streak, pool: Milestone) -> None:
    """Record logs and facts, and read what a server reads."""
    for day in (1, 3, 2, 2):
        caller.post("streak_log/record", log_body(streak, day=day, uniqueIdentifier=f"order {day}"))
    upload_codes(pool, ["ONE", "TWO"], now=timezone.now())
    amnesty = {"kind": "amnesty", "startsOn": "2026-03-04", "endsOn": "2026-03-04", "reason": "outage"}
    for names in (None, ["ann"]):
        body = {**amnesty, "streakId": str(streak.pk), "externalIds": names}
        assert caller.post("streak_excuse/record", body).status == 201
    with connection.cursor() as cursor:
        cursor.execute("SET enable_sort = off")
        for limit in (2, 3):
            assert caller.patch(f"milestone/record/{pool.pk}", {"rewardLimit": limit}).status == 200
            # The third reward waits until the limit is raised.
            assert caller.post("streak_log/record", log_body(streak, of=f"member {limit}")).status == 201
        assert caller.patch(f"milestone/record/{pool.pk}", {"rewardLimit": 9}).status == 200
        for slug in SLUGS:
            assert caller.get(f"{slug}/record", limit="1").status == 200
        for slug in ("streak_log", "streak_progress", "reward_log", "streak_excuse", "streak_freeze"):
            assert caller.get(f"{slug}/record", limit="1", streakId=str(streak.pk)).status == 200
        cursor.execute("RESET enable_sort")


def read_as_end_users(streak: Streak) -> None:
    ann = end_user("ann")
    for slug in ("streak_log", "streak_progress", "reward_log"):
        assert ann.get(f"{slug}/record", streakId=str(streak.pk)).status == 200
        assert ann.get("/api/v1.0/end-user-display").status == 200
    assert guest().get("/api/v1.0/end-user-display").status == 200


def work_in_the_background(caller: Caller, streak: Streak) -> None:
    """Merge, remind, close runs, rebuild and delete."""
    frozen = make_streak(freeze_max_count=1, has_activity=True)
    former = Member.objects.get(external_id="member 2")
    body = {"intoExternalId": "member 3"}
    assert caller.post(f"account_user/record/{former.pk}/merge", body).status == 200
    for reminder, of in (("reward_expiring", streak), ("freeze_used", frozen)):
        ReminderRule.objects.create(streak=of, type=reminder, is_on=True)
    send_due(now=timezone.now())
    close_runs(now=timezone.now() + timedelta(days=9))
    call_command("rebuild_progress", verbosity=0)
    call_command("delete_sandbox", stdout=StringIO())


@pytest.mark.usefixtures("_as_with_many_rows", "at_once_on_commit")
def test_every_index_is_read_by_something_that_the_product_does() -> None:
    caller, streak = admin(), make_streak()
    record_and_list(caller, streak, make_milestone(streak, 1, coupon_source="pool"))
    read_as_end_users(streak)
    work_in_the_background(caller, streak)
    starts = {"fieldSlug": "externalId", "operator": "startsWith", "value": "an"}
    assert len(caller.get("account_user/record", filters=starts).ids) == 1
    assert len(caller.get("reward_log/record", couponCode="ONE", fetchTotalCount="true").ids) == 1
    for text in ("order 1", "ONE"):
        assert [found.member and found.member.external_id for found in find(text)] == ["ann"]
    assert list(find("no such name")) == []
    assert (StreakLog.objects.count(), RewardLog.objects.count()) == (4, 4)
    unused = unused_indexes()
    assert not unused, ", ".join(unused)
