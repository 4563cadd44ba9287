import asyncio
import os
import random
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boss_perf.resolvers.caches import QueryCache
from boss_perf.resolvers.database import BaselineSqliteDatabase, OptimizedSqliteDatabase
from boss_perf.resolvers.database.optimized import FILE_CHECK_S
from boss_perf.resolvers.database.reference_rows import COLUMNS, rows, schema
from boss_perf.resolvers.protocol import Task, TaskStatus

ROW_COUNT = 300
SLOW_QUERY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def make_file(path):
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in schema(3):
            connection.execute(statement)
        connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows(ROW_COUNT))
    return path


@pytest.fixture
def path(tmp_path):
    return make_file(tmp_path / "records.sqlite")


def remembering(*args, **kwargs):
    return OptimizedSqliteDatabase(*args, results=QueryCache(), **kwargs)


@pytest.fixture(
    params=[BaselineSqliteDatabase, OptimizedSqliteDatabase, remembering], ids=["baseline", "optimized", "remembering"]
)
def make(request):
    made = []

    def make_resolver(*args, **kwargs):
        made.append(request.param(*args, **kwargs))
        return made[-1]

    yield make_resolver
    for each in made:
        asyncio.run(each.close())


@pytest.fixture
def reader(make, path):
    return make(path)


@pytest.fixture
def writer(make, path):
    return make(path, is_read_only=False)


def ask(resolver, **input_data):
    return asyncio.run(resolver.resolve(Task("t", input_data)))


def output(resolver, **input_data):
    result = ask(resolver, **input_data)
    assert result.is_success, result.message
    return result.output_data


def kind_of_error(resolver, **input_data):
    result = ask(resolver, **input_data)
    assert result.status is TaskStatus.ERROR
    assert result.output_data == {}
    assert result.error["message"]
    return result.error["kind"]


def test_a_row_is_read_by_its_key(reader):
    found = output(reader, operation="SELECT", table="records", where={"id": 123})
    assert found["count"] == 1
    assert found["rows"][0]["account"] == 1
    assert tuple(found["rows"][0]) == COLUMNS


def test_no_more_rows_than_the_resolver_allows(make, path):
    assert output(make(path), operation="select", table="records")["count"] == 100
    assert output(make(path, max_results=7), operation="select", table="records", limit=50)["count"] == 7
    assert output(make(path), operation="select", table="records", limit=0) == {"rows": [], "count": 0}
    free = output(make(path, max_results=5), operation="EXECUTE", query="SELECT id FROM records ORDER BY id")
    assert [row["id"] for row in free["rows"]] == [0, 1, 2, 3, 4]


def test_none_finds_null(writer):
    inserted = output(writer, operation="INSERT", table="records", data={"account": 9, "name": None})
    assert inserted == {"operation": "INSERT", "rowcount": 1, "lastrowid": ROW_COUNT}
    found = output(writer, operation="SELECT", table="records", columns=["id"], where={"name": None, "account": 9})
    assert found["rows"] == [{"id": ROW_COUNT}]


def test_a_write_is_seen_by_the_next_read_of_another_resolver(make, path):
    reader, writer = make(path), make(path, is_read_only=False)
    where = {"account": 77}
    assert output(reader, operation="SELECT", table="records", where=where)["count"] == 0
    output(writer, operation="INSERT", table="records", data={"id": 1000, "account": 77})
    assert output(reader, operation="SELECT", table="records", where=where)["count"] == 1
    changed = output(writer, operation="UPDATE", table="records", data={"account": 78}, where=where)
    assert changed == {"operation": "UPDATE", "rowcount": 1, "lastrowid": None}
    assert output(reader, operation="SELECT", table="records", where=where)["count"] == 0
    assert output(writer, operation="DELETE", table="records", where={"id": 1000})["rowcount"] == 1
    assert output(reader, operation="SELECT", table="records", where={"id": 1000})["count"] == 0


@pytest.mark.parametrize(
    "name",
    ['records" --', "records; DROP TABLE records", "", "a.b", "ключ", "a" * 64, "1a", 'x" OR "1" = "1'],
)
def test_a_name_that_is_no_identifier_never_reaches_the_database(reader, name):
    assert kind_of_error(reader, operation="SELECT", table=name) == "bad_identifier"
    assert kind_of_error(reader, operation="SELECT", table="records", columns=[name]) == "bad_identifier"
    assert kind_of_error(reader, operation="SELECT", table="records", where={name: 1}) == "bad_identifier"


@pytest.mark.parametrize("place", [{"columns": ["nope"]}, {"where": {"nope": "nope"}}])
def test_an_unknown_column_is_an_error_and_not_a_string(reader, place):
    assert kind_of_error(reader, operation="SELECT", table="records", **place) == "OperationalError"


def test_an_unknown_column_in_a_deletion_deletes_nothing(writer):
    assert kind_of_error(writer, operation="DELETE", table="records", where={"nope": "nope"}) == "OperationalError"
    counted = output(writer, operation="EXECUTE", query="SELECT count(*) AS n FROM records")
    assert counted["rows"] == [{"n": ROW_COUNT}]


@pytest.mark.parametrize(
    ("input_data", "kind"),
    [
        ({}, "missing_field"),
        ({"operation": 3}, "wrong_type"),
        ({"operation": "DROP"}, "unknown_operation"),
        ({"operation": "SELECT"}, "missing_field"),
        ({"operation": "SELECT", "table": 3}, "wrong_type"),
        ({"operation": "SELECT", "table": "records", "columns": "id"}, "wrong_type"),
        ({"operation": "SELECT", "table": "records", "columns": [3]}, "bad_identifier"),
        ({"operation": "SELECT", "table": "records", "where": "id = 1"}, "wrong_type"),
        ({"operation": "SELECT", "table": "records", "where": []}, "wrong_type"),
        ({"operation": "SELECT", "table": "records", "limit": "5"}, "wrong_type"),
        ({"operation": "SELECT", "table": "records", "limit": True}, "wrong_type"),
        ({"operation": "SELECT", "table": "records", "limit": -1}, "bad_limit"),
        ({"operation": "INSERT", "table": "records"}, "missing_field"),
        ({"operation": "INSERT", "table": "records", "data": {}}, "missing_field"),
        ({"operation": "UPDATE", "table": "records", "data": {"account": 1}}, "missing_field"),
        ({"operation": "DELETE", "table": "records", "where": {}}, "missing_field"),
        ({"operation": "EXECUTE", "query": b"SELECT 1"}, "wrong_type"),
        ({"operation": "EXECUTE", "query": "SELECT 1", "params": "x"}, "wrong_type"),
    ],
)
def test_a_malformed_task_is_told_what_is_wrong(writer, input_data, kind):
    assert kind_of_error(writer, **input_data) == kind


def test_input_data_that_is_no_mapping(reader):
    result = asyncio.run(reader.resolve(Task("t", ["SELECT"])))
    assert result.error["kind"] == "wrong_type"


@pytest.mark.parametrize("given", [{1, 2}, 2**80, object(), "\ud800"])
def test_a_parameter_the_database_cannot_take(reader, given):
    assert kind_of_error(reader, operation="SELECT", table="records", where={"id": given})
    assert output(reader, operation="SELECT", table="records", where={"id": 1})["count"] == 1


def test_a_reader_does_not_write(reader):
    row = {"account": 1}
    assert kind_of_error(reader, operation="INSERT", table="records", data=row) == "read_only"
    assert kind_of_error(reader, operation="DELETE", table="records", where={"id": 1}) == "read_only"
    assert kind_of_error(reader, operation="EXECUTE", query="DELETE FROM records") == "read_only"
    query = "WITH x AS (SELECT 1) DELETE FROM records"
    assert kind_of_error(reader, operation="EXECUTE", query=query) == "OperationalError"
    assert output(reader, operation="SELECT", table="records", where={"id": 1})["count"] == 1


@pytest.mark.parametrize("query", ["ATTACH '{}' AS other", "VACUUM INTO '{}'", "/* SELECT */ VACUUM INTO '{}'"])
def test_a_reader_writes_no_other_file_either(reader, tmp_path, query):
    place = tmp_path / "other.sqlite"
    assert kind_of_error(reader, operation="EXECUTE", query=query.format(place)) == "read_only"
    assert not place.exists()


def test_closing_while_others_read_crashes_nothing(path):
    """A connection that is closed under a running statement ends the process, so this runs in one of its own."""
    code = f"""
import asyncio, pathlib, threading
from boss_perf.resolvers.caches import QueryCache
from boss_perf.resolvers.database import OptimizedSqliteDatabase
from boss_perf.resolvers.protocol import Task

resolver = OptimizedSqliteDatabase(pathlib.Path({str(path)!r}))
task = Task("read", {{"operation": "SELECT", "table": "records"}})
kinds = set()

def read():
    for _ in range(150):
        result = asyncio.run(resolver.resolve(task))
        kinds.add("" if result.is_success else result.error["kind"])

threads = [threading.Thread(target=read) for _ in range(6)]
for each in threads:
    each.start()
while any(each.is_alive() for each in threads):
    asyncio.run(resolver.close())
print(sorted(kinds - {{"", "ProgrammingError"}}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")


def test_a_connection_survives_an_error(writer):
    row = {"id": 1, "account": 5}
    assert kind_of_error(writer, operation="INSERT", table="records", data=row) == "IntegrityError"
    assert kind_of_error(writer, operation="EXECUTE", query="SELEKT 1") == "OperationalError"
    assert kind_of_error(writer, operation="EXECUTE", query="SELECT ?", params=[]) == "ProgrammingError"
    assert output(writer, operation="INSERT", table="records", data={"id": 1000})["lastrowid"] == 1000


@pytest.mark.parametrize(
    "query",
    [
        "BEGIN IMMEDIATE",
        "/* all */ PRAGMA foreign_keys = OFF",
        "CREATE TEMP TABLE records (id)",
        "ATTACH ':memory:' AS m",
    ],
)
def test_a_free_form_statement_leaves_no_state_behind(writer, query):
    assert ask(writer, operation="EXECUTE", query=query).is_success
    assert output(writer, operation="SELECT", table="records", where={"id": 1})["rows"][0]["account"] == 0
    assert output(writer, operation="EXECUTE", query="PRAGMA foreign_keys")["rows"] == [{"foreign_keys": 1}]
    assert kind_of_error(writer, operation="EXECUTE", query="SELECT * FROM m.sqlite_master") == "OperationalError"
    output(writer, operation="INSERT", table="records", data={"id": 1000})


def test_a_statement_that_runs_too_long_is_interrupted(path):
    resolver = OptimizedSqliteDatabase(path, timeout_s=0.05)
    assert kind_of_error(resolver, operation="EXECUTE", query=SLOW_QUERY) == "timeout"
    assert output(resolver, operation="SELECT", table="records", where={"id": 1})["count"] == 1
    asyncio.run(resolver.close())


def test_a_locked_database_is_an_error_after_the_time_out(make, path):
    resolver = make(path, is_read_only=False, timeout_s=0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert kind_of_error(resolver, operation="INSERT", table="records", data={"id": 1000}) == "OperationalError"
        other.execute("ROLLBACK")
    assert output(resolver, operation="INSERT", table="records", data={"id": 1000})["rowcount"] == 1


def test_reading_part_of_a_result_leaves_no_lock(make, path):
    output(make(path, max_results=1), operation="EXECUTE", query="SELECT * FROM records")
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        other.execute("ROLLBACK")


def test_a_missing_or_broken_file_is_an_error_and_is_not_made(make, tmp_path):
    missing = tmp_path / "missing.sqlite"
    resolver = make(missing, is_read_only=False)
    assert kind_of_error(resolver, operation="EXECUTE", query="SELECT 1")
    assert not missing.exists()
    assert asyncio.run(resolver.health_check()) is False
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"no database at all" * 100)
    resolver = make(broken)
    assert kind_of_error(resolver, operation="SELECT", table="records") == "DatabaseError"
    assert asyncio.run(resolver.health_check()) is False


def test_a_file_that_vanishes_or_is_replaced_is_noticed(make, path, tmp_path):
    resolver = make(path, is_read_only=False)
    output(resolver, operation="INSERT", table="records", data={"id": 1000})
    other = make_file(tmp_path / "other.sqlite")
    os.replace(other, path)
    output(resolver, operation="INSERT", table="records", data={"id": 2000})
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT id FROM records WHERE id >= 1000").fetchall() == [(2000,)]
    path.unlink()
    assert kind_of_error(resolver, operation="INSERT", table="records", data={"id": 3000})
    assert not path.exists()
    make_file(path)
    assert output(resolver, operation="EXECUTE", query="SELECT max(id) AS top FROM records")["rows"] == [{"top": 299}]


def test_reads_notice_a_replaced_file_within_the_stated_time(path, tmp_path, monkeypatch):
    now_s = [100.0]
    monkeypatch.setattr("boss_perf.resolvers.database.optimized.time.monotonic", lambda: now_s[0])
    resolver = OptimizedSqliteDatabase(path)
    assert output(resolver, operation="SELECT", table="records", where={"id": 1})["count"] == 1
    path.unlink()
    now_s[0] += FILE_CHECK_S
    assert kind_of_error(resolver, operation="SELECT", table="records", where={"id": 1}) == "FileNotFoundError"
    asyncio.run(resolver.close())


def test_eight_threads_read_and_write(make, path):
    resolver = make(path, is_read_only=False)

    def work(thread):
        for turn in range(10):
            key = 1000 + thread * 100 + turn
            output(resolver, operation="INSERT", table="records", data={"id": key, "account": thread})
            assert output(resolver, operation="SELECT", table="records", where={"id": key})["count"] == 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    assert output(resolver, operation="EXECUTE", query="SELECT count(*) AS n FROM records")["rows"] == [{"n": 380}]


def test_no_thread_remembers_what_was_before_a_write_from_wherever(path):
    """Five threads, of which each keeps a connection, and one memory; in turn one writes and all read."""
    resolver = remembering(path, is_read_only=False)
    other = BaselineSqliteDatabase(path, is_read_only=False)
    threads = [ThreadPoolExecutor(1) for _ in range(5)]
    draw = random.Random(3)
    for turn in range(40):
        writer = draw.choice([resolver, other])
        written = {"operation": "UPDATE", "table": "records", "data": {"note": f"{turn}"}, "where": {"id": turn % 2}}
        draw.choice(threads).submit(output, writer, **written).result()
        for thread in [each for each in draw.sample(threads, 4) for _ in range(2)]:
            (row,) = thread.submit(
                output, resolver, operation="SELECT", table="records", where={"id": turn % 2}
            ).result()["rows"]
            assert row["note"] == f"{turn}"
            row["note"] = "the caller's own"
    assert resolver.results.entries.stats().hit_count >= 160
    asyncio.run(resolver.close())
    for each in threads:
        each.shutdown()


def test_equal_parameters_of_another_kind_are_another_question(path):
    resolver = remembering(path, is_read_only=False)
    output(resolver, operation="UPDATE", table="records", data={"note": "1"}, where={"id": 5})
    counts = [
        output(resolver, operation="SELECT", table="records", where={"note": given})["count"]
        for given in (1, 1.0, True)
    ]
    assert counts == [1, 0, 1]
    asyncio.run(resolver.close())


def test_connections_of_ended_threads_are_closed(path):
    resolver = OptimizedSqliteDatabase(path)
    for _ in range(20):
        thread = threading.Thread(target=ask, args=(resolver,), kwargs={"operation": "SELECT", "table": "records"})
        thread.start()
        thread.join()
    output(resolver, operation="SELECT", table="records")
    assert resolver.connection_count == 1
    asyncio.run(resolver.close())
    assert resolver.connection_count == 0
    assert output(resolver, operation="SELECT", table="records")["count"] == 100
    asyncio.run(resolver.close())


def test_no_file_stays_open(make, path):
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    resolver = make(path, is_read_only=False)
    for turn in range(20):
        ask(resolver, operation="INSERT", table="records", data={"id": turn % 3 + 1000})
        ask(resolver, operation="EXECUTE", query="PRAGMA user_version")
    asyncio.run(resolver.close())
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert after == before


values = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text(max_size=8))
columns = st.sampled_from([*COLUMNS, "nope", 'a"b'])
operations = st.one_of(
    st.fixed_dictionaries(
        {"operation": st.just("INSERT"), "data": st.dictionaries(columns, values, max_size=4)},
    ),
    st.fixed_dictionaries(
        {"operation": st.just("SELECT")},
        optional={
            "where": st.dictionaries(columns, values, max_size=2),
            "columns": st.lists(columns, max_size=3),
            "limit": st.integers(-1, 200),
        },
    ),
    st.fixed_dictionaries({"operation": st.just("DELETE"), "where": st.dictionaries(columns, values, max_size=2)}),
    st.fixed_dictionaries(
        {
            "operation": st.just("UPDATE"),
            "data": st.dictionaries(columns, values, max_size=2),
            "where": st.dictionaries(columns, values, max_size=2),
        }
    ),
    st.fixed_dictionaries(
        {
            "operation": st.just("EXECUTE"),
            "query": st.sampled_from(
                ["SELECT count(*), max(id) FROM records", "INSERT INTO records (id) VALUES (5000)", "BEGIN", "oops",
                 "UPDATE records SET note = 'x' WHERE id < 3", "PRAGMA user_version", "SELECT ?"]
            ),
        }
    ),
)  # fmt: skip


@settings(max_examples=30)
@given(st.lists(operations, max_size=8))
def test_both_arms_answer_alike(tmp_path_factory, asked):
    directory = tmp_path_factory.mktemp("alike")
    baseline, *others = (
        kind(make_file(directory / f"{number}.sqlite"), is_read_only=False)
        for number, kind in enumerate((BaselineSqliteDatabase, OptimizedSqliteDatabase, remembering))
    )
    for input_data in asked:
        left, *rights = (ask(each, table="records", **input_data) for each in (baseline, *others))
        for right in rights:
            assert (left.status, left.output_data, left.error) == (right.status, right.output_data, right.error)
    for each in others:
        asyncio.run(each.close())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_the_child_of_a_fork_has_connections_of_its_own(path):
    database = remembering(path, is_read_only=False)
    select = Task("t", {"operation": "SELECT", "table": "records", "where": {"id": 1}})
    insert = Task("t", {"operation": "INSERT", "table": "other_01", "data": {"id": 1, "name": "child"}})
    before = asyncio.run(database.resolve(select)).output_data
    kept = database._of_thread.kept
    child = os.fork()
    if child == 0:
        with closing(asyncio.new_event_loop()) as loop:
            answers = [loop.run_until_complete(database.resolve(task)) for task in (select, insert)]
        is_own = database._of_thread.kept.connection is not kept.connection and database.connection_count == 1
        os._exit(0 if is_own and answers[0].output_data == before and answers[1].is_success else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert database._of_thread.kept is kept
    written = asyncio.run(database.resolve(Task("t", {"operation": "SELECT", "table": "other_01"}))).output_data
    assert [row["name"] for row in written["rows"]] == ["child"]
    asyncio.run(database.close())
