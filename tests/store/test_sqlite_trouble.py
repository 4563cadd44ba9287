"""What can go wrong with a file: each gives a message with a next step and leaves what was there alone."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from evidence_examples import SEARCH, a_run, a_sample

from boss_perf.errors import ExitStatus, StoreError
from boss_perf.store.history import History
from boss_perf.store.sqlite import SqliteDatabase


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


@pytest.fixture
def filled(path: Path) -> Path:
    with History.open(str(path)) as history:
        history.save_run(a_run())
        history.save_sample("r1", a_sample())
    return path


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to look at" * 50, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_file_of_another_kind_is_refused_and_untouched(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError) as caught:
        History.open(str(path))
    assert f"mv {path}" in str(caught.value)
    assert caught.value.exit_status == ExitStatus.ENVIRONMENT
    assert path.read_bytes() == content
    assert os.listdir(path.parent) == ["history.db"]


def test_a_history_with_torn_pages_is_a_store_error(filled: Path) -> None:
    content = bytearray(filled.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    filled.write_bytes(content)
    with pytest.raises(StoreError, match="not a readable history"), History.open(str(filled)) as history:
        history.samples("r1")
    assert filled.read_bytes() == content


def test_a_row_of_another_make_is_a_store_error(filled: Path) -> None:
    with sqlite3.connect(filled) as connection:
        connection.execute("UPDATE run SET started_at_us = 'yesterday'")
    with History.open(str(filled)) as history, pytest.raises(StoreError, match="did not write"):
        history.runs()


def test_the_database_of_another_program_is_refused_and_untouched(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE invoices (id INTEGER)")
    connection.close()
    content = path.read_bytes()
    with pytest.raises(StoreError, match="not a history of boss-perf"):
        History.open(str(path))
    assert path.read_bytes() == content


def test_a_newer_schema_is_refused_and_untouched(filled: Path) -> None:
    connection = sqlite3.connect(filled)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("UPDATE schema_version SET version = 99")
    connection.commit()
    connection.close()
    content = filled.read_bytes()
    with pytest.raises(StoreError, match="schema 99; this boss-perf knows up to") as caught:
        History.open(str(filled))
    assert caught.value.hint is not None
    assert "update boss-perf" in caught.value.hint
    assert filled.read_bytes() == content


def test_an_empty_file_becomes_a_history(path: Path) -> None:
    path.touch()
    with History.open(str(path)) as history:
        assert history.runs() == ()


def test_a_missing_history_is_not_made_when_only_reading(path: Path) -> None:
    with pytest.raises(StoreError, match="no history yet"):
        History.open(str(path), create=False)
    assert not path.exists()


def test_a_directory_or_an_impossible_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="directory"):
        History.open(str(tmp_path))
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="no directory can be made"):
        History.open(str(tmp_path / "file" / "below" / "history.db"))


def test_an_unknown_kind_of_store_names_the_known_ones() -> None:
    with pytest.raises(StoreError, match="mysql") as caught:
        History.open("mysql://host/db")
    assert "postgresql://" in str(caught.value)


def test_a_full_disk_keeps_what_was_saved(filled: Path) -> None:
    with History.open(str(filled)) as history:
        pages = history._database.query("PRAGMA page_count")[0][0]
        history._database.query(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match="disk is full") as caught:
            for fork in range(1, 1000):
                history.save_sample("r1", a_sample(fork=fork))
        assert "--resume" in str(caught.value)
        assert a_sample() in history.samples("r1")
    with History.open(str(filled)) as history:
        kept = len(history.samples("r1"))
        assert history.save_sample("r1", a_sample(fork=1000))
        assert len(history.samples("r1")) == kept + 1


def test_a_lock_that_is_never_released_is_named(filled: Path) -> None:
    holder = sqlite3.connect(filled, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    database = SqliteDatabase(str(filled), create=False, busy_timeout_s=0.05)
    with pytest.raises(StoreError, match="locked"):
        History(database).save_sample("r1", a_sample(fork=1))
    holder.execute("ROLLBACK")
    assert History(database).save_sample("r1", a_sample(fork=1))


@pytest.fixture
def locked_directory() -> Iterator[Path]:
    """Below /tmp, so that a process of another user can reach it."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with History.open(str(directory / "history.db")) as history:
            history.save_run(a_run())
            history.save_sample("r1", a_sample())
        (directory / "history.db").chmod(0o444)
        directory.chmod(0o555)
        yield directory
        directory.chmod(0o755)


def test_a_read_only_directory_can_be_read_and_says_why_it_cannot_be_written(locked_directory: Path) -> None:
    script = """
import os, sys, numpy, urllib.parse  # some of these are imported late
from datetime import UTC, datetime
import boss_perf.store.sqlite
from boss_perf.errors import StoreError
from boss_perf.store.history import History
if os.geteuid() == 0:  # nobody; after the imports, which may live in a home directory
    os.setuid(65534)
with History.open(sys.argv[1] + "/history.db") as history:
    print(len(history.samples("r1")))
    try:
        history.finish_run("r1", datetime(2026, 11, 4, tzinfo=UTC))
    except StoreError as error:
        print(error)
try:
    History.open(sys.argv[1] + "/new/history.db")
except StoreError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(locked_directory)], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "1"
    assert "cannot be written" in lines[1]
    assert "no directory can be made" in lines[3]
    assert sorted(os.listdir(locked_directory)) == ["history.db"]


def test_an_interrupt_in_the_middle_of_a_write_leaves_no_lock(filled: Path) -> None:
    database = SqliteDatabase(str(filled), create=False)

    def interrupted() -> None:
        database.execute("UPDATE run SET note = 'half'")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        database.write(interrupted)
    with History.open(str(filled)) as other:
        assert other.run("r1").note == ""
        assert other.save_sample("r1", a_sample(fork=1))
        assert set(other.newest_evidence_of_all([SEARCH])) == {SEARCH}
