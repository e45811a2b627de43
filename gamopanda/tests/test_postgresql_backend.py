"""Connections that PostgreSQL has cut off, as after a restart, are not handed out again."""

import select
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from gamopanda.postgresql.base import DatabaseWrapper, is_cut_off

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def idle() -> Iterator[psycopg.Connection[Any]]:
    """A connection that waits in autocommit mode, as those of the pool do."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as opened:
        yield opened


def cut_off(pid: int) -> None:
    """End a connection from the side of the server, and return when it is gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 60000)", [pid])
        assert cursor.fetchone() == (True,)


def test_a_connection_that_was_cut_off_is_told_from_a_live_one(idle: psycopg.Connection[Any]) -> None:
    assert not is_cut_off(idle)
    cut_off(idle.info.backend_pid)
    assert is_cut_off(idle)


def test_a_connection_with_a_message_waiting_lives(idle: psycopg.Connection[Any]) -> None:
    idle.execute("LISTEN news")
    with connection.cursor() as cursor:
        cursor.execute("NOTIFY news")
    assert select.select([idle], [], [], 60)[0] == [idle]
    assert not is_cut_off(idle)
    assert idle.execute("SELECT 1").fetchone() is not None


def test_what_came_back_last_is_handed_out_first() -> None:
    wrapper = DatabaseWrapper({**connection.settings_dict, "OPTIONS": {"pool": {"min_size": 3}}}, alias="stacked")
    pool = wrapper.pool
    try:
        pool.open(wait=True, timeout=60)
        first, second, third = (pool.getconn() for _ in range(3))
        for one in (second, third, first):
            pool.putconn(one)
        assert [pool.getconn() for _ in range(3)] == [first, third, second]
        for one in (first, second, third):
            pool.putconn(one)
    finally:
        wrapper.close_pool()


def test_the_pool_hands_out_another_one() -> None:
    settings = {**connection.settings_dict, "OPTIONS": {"pool": {"min_size": 2, "max_size": 2}}}
    wrapper = DatabaseWrapper(settings, alias="pooled")
    try:
        wrapper.connect()
        old = wrapper.connection.info.backend_pid
        wrapper.close()
        for pid in {old, *backends_of_pool(wrapper)}:
            cut_off(pid)
        wrapper.connect()
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            assert cursor.fetchone()[0] not in {old}
    finally:
        wrapper.close()
        wrapper.close_pool()


def backends_of_pool(wrapper: DatabaseWrapper) -> list[int]:
    """Return the processes that serve the connections that wait in the pool."""
    wrapper.pool.wait(60)
    taken = [wrapper.pool.getconn() for _ in range(2)]
    pids = [one.info.backend_pid for one in taken]
    for one in taken:
        wrapper.pool.putconn(one)
    return pids
