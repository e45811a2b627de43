"""A deployment of any size, made in SQL within minutes, and the same for the same seed.

Every member has seven to thirteen days of activity, ten on average, in one of the streaks: the first seven finish a
run, the others begin the next one, which for those who came until yesterday is still going on. Totals, runs and
rewards are those that recording the logs would have made: `check_progress` agrees with them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from streaks.models import Milestone, Streak

TARGET = 50
COMPLETION_TARGET = 7
MILESTONE_TARGETS = (3, 5, 7)
# The ids that the product makes: in order of time.
_ID = """(
    lpad(to_hex((extract(epoch FROM {instant}) * 1000)::bigint), 12, '0')
    || '7' || substr(md5({name}), 1, 3) || '8' || substr(md5({name}), 4, 15)
)::uuid"""


def id_of(instant: str, name: str) -> str:
    """Return SQL that makes an id out of an instant and a name, both SQL themselves."""
    return _ID.format(instant=instant, name=name)


# Which streak a member is in, and the days of its activity: seven, and up to six more.
_PLAN = f"""
CREATE TEMPORARY TABLE plan AS
SELECT number, member_id, streak_id, began_on, more,
       began_on + day AS period_key, day,
       (began_on + day)::timestamp AT TIME ZONE 'UTC' + interval '8 hours' * chance AS activity_at
FROM (
    SELECT number, {id_of("%(now)s::timestamptz", "'member' || %(seed)s || number")} AS member_id,
           (%(streaks)s::uuid[])[1 + number %% cardinality(%(streaks)s::uuid[])] AS streak_id,
           (number %% 7)::integer AS more,
           %(now)s::date - (7 + number %% 7)::integer
               - ((hashtextextended('start' || number, %(seed)s) & 65535) %% %(spread)s)::integer AS began_on,
           (hashtextextended('hour' || number, %(seed)s) & 65535) / 65536.0 AS chance
    FROM generate_series(%(first)s::bigint, %(first)s + %(members)s - 1) AS number
) AS members CROSS JOIN generate_series(0, 12) AS day
WHERE day < 7 + more
"""
_MEMBERS = """
INSERT INTO accounts_member (id, created_at, updated_at, external_id, first_name, last_name, email, phone_number,
                             status)
SELECT DISTINCT ON (number) member_id, %(now)s::timestamptz, %(now)s::timestamptz, 'generated-' || number,
       '', '', '', '', 'live'
FROM plan ORDER BY number
"""
_LOGS = f"""
INSERT INTO streaks_streaklog (id, created_at, updated_at, member_id, streak_id, activity_at, activity_id,
                               unique_identifier, activity_value, period_key)
SELECT {id_of("activity_at", "number || '-' || day")}, activity_at, activity_at, member_id, streak_id, activity_at,
       'made_a_purchase', 'order-' || number || '-' || day, {TARGET * 10_000} + (number + day) %% 500000, period_key
FROM plan ORDER BY activity_at
"""
_TOTALS = f"""
INSERT INTO streaks_taskprogress (id, created_at, updated_at, member_id, streak_id, period_key, total, log_count,
                                  first_activity_at, last_activity_at, completed_at)
SELECT {id_of("activity_at", "'total' || number || '-' || day")}, activity_at, activity_at, member_id, streak_id,
       period_key, {TARGET * 10_000} + (number + day) %% 500000, 1, activity_at, activity_at, activity_at
FROM plan ORDER BY activity_at
"""
_RUNS = f"""
INSERT INTO streaks_streakprogress (id, created_at, updated_at, member_id, streak_id, stored_status,
    current_progress_value, highest_progress_value, starts_on, ends_on, streak_started_at, streak_completed_at,
    breaks_at)
SELECT {id_of("began.activity_at", "'run' || number || '-' || began.day")}, began.activity_at, began.activity_at,
       member_id, streak_id, status, value, value, began.period_key, ends_on, began.activity_at,
       CASE WHEN status = 'completed' THEN began.activity_at + interval '6 days' END,
       CASE WHEN status <> 'completed' THEN (ends_on + 1)::timestamp AT TIME ZONE 'UTC' END
FROM plan AS began CROSS JOIN LATERAL (
    SELECT CASE began.day WHEN 0 THEN {COMPLETION_TARGET} ELSE more END AS value,
           (began_on + CASE began.day WHEN 0 THEN 6 ELSE 7 + more END)::date AS ends_on
) AS values CROSS JOIN LATERAL (
    SELECT CASE WHEN began.day = 0 THEN 'completed' WHEN ends_on >= %(now)s::date THEN 'in_progress'
                ELSE 'broken' END AS status
) AS statuses
WHERE began.day IN (0, 7) ORDER BY began.activity_at
"""
_REWARDS = f"""
INSERT INTO rewards_rewardlog (id, created_at, updated_at, member_id, streak_id, milestone_id, streak_progress_id,
    streak_log_id, period_key, coupon_source, coupon_code, coupon_key, reward_issued_at, is_carried_over,
    is_once_per_member)
SELECT {id_of("reached.activity_at", "'reward' || number || '-' || reached.day")}, reached.activity_at,
       reached.activity_at, reached.member_id, reached.streak_id, milestone.id, run.id,
       {id_of("reached.activity_at", "number || '-' || reached.day")}, reached.period_key, 'generated',
       upper(substr(md5('code' || number || '-' || reached.day), 1, 16)),
       md5('key' || number || '-' || reached.day)::uuid, reached.activity_at, false, false
FROM plan AS reached
JOIN streaks_milestone AS milestone ON milestone.streak_id = reached.streak_id
 AND milestone.milestone_target_value = CASE WHEN reached.day < 7 THEN reached.day + 1 ELSE reached.day - 6 END
JOIN streaks_streakprogress AS run ON run.member_id = reached.member_id AND run.streak_id = reached.streak_id
 AND reached.period_key BETWEEN run.starts_on AND run.ends_on
ORDER BY reached.activity_at
"""
# What is made here refers to what was made before it: looking each reference up would take half of the time. Only a
# superuser may leave that out.
_TRUST = """
SELECT set_config('session_replication_role', %(role)s, false) FROM pg_roles WHERE rolname = current_user AND rolsuper
"""


def make_streaks(number: int) -> list[Streak]:
    """Make live streaks with the default texts and milestones at 3, 5 and 7 days, as the administration does it."""
    streaks = [
        Streak.objects.create(
            name=f"Benchmark {index}",
            description="Spend $50 a day for a week.",
            status="live",
            aggregation_target_value=TARGET,
            completion_target_value=COMPLETION_TARGET,
            has_activity=True,
        )
        for index in range(number)
    ]
    for streak in streaks:
        for target in MILESTONE_TARGETS:
            Milestone.objects.create(streak=streak, name=f"Day {target}", status="live", milestone_target_value=target)
    return streaks


def generate(
    streaks: Sequence[Streak],
    *,
    members: int,
    now: datetime,
    spread: int = 50,
    seed: int = 1,
    first: int = 0,
    is_derived: bool = True,
) -> None:
    """Make members, numbered from `first`, with about ten logs each, and everything that follows if `is_derived`.

    They stopped on different days, up to `spread` days ago; 1: all came until yesterday.
    """
    values = {
        "streaks": [streak.pk for streak in streaks],
        "now": now,
        "seed": seed,
        "first": first,
        "members": members,
        "spread": spread,
    }
    following = (_TOTALS, _RUNS, _REWARDS) if is_derived else ()
    run_trusted([_PLAN, _MEMBERS, _LOGS, *following, "DROP TABLE plan"], values)


def run_trusted(statements: Iterable[str], values: Mapping[str, Any]) -> None:
    """Run statements whose rows refer to nothing that there is not, and tidy up after them."""
    with connection.cursor() as cursor:
        cursor.execute(_TRUST, {"role": "replica"})
        for statement in statements:
            cursor.execute(statement, values)
        cursor.execute(_TRUST, {"role": "origin"})
        cursor.execute("VACUUM ANALYZE")
