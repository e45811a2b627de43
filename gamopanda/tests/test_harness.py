"""The harness itself: the right database, and nothing of this machine's own."""

import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from gamopanda.accounts.models import Member


@pytest.mark.sqlite
@pytest.mark.django_db
def test_the_sqlite_leg_uses_a_file_in_write_ahead_mode() -> None:
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert Path(connection.settings_dict["NAME"]).parent == settings.VAR_DIR


@pytest.mark.postgresql
@pytest.mark.django_db
def test_the_postgresql_leg_talks_to_a_real_server() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        assert int(cursor.fetchone()[0]) >= 150000


def add_to_first_name(times: int) -> None:
    try:
        for _ in range(times):
            with transaction.atomic():
                member = Member.objects.select_for_update().get(external_id="one")
                member.first_name = str(int(member.first_name) + 1)
                member.save()
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_threads_that_read_and_then_write_wait_for_each_other() -> None:
    """F18: no step is lost and none fails, on SQLite thanks to IMMEDIATE, on PostgreSQL thanks to the row lock."""
    Member.objects.create(external_id="one", first_name="0")
    threads = [threading.Thread(target=add_to_first_name, args=(25,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Member.objects.get().first_name == "100"
