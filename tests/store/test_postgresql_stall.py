"""A server that stays connected and says nothing any more."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import psycopg
import pytest
from evidence_examples import a_run

from boss_perf.errors import StoreError
from boss_perf.store import postgresql
from boss_perf.store.history import History


@pytest.fixture
def frozen() -> Iterator[list[int]]:
    """Processes that stand still; they go on when the test ends."""
    pids: list[int] = []
    yield pids
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def freeze_ours(server: str, url: str, frozen: list[int]) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name = 'boss-perf'",
            (urlsplit(url).path.strip("/"),),
        ).fetchall()
    assert rows
    for (pid,) in rows:
        frozen.append(pid)
        os.kill(pid, signal.SIGSTOP)


def test_a_write_goes_on_with_a_new_connection_when_the_old_one_fell_silent(
    postgresql_server: str, postgresql_url: str, frozen: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_STALL_LIMIT_S", 0.3)
    run = a_run()
    with History.open(postgresql_url) as history:
        freeze_ours(postgresql_server, postgresql_url, frozen)
        history.save_run(run)
        assert [each.id for each in history.runs()] == [run.id]


def test_a_reader_is_told_instead_of_waiting_forever(
    postgresql_server: str, postgresql_url: str, frozen: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_STALL_LIMIT_S", 0.3)
    with History.open(postgresql_url) as history:
        freeze_ours(postgresql_server, postgresql_url, frozen)
        with pytest.raises(StoreError, match="PostgreSQL") as caught:
            history.runs()
        assert "--store FILE" in str(caught.value.hint)
        assert history.runs() == ()


def test_a_slow_transaction_of_quick_statements_is_no_stall(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_STALL_LIMIT_S", 0.5)
    database = postgresql.PostgresqlDatabase(postgresql_url)
    try:
        database.write(lambda: [database.query("SELECT pg_sleep(0.2)") for _ in range(4)])
        assert database.query("SELECT 1") == [(1,)]
    finally:
        database.close()
