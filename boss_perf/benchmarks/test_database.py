"""Rows out of and into a database: a connection per task against connections that are kept.

SQLite: 100 000 rows of 8 columns in one of 25 tables, in a file made once per machine; the journal is the default one
(no WAL) in both arms. PostgreSQL: the same rows on a server of our own, reached over a unix socket. Ids and accounts
are drawn with a fixed seed.
"""

import asyncio
import itertools
import random
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from boss_perf.resolvers.caches import Policy, QueryCache
from boss_perf.resolvers.database import BaselineSqliteDatabase, OptimizedSqliteDatabase, reference_rows
from boss_perf.resolvers.database.local_server import ServerUnavailable, local_postgresql
from boss_perf.resolvers.protocol import Task

SEED = 4
TASK_COUNT = 1000
CLIENT_COUNT = 32
ACCOUNT_COUNT = reference_rows.ROW_COUNT // reference_rows.ROWS_PER_ACCOUNT


def read_by_key(count=TASK_COUNT):
    draw = random.Random(SEED)
    return [_select({"id": draw.randrange(reference_rows.ROW_COUNT)}) for _ in range(count)]


def read_account(count=TASK_COUNT):
    draw = random.Random(SEED)
    return [_select({"account": draw.randrange(ACCOUNT_COUNT)}) for _ in range(count)]


def insert_row(count=TASK_COUNT):
    row = {"account": -1, "name": "new", "email": "new@example.org", "amount": 1.5, "active": 1, "note": None}
    return [Task("insert", {"operation": "INSERT", "table": reference_rows.TABLE, "data": row}) for _ in range(count)]


def _select(where):
    return Task("read", {"operation": "SELECT", "table": reference_rows.TABLE, "where": where})


def same_output(left, right):
    assert left.is_success, left.message
    assert right.is_success, right.message
    return left.output_data == right.output_data


def same_row(raw, result):
    assert result.is_success, result.message
    return [tuple(row) for row in raw] == [tuple(row.values()) for row in result.output_data["rows"]]


@pytest.fixture(scope="module")
def file():
    path = reference_rows.sqlite_file()
    path.read_bytes()  # in memory from now on; else the first process on a machine would measure its disk
    return path


@pytest.fixture(scope="module")
def scratch():
    memory = Path("/dev/shm")  # noqa: S108 - private directory within; a disk's mood is not the subject here
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None, prefix="boss-perf-") as directory:
        yield Path(directory)


@pytest.fixture
def copies(file, scratch):
    paths = [scratch / f"{name}.sqlite" for name in ("baseline", "optimized")]
    for path in paths:
        shutil.copyfile(file, path)
    yield paths
    for path in paths:
        path.unlink()


@pytest.fixture(scope="module")
def kept(file):
    resolver = OptimizedSqliteDatabase(file)
    yield resolver
    asyncio.run(resolver.close())


def test_sqlite_pk(paired, file, kept):
    """One op: one row of eight columns by its primary key."""
    first, _ = paired(
        baseline=BaselineSqliteDatabase(file).resolve,
        optimized=kept.resolve,
        inputs=read_by_key(),
        agree=same_output,
    )
    assert first.output_data["count"] == 1


def test_sqlite_100_rows(paired, file, kept):
    """One op: the hundred rows of an account through an index. Making the rows costs both arms the same."""
    first, _ = paired(
        baseline=BaselineSqliteDatabase(file).resolve, optimized=kept.resolve, inputs=read_account(100),
        agree=same_output,
    )  # fmt: skip
    assert first.output_data["count"] == 100


@pytest.mark.parametrize("room_count", [500, 1], ids=["remembered", "forgotten"])
def test_sqlite_results(paired, file, kept, room_count):
    """One op: the rows of one of a hundred accounts, read against remembered, where there is room for them."""
    resolver = OptimizedSqliteDatabase(file, results=QueryCache(Policy(room_count)))
    paired(baseline=kept.resolve, optimized=resolver.resolve, inputs=read_account(100), agree=same_output)
    asyncio.run(resolver.close())


def test_sqlite_insert(paired, copies):
    """One op: one committed row in a scratch copy, on tmpfs where there is one: fsync costs nothing there."""
    baseline, optimized = (
        kind(path, is_read_only=False)
        for kind, path in zip((BaselineSqliteDatabase, OptimizedSqliteDatabase), copies, strict=True)
    )
    paired(baseline=baseline.resolve, optimized=optimized.resolve, inputs=insert_row(1), agree=same_output)
    asyncio.run(optimized.close())


def test_query_execution(benchmark, kept, copies):
    """One op: one task of the mix 70 % by key, 20 % of a hundred rows, 10 % insert into a scratch copy."""
    writer = OptimizedSqliteDatabase(copies[1], is_read_only=False)
    mix = [(kept, each) for each in read_by_key(700)]
    mix += [(kept, each) for each in read_account(200)]
    mix += [(writer, each) for each in insert_row(100)]
    random.Random(SEED).shuffle(mix)
    turns = itertools.cycle(mix)

    async def next_task():
        resolver, task = next(turns)
        return await resolver.resolve(task)

    result = benchmark(next_task)
    assert result.is_success, result.message
    assert result.output_data.get("count", 1) in (1, 100)
    asyncio.run(writer.close())


def test_sqlite_pk_latency(benchmark, kept):
    """One op: one row by its primary key over the kept connection."""
    turns = itertools.cycle(read_by_key())

    async def next_task():
        return await kept.resolve(next(turns))

    result = benchmark(next_task)
    assert result.output_data["count"] == 1


def test_sqlite_overhead(paired, file, kept):
    """One op: one row by its primary key; the first arm is sqlite3 alone on a held connection, rows as tuples."""
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        sql = f"SELECT t.* FROM {reference_rows.TABLE} AS t WHERE t.id = ?"  # noqa: S608 - a constant

        def bare(task):
            return connection.execute(sql, (task.input_data["where"]["id"],)).fetchall()

        paired(baseline=bare, optimized=kept.resolve, inputs=read_by_key(), agree=same_row)


@pytest.fixture(scope="module")
def postgresql():
    pytest.importorskip("psycopg", reason="PostgreSQL needs `pip install boss-perf[postgresql]`: no psycopg")
    pytest.importorskip("psycopg_pool", reason="PostgreSQL needs `pip install boss-perf[postgresql]`: no psycopg_pool")
    try:
        with local_postgresql() as conninfo:
            filled = reference_rows.fill_postgresql(conninfo)
            reference_rows.read_into_memory(filled)
            yield filled
    except ServerUnavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture
def pooled(postgresql, request):
    """The optimized resolver's `resolve`, all connections of its pool made; it is closed on the loop that opened it."""
    from boss_perf.resolvers.database import postgresql_optimized

    count = getattr(request, "param", postgresql_optimized.CONNECTION_COUNT)
    pool = postgresql_optimized.make_pool(postgresql, connection_count=count)
    resolver = postgresql_optimized.OptimizedPostgresqlDatabase(pool)
    loops = []

    async def resolve(task):
        if not loops:
            loops.append(asyncio.get_running_loop())
            await resolver.pool.open(wait=True)
        return await resolver.resolve(task)

    yield resolve
    for loop in loops:
        loop.run_until_complete(resolver.close())


def test_postgresql_pk(paired, postgresql, pooled):
    """One op: one row by its primary key; a new connection for it against one from a pool. Both wait: wall time."""
    from boss_perf.resolvers.database.postgresql_baseline import BaselinePostgresqlDatabase

    first, _ = paired(
        baseline=BaselinePostgresqlDatabase(postgresql).resolve,
        optimized=pooled,
        inputs=read_by_key(50),
        agree=same_output,
    )
    assert first.output_data["count"] == 1


def test_postgresql_32_clients(benchmark, pooled):
    """One op: 32 clients each ask for a row by its primary key at the same moment; it ends with the last answer."""
    tasks = read_by_key(30 * CLIENT_COUNT)
    waves = itertools.cycle([tasks[start : start + CLIENT_COUNT] for start in range(0, len(tasks), CLIENT_COUNT)])

    async def next_wave():
        return await asyncio.gather(*map(pooled, next(waves)))

    results = benchmark(next_wave)
    assert [each.output_data.get("count") for each in results] == [1] * CLIENT_COUNT


@pytest.mark.parametrize("pooled", [1], indirect=True, ids=["one_connection"])
def test_postgresql_overhead(paired, postgresql, pooled):
    """One op: one row by its primary key; the first arm is psycopg alone on a held connection, rows as tuples.

    The pool holds one connection as well. Of several, each query gets the one that rested longest, whose server process
    finds its caches cold: a price of the server, not of the resolver.
    """
    import psycopg

    held = []
    sql = f"SELECT t.* FROM {reference_rows.TABLE} AS t WHERE t.id = %s"  # noqa: S608 - a constant

    async def bare(task):
        if not held:
            connection = await psycopg.AsyncConnection.connect(postgresql, autocommit=True)
            held.append((connection, asyncio.get_running_loop()))
        cursor = await held[0][0].execute(sql, (task.input_data["where"]["id"],))
        return await cursor.fetchall()

    paired(baseline=bare, optimized=pooled, inputs=read_by_key(), agree=same_row)
    for connection, loop in held:
        loop.run_until_complete(connection.close())
