"""The administration with 100,000 members and a million logs: every page of it within half a second.

In one process, with no server around, the cache emptied before each page. MEMBERS says how many members there are; one
more streak has MANY members, whose results are looked at.
"""

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from benchmarks.generating import generate, make_streaks
from benchmarks.installation import Installation
from gamopanda.accounts.models import Member
from gamopanda.admin.links import add_to, list_of, page_of
from gamopanda.conf.environment import read_int
from gamopanda.console.figures import charts, figures
from rewards.models import RewardLog
from streaks.models import Milestone, Streak, StreakExcuse, StreakFreeze, StreakLog, StreakProgress, StreakRules
from streaks.presenters.results import count_results, numbers_of_streaks
from streaks.progress.lifecycle import duplicate_streak

TARGET_MS, RESULTS_TARGET_MS = 500, 1_000
# A member each with a run that began on one of 90 days; half were completed, the others broke.
_MANY = """
WITH made AS (
    INSERT INTO accounts_member (id, created_at, updated_at, external_id, first_name, last_name, email, phone_number,
                                 status)
    SELECT gen_random_uuid(), now(), now(), 'many-' || number, '', '', '', '', 'live'
    FROM generate_series(1, %(number)s) AS number
    RETURNING id, substr(external_id, 6)::integer AS number
)
INSERT INTO streaks_streakprogress (id, created_at, updated_at, member_id, streak_id, stored_status,
    current_progress_value, highest_progress_value, starts_on, ends_on, streak_started_at, streak_completed_at,
    breaks_at)
SELECT gen_random_uuid(), now(), now(), id, %(streak)s, CASE number %% 2 WHEN 0 THEN 'completed' ELSE 'broken' END,
       CASE number %% 2 WHEN 0 THEN 7 ELSE number %% 7 END, CASE number %% 2 WHEN 0 THEN 7 ELSE number %% 7 END,
       began_on, began_on + 7, began_on, CASE number %% 2 WHEN 0 THEN began_on + 7 END,
       CASE number %% 2 WHEN 1 THEN began_on + 8 END
FROM (SELECT id, number, current_date - 20 - (number %% 90) AS began_on FROM made) AS begun
"""


def measure(installation: Installation, *, quick: bool) -> Iterator[str]:
    """Print the best and the median time of every page."""
    logging.getLogger().handlers.clear()
    members = read_int("MEMBERS", default=2_000 if quick else 100_000, minimum=500)
    streaks = make_streaks(20)
    generate(streaks, members=members, now=datetime.now(UTC))
    count_results(now=datetime.now(UTC))
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(get_user_model().objects.create_superuser("ann"))
    pages = dict(_pages())
    yield f"## The console: {members:,} members, {StreakLog.objects.count():,} logs, {len(pages)} pages\n"
    yield "| Page | Best, ms | Median, ms | Computing, ms | |\n|---|--:|--:|--:|---|"
    for name, address in pages.items():
        yield _line(name, _times(client, address, rounds=2 if quick else 5), TARGET_MS)
    yield _measure_many(client, read_int("MANY", default=20_000 if quick else 1_000_000, minimum=1))


def _measure_many(client: Client, number: int) -> str:
    (streak,) = make_streaks(1)
    with connection.cursor() as cursor:
        cursor.execute(_MANY, {"number": number, "streak": streak.pk})
        cursor.execute("VACUUM ANALYZE")
    counted = count_results(now=datetime.now(UTC))
    times = _times(client, reverse("admin:streaks_streak_results", args=[streak.pk]), rounds=5)
    counting = f"Counting everything once took {counted.milliseconds:,} ms: that is for the command, not for a page.\n"
    return f"{_line(f'results of a streak with {number:,} members', times, RESULTS_TARGET_MS)}\n\n{counting}"


def _times(client: Client, address: str, *, rounds: int) -> list[tuple[float, float]]:
    """Return the milliseconds of each round, and those in which this process computed; a first round warms up.

    Raises `RuntimeError` for a page that fails.
    """
    times = []
    for _round in range(rounds + 1):
        cache.clear()
        started_at, computed = time.perf_counter(), time.process_time()
        answer = client.get(address)
        _read(answer)
        times.append((1000 * (time.perf_counter() - started_at), 1000 * (time.process_time() - computed)))
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status_code}")
    return sorted(times[1:])


def _read(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def _line(name: str, times: list[tuple[float, float]], target: int) -> str:
    best, median = times[0][0], times[len(times) // 2][0]
    computing = min(computed for _all, computed in times)
    return f"| {name} | {best:.0f} | {median:.0f} | {computing:.0f} | {'reached' if median < target else 'missed'} |"


def _pages() -> Iterator[tuple[str, str]]:
    """Yield what every page is called, and its address: lists, records, and what is beside them."""
    yield "home", reverse("admin:index")
    for model in admin.site._registry:
        meta = model._meta
        record = model._default_manager.order_by("-pk").first()
        if meta.model_name != "widgetsettings":
            yield f"list of {meta.verbose_name_plural}", list_of(model)
        if record is not None:
            yield f"page of one: {meta.verbose_name}", page_of(record)
    yield "a new streak", reverse("admin:streaks_streak_add")
    member = Member.objects.get(external_id="generated-11")
    streak = Streak.objects.get(pk=StreakProgress.objects.filter(member=member).values("streak")[:1])
    yield from _of_streak(streak)
    yield from _of_member(member, streak.pk)
    yield from _behind_numbers()


def _behind_numbers() -> Iterator[tuple[str, str]]:
    """Yield the lists to which the numbers of the first page lead."""
    now = datetime.now(UTC)
    totals = (chart.total for chart in charts(now=now))
    for figure in (*figures(numbers_of_streaks(), now=now), *totals):
        yield f"behind a number: {figure.name}", figure.address


def _of_streak(streak: Streak) -> Iterator[tuple[str, str]]:
    for name in ("results", "simulator", "texts", "reminders", "pause"):
        yield f"streak: {name}", reverse(f"admin:streaks_streak_{name}", args=[streak.pk])
    milestone = Milestone.objects.filter(streak=streak).order_by("milestone_target_value").first()
    assert milestone is not None
    yield (
        "milestone: rewards for those already there",
        reverse("admin:streaks_milestone_reward_past", args=[milestone.pk]),
    )
    yield "milestone: coupon codes", reverse("admin:rewards_poolcode_upload", args=[milestone.pk])
    for added in (StreakExcuse, StreakFreeze, StreakRules, StreakLog):
        yield f"a new {added._meta.verbose_name}", add_to(added)
    yield "draft: checklist", reverse("admin:streaks_streak_go_live", args=[duplicate_streak(streak).pk])
    for listed in (StreakLog, StreakProgress, RewardLog):
        yield f"list of {listed._meta.verbose_name_plural} of a streak", list_of(listed, streak__id__exact=streak.pk)
    yield "broken runs", list_of(StreakProgress, status="broken")
    yield "expired rewards", list_of(RewardLog, status="expired")


def _of_member(member: Member, streak_id: UUID) -> Iterator[tuple[str, str]]:
    log = StreakLog.objects.filter(member=member).order_by("pk").first()
    reward = RewardLog.objects.filter(member=member).order_by("pk").first()
    assert log is not None
    assert reward is not None
    # Its key, which the generated ones only resemble.
    reward.save(update_fields=["coupon_code"])
    yield "page of a member", page_of(member)
    yield "explanation", reverse("admin:streaks_streakprogress_explanation", args=[member.pk, streak_id])
    yield "code to send again", reverse("admin:rewards_rewardlog_letter", args=[reward.pk])
    for text in (member.external_id, reward.coupon_code, log.unique_identifier, "unknown"):
        yield f"find: {text}", f"{reverse('admin:streaks_streakprogress_find')}?q={text}"
    for model, text in ((Member, "generated-1"), (StreakLog, log.unique_identifier), (RewardLog, reward.coupon_code)):
        yield f"search {model._meta.verbose_name_plural}: {text}", list_of(model, q=text)
