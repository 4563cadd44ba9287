"""Every store test runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from boss_perf.store.history import History


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
