"""The private PostgreSQL's directories: one for each process that asks at the same time."""

import subprocess
import sys
from pathlib import Path

import pytest

from boss_perf.resolvers.database import local_server

HAS_ONE = """
import sys
from pathlib import Path
from boss_perf.resolvers.database import local_server

local_server.cache_directory = lambda: Path(sys.argv[1])
with local_server._own_directory("server") as directory:
    print(directory.name, flush=True)
    sys.stdin.readline()
"""


def test_each_process_has_its_own_and_a_killed_one_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fasteners")
    monkeypatch.setattr(local_server, "cache_directory", lambda: tmp_path)
    other = subprocess.Popen(
        [sys.executable, "-c", HAS_ONE, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == "server-0\n"
        with local_server._own_directory("server") as mine:
            assert (mine.name, mine.is_dir()) == ("server-1", True)
        other.kill()
    for _ in range(2):
        with local_server._own_directory("server") as mine:
            assert mine.name == "server-0"
