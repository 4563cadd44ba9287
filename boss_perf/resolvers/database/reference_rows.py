"""The rows that the workloads read: 100 000 in one table of 25, a hundred to each account.

Made once for a machine and set of parameters, in a file that appears only when it is complete.
"""

import os
import random
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from .local_server import cache_directory

ROW_COUNT = 100_000
TABLE_COUNT = 25
ROWS_PER_ACCOUNT = 100
SEED = 20240715
TABLE = "records"
COLUMNS = ("id", "account", "name", "email", "amount", "created", "active", "note")
_TYPES = ("INTEGER PRIMARY KEY", "INTEGER", "TEXT", "TEXT", "DOUBLE PRECISION", "TEXT", "INTEGER", "TEXT")
_VERSION = 1

Record = tuple[int, int, str, str, float, str, int, str]


def rows(row_count: int = ROW_COUNT) -> Iterator[Record]:
    """The rows in the order of their ids, which start at 0; the same on every machine."""
    draw = random.Random(SEED)
    for number in range(row_count):
        amount = draw.randrange(1, 1_000_000) / 100
        created = f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}T00:00:00Z"
        name, note = f"name {number}", f"note {draw.getrandbits(64):016x}"
        yield number, number // ROWS_PER_ACCOUNT, name, f"user{number}@example.org", amount, created, number % 2, note


def schema(table_count: int = TABLE_COUNT) -> list[str]:
    """The statements that make the tables and the index on accounts, in the words both databases know."""
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(COLUMNS, _TYPES, strict=True))
    others = [f"CREATE TABLE other_{number:02} ({columns})" for number in range(1, table_count)]
    return [f"CREATE TABLE {TABLE} ({columns})", *others, f"CREATE INDEX records_account ON {TABLE} (account)"]


def sqlite_file(row_count: int = ROW_COUNT, table_count: int = TABLE_COUNT) -> Path:
    """The path of a database that nobody may write to."""
    path = cache_directory() / f"records-v{_VERSION}-{row_count}-{table_count}.sqlite"
    if not path.exists():
        handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
        os.close(handle)
        with closing(sqlite3.connect(partial)) as connection, connection:
            for statement in schema(table_count):
                connection.execute(statement)
            connection.executemany(f"INSERT INTO {TABLE} VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows(row_count))  # noqa: S608 - a constant
        Path(partial).replace(path)
    return path


def fill_postgresql(conninfo: str, row_count: int = ROW_COUNT, table_count: int = TABLE_COUNT) -> str:
    """Make the tables in a database of their own unless it is there; its connection string."""
    import psycopg
    from psycopg import sql
    from psycopg.conninfo import make_conninfo

    name = f"records_v{_VERSION}_{row_count}_{table_count}"
    own = make_conninfo(conninfo, dbname=name)
    partial = f"{name}_{os.getpid()}"
    with psycopg.connect(conninfo, autocommit=True) as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            return own
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(partial)))
        with psycopg.connect(make_conninfo(conninfo, dbname=partial)) as connection:
            for statement in schema(table_count):
                connection.execute(statement)
            with connection.cursor().copy(f"COPY {TABLE} FROM STDIN") as copy:
                for row in rows(row_count):
                    copy.write_row(row)
        with psycopg.connect(make_conninfo(conninfo, dbname=partial), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        try:
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            server.execute(rename.format(sql.Identifier(partial), sql.Identifier(name)))
        except psycopg.errors.DuplicateDatabase:
            server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(partial)))
    return own


def read_into_memory(conninfo: str) -> None:
    """Have a filled PostgreSQL hold rows and keys in memory, or the first process on a machine measures its disk."""
    import psycopg

    with psycopg.connect(conninfo) as connection:
        connection.execute("SET enable_seqscan = off")
        connection.execute(f"SELECT max(note) FROM {TABLE} WHERE id >= 0")  # noqa: S608 - a constant
