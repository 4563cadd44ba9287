"""The real service in a process of its own, on a free port of loopback."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from boss_perf.load.processes import free_port


@pytest.fixture(scope="session")
def service() -> Iterator[str]:
    port = free_port("127.0.0.1")
    start = f"from boss_perf.load.service import serve; serve(port={port})"
    process = subprocess.Popen([sys.executable, "-c", start])
    url = f"http://127.0.0.1:{port}"
    try:
        deadline_s = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(f"{url}/health", timeout=5).close()
                break
            except (urllib.error.URLError, ConnectionError):
                assert process.poll() is None, "the service ended"
                assert time.monotonic() < deadline_s, "the service does not answer"
                time.sleep(0.05)
        yield url
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def locustfile(tmp_path: Path):
    """Write a locust file and give its path."""

    def write(text: str) -> str:
        path = tmp_path / "lf.py"
        path.write_text(text)
        return str(path)

    return write
