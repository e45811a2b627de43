"""`clean_up`: what grows for ever goes once it is old enough, and nothing that anything still needs."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from auditlog.models import LogEntry
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from gamopanda.console.leftovers import delete_icons, delete_in_batches
from gamopanda.widget.models import WidgetSettings
from streaks.models import Streak
from streaks.tests.calling import make_streak

pytestmark = pytest.mark.django_db
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}"><circle cx="4" cy="4" r="4"/></svg>'


@pytest.fixture(autouse=True)
def _own_media(tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def clean_up() -> str:
    written = StringIO()
    call_command("clean_up", stdout=written)
    return written.getvalue()


def put_icon(record: Any, field: str, number: int, *, days: int = 60) -> str:
    """Give a record an icon of its own, stored some days ago; return its name."""
    file = getattr(record, field)
    file.save("icon.svg", ContentFile(SVG.format(number).encode()))
    age(file.name, days)
    return str(file.name)


def age(name: str, days: int) -> None:
    then = (timezone.now() - timedelta(days=days)).timestamp()
    os.utime(default_storage.path(name), (then, then))


def test_expired_sessions_go_and_the_others_stay() -> None:
    now = timezone.now()
    for number, days in enumerate((-1, 1)):
        Session.objects.create(session_key=f"key{number}", session_data="", expire_date=now + timedelta(days=days))
    assert clean_up() == "Deleted: 1 sessions, 0 failed sign-ins, 0 audit entries, 0 icons, 0 kept answers, 0 events.\n"
    assert list(Session.objects.values_list("session_key", flat=True)) == ["key1"]
    assert clean_up() == "Deleted: 0 sessions, 0 failed sign-ins, 0 audit entries, 0 icons, 0 kept answers, 0 events.\n"


def test_failed_sign_ins_stay_as_long_as_they_lock_somebody_out() -> None:
    for number in range(2):
        AccessAttempt.objects.create(username=f"user{number}", ip_address="192.0.2.1", failures_since_start=5)
    AccessAttempt.objects.filter(username="user0").update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert "1 failed sign-ins" in clean_up()
    assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["user1"]


@pytest.mark.parametrize(("kept", "left"), [(730, [729]), (0, [729, 731]), (7, [])])
def test_audit_entries_go_when_they_are_older_than_the_setting_keeps_them(
    settings: Any, kept: int, left: list[int]
) -> None:
    settings.GAMOPANDA_KEEP_AUDIT_DAYS = kept
    now = timezone.now()
    for days in (729, 731):
        entry = LogEntry.objects.log_create(make_streak(), force_log=True, action=LogEntry.Action.UPDATE)
        LogEntry.objects.filter(object_pk=entry.object_pk).update(timestamp=now - timedelta(days=days))
    clean_up()
    ages = {(now - timestamp).days for timestamp in LogEntry.objects.values_list("timestamp", flat=True)}
    assert sorted(ages) == left


def test_icons_that_no_record_uses_go_once_they_are_old_enough() -> None:
    streak, deleted = make_streak(), make_streak(deleted_at=timezone.now())
    unused = put_icon(streak, "eud_icon", 9)
    used = [put_icon(streak, "eud_icon", 10), put_icon(deleted, "eud_icon", 11)]
    used.append(put_icon(WidgetSettings.objects.get_or_create(pk=1)[0], "launcher_image", 12))
    new = put_icon(make_streak(), "eud_icon", 13, days=1)
    Streak.objects.exclude(pk__in=[streak.pk, deleted.pk]).update(eud_icon="")
    assert clean_up() == "Deleted: 0 sessions, 0 failed sign-ins, 0 audit entries, 1 icons, 0 kept answers, 0 events.\n"
    assert not default_storage.exists(unused)
    assert all(default_storage.exists(name) for name in [*used, new])


def test_an_icon_that_is_saved_again_is_new_again() -> None:
    streak = make_streak()
    name = put_icon(streak, "eud_icon", 9)
    Streak.objects.update(eud_icon="")
    streak.eud_icon.save("again.svg", ContentFile(SVG.format(9).encode()), save=False)
    assert streak.eud_icon.name == name
    assert delete_icons(now=timezone.now()) == 0
    assert default_storage.exists(name)


@pytest.mark.django_db(transaction=True)
def test_it_can_run_several_times_at_once() -> None:
    now = timezone.now()
    rows = [Session(session_key=f"key{n}", session_data="", expire_date=now - timedelta(days=1)) for n in range(2500)]
    Session.objects.bulk_create(rows)

    def run(_number: int) -> int:
        try:
            return delete_in_batches(Session.objects.filter(expire_date__lt=now))
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        counts = list(pool.map(run, range(3)))
    assert sum(counts) == 2500
    assert Session.objects.count() == 0
