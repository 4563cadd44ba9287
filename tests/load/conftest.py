"""The real service in a process of its own, on a free port of loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from boss_perf.load.processes import bundled_service


@pytest.fixture(scope="session")
def service() -> Iterator[str]:
    with bundled_service() as address:
        yield address


@pytest.fixture
def locustfile(tmp_path: Path):
    """Write a locust file and give its path."""

    def write(text: str) -> str:
        path = tmp_path / "lf.py"
        path.write_text(text)
        return str(path)

    return write
