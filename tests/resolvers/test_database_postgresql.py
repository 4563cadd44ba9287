import asyncio
import os
import time

import pytest

pytest.importorskip("psycopg", reason="no psycopg: pip install boss-perf[postgresql]")
pytest.importorskip("psycopg_pool", reason="no psycopg_pool: pip install boss-perf[postgresql]")

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool

from boss_perf.resolvers.database.local_server import ServerUnavailable, local_postgresql
from boss_perf.resolvers.database.postgresql_baseline import BaselinePostgresqlDatabase
from boss_perf.resolvers.database.postgresql_optimized import OptimizedPostgresqlDatabase, make_pool
from boss_perf.resolvers.database.reference_rows import COLUMNS, rows, schema
from boss_perf.resolvers.protocol import Task, TaskStatus

ROW_COUNT = 300


@pytest.fixture(scope="module")
def server():
    try:
        with local_postgresql() as conninfo:
            yield conninfo
    except ServerUnavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def conninfo(server):
    name = f"test_{os.getpid()}"
    own = make_conninfo(server, dbname=name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with psycopg.connect(own) as inner:
            for statement in schema(3):
                inner.execute(statement)
        yield own
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(autouse=True)
def known_rows(conninfo):
    with psycopg.connect(conninfo) as connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE records")
        cursor.executemany("INSERT INTO records VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", list(rows(ROW_COUNT)))


def make_baseline(conninfo, **options):
    return BaselinePostgresqlDatabase(conninfo, **options)


def make_optimized(conninfo, *, connection_count=4, **options):
    return OptimizedPostgresqlDatabase(make_pool(conninfo, connection_count=connection_count, **options), **options)


@pytest.fixture(params=[make_baseline, make_optimized], ids=["baseline", "optimized"])
def make(request):
    return request.param


async def ask(resolver, **input_data):
    return await resolver.resolve(Task("t", input_data))


def scenario(resolver, body):
    """Run an async body on a loop of its own and close the resolver on it."""

    async def run():
        try:
            return await body(resolver)
        finally:
            await resolver.close()

    return asyncio.run(run())


def has_no_session(conninfo):
    """A server process ends a moment after its connection is closed."""
    return any(session_count(conninfo) == 0 or time.sleep(0.02) for _ in range(250))


def session_count(conninfo):
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(conninfo) as connection:
        return connection.execute(query).fetchone()[0]


def test_reads_and_writes(make, conninfo):
    async def body(resolver):
        found = await ask(resolver, operation="SELECT", table="records", where={"id": 123})
        assert [tuple(row) for row in found.output_data["rows"]] == [COLUMNS]
        inserted = await ask(resolver, operation="INSERT", table="records", data={"id": 1000, "name": None})
        assert inserted.output_data == {"operation": "INSERT", "rowcount": 1, "lastrowid": None}
        seen = await ask(resolver, operation="SELECT", table="records", columns=["id"], where={"name": None})
        assert seen.output_data == {"rows": [{"id": 1000}], "count": 1}
        most = await ask(resolver, operation="SELECT", table="records")
        assert most.output_data["count"] == 100

    scenario(make(conninfo, is_read_only=False), body)


def test_a_write_survives_its_resolver(make, conninfo):
    scenario(
        make(conninfo, is_read_only=False),
        lambda resolver: ask(resolver, operation="DELETE", table="records", where={"account": 0}),
    )
    with psycopg.connect(conninfo) as connection:
        assert connection.execute("SELECT count(*) FROM records").fetchone()[0] == 200


def test_a_reader_does_not_write(make, conninfo):
    async def body(resolver):
        assert (await ask(resolver, operation="DELETE", table="records", where={"id": 1})).error["kind"] == "read_only"
        for query in (
            "DELETE FROM records",
            "COPY records TO '/tmp/records'",
            "SET default_transaction_read_only = off",
        ):
            assert (await ask(resolver, operation="EXECUTE", query=query)).error["kind"] == "read_only"
        query = "WITH gone AS (DELETE FROM records RETURNING id) SELECT id FROM gone"
        assert (await ask(resolver, operation="EXECUTE", query=query)).error["kind"] == "ReadOnlySqlTransaction"

    scenario(make(conninfo), body)


def test_a_second_statement_is_not_smuggled_past_a_reader(conninfo):
    async def body(resolver):
        query = "SELECT 1; SET default_transaction_read_only = off; DELETE FROM records"
        assert (await ask(resolver, operation="EXECUTE", query=query)).status is TaskStatus.ERROR
        query = "SELECT set_config('default_transaction_read_only', 'off', false)"
        assert (await ask(resolver, operation="EXECUTE", query=query)).is_success
        held = await ask(resolver, operation="EXECUTE", query="SELECT pg_advisory_lock(7)")
        assert held.is_success, held.message
        query = "SELECT count(*) AS held FROM pg_locks WHERE locktype = 'advisory'"
        assert (await ask(resolver, operation="EXECUTE", query=query)).output_data["rows"] == [{"held": 0}]
        query = "WITH gone AS (DELETE FROM records RETURNING id) SELECT id FROM gone"
        for _ in range(4):
            freely = await ask(resolver, operation="EXECUTE", query=query)
            assert freely.error["kind"] == "ReadOnlySqlTransaction"

    scenario(make_optimized(conninfo, connection_count=1), body)


def test_a_connection_survives_an_error(make, conninfo):
    async def body(resolver):
        for _ in range(6):
            twice = await ask(resolver, operation="INSERT", table="records", data={"id": 1})
            assert twice.error["kind"] == "UniqueViolation"
            unknown = await ask(resolver, operation="SELECT", table="records", where={"nope": 1})
            assert unknown.error["kind"] == "UndefinedColumn"
        assert (await ask(resolver, operation="SELECT", table="records", where={"id": 1})).is_success

    scenario(make(conninfo, is_read_only=False), body)


def test_a_statement_that_runs_too_long_is_stopped(make, conninfo):
    async def body(resolver):
        slow = await ask(resolver, operation="EXECUTE", query="SELECT pg_sleep(30)")
        assert slow.error["kind"] in ("timeout", "QueryCanceled")
        assert (await ask(resolver, operation="SELECT", table="records", where={"id": 1})).is_success

    scenario(make(conninfo, timeout_s=0.3), body)


def test_waiting_for_a_connection_is_bounded(conninfo):
    async def body(patient):
        hasty = OptimizedPostgresqlDatabase(patient.pool, timeout_s=0.1)
        slow = asyncio.create_task(ask(patient, operation="EXECUTE", query="SELECT pg_sleep(0.6)"))
        await asyncio.sleep(0.05)
        starved = await ask(hasty, operation="SELECT", table="records", where={"id": 1})
        assert starved.error["kind"] == "timeout"
        assert (await slow).is_success

    scenario(make_optimized(conninfo, connection_count=1), body)


def test_a_cancelled_task_gives_its_connection_back(conninfo):
    async def body(resolver):
        for _ in range(3):
            slow = asyncio.create_task(ask(resolver, operation="EXECUTE", query="SELECT pg_sleep(30)"))
            await asyncio.sleep(0.05)
            slow.cancel()
            with pytest.raises(asyncio.CancelledError):
                await slow
        assert (await ask(resolver, operation="SELECT", table="records", where={"id": 1})).is_success

    scenario(make_optimized(conninfo, connection_count=1), body)
    assert has_no_session(conninfo)


def test_a_task_cancelled_while_it_gives_its_connection_back_loses_none(conninfo):
    async def body(resolver):
        assert (await ask(resolver, operation="SELECT", table="records", where={"id": 1})).is_success
        slow = asyncio.create_task(ask(resolver, operation="EXECUTE", query="SELECT pg_sleep(0.05)"))
        await asyncio.sleep(0.01)
        async with resolver.pool._lock:  # as another client holds it for a moment
            await asyncio.sleep(0.2)
            slow.cancel()
            with pytest.raises(asyncio.CancelledError):
                await slow
        assert (await ask(resolver, operation="SELECT", table="records", where={"id": 1})).is_success

    scenario(make_optimized(conninfo, connection_count=1, timeout_s=1), body)
    assert has_no_session(conninfo)


def test_a_read_survives_sessions_that_the_server_ended(conninfo):
    async def body(resolver):
        await asyncio.gather(*(ask(resolver, operation="SELECT", table="records") for _ in range(8)))
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        answers = await asyncio.gather(*(ask(resolver, operation="SELECT", table="records") for _ in range(8)))
        assert [answer.message for answer in answers if not answer.is_success] == []

    scenario(make_optimized(conninfo), body)


def test_thirty_two_clients_share_the_pool(conninfo):
    async def body(resolver):
        asked = [ask(resolver, operation="SELECT", table="records", where={"id": key}) for key in range(32)]
        answers = await asyncio.gather(*asked)
        assert [answer.output_data["rows"][0]["id"] for answer in answers] == list(range(32))
        assert resolver.pool.get_stats()["pool_size"] <= 4

    scenario(make_optimized(conninfo), body)
    assert has_no_session(conninfo)


def test_a_dead_server_is_an_error(make, tmp_path):
    async def body(resolver):
        result = await ask(resolver, operation="SELECT", table="records")
        assert result.status is TaskStatus.ERROR
        assert await resolver.health_check() is False

    scenario(make(f"host={tmp_path} user=nobody", timeout_s=0.3), body)


def test_a_pool_that_would_roll_writes_back_is_an_error(conninfo):
    async def body(resolver):
        written = await ask(resolver, operation="DELETE", table="records", where={"id": 1})
        assert (written.status, written.error["kind"]) == (TaskStatus.ERROR, "no_autocommit")
        assert await resolver.health_check() is False

    scenario(OptimizedPostgresqlDatabase(AsyncConnectionPool(conninfo, open=False), is_read_only=False), body)


def test_a_closed_pool_is_an_error(conninfo):
    async def body(resolver):
        assert (await ask(resolver, operation="SELECT", table="records")).is_success
        await resolver.close()
        assert (await ask(resolver, operation="SELECT", table="records")).status is TaskStatus.ERROR

    scenario(make_optimized(conninfo), body)


wheres = st.dictionaries(
    st.sampled_from(["id", "account", "name", "nope", 'a"b']),
    st.one_of(st.none(), st.integers(-1, 400), st.text(max_size=4)),
    max_size=2,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(wheres, st.integers(-1, 150)), min_size=1, max_size=8))
def test_both_arms_answer_alike(conninfo, asked):
    async def body(resolver):
        answers = []
        for where, limit in asked:
            answers.append(await ask(resolver, operation="SELECT", table="records", where=where, limit=limit))
        return [(answer.status, answer.output_data, answer.error and answer.error["kind"]) for answer in answers]

    assert scenario(make_baseline(conninfo), body) == scenario(make_optimized(conninfo), body)
