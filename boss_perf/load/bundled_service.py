"""The reference service in a process of its own, for a load that names no other address."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from boss_perf.errors import WorkloadError
from boss_perf.load.processes import free_port

START_LIMIT_S = 30.0


@contextmanager
def own_service() -> Iterator[str]:
    """Start the service on a free loopback port and yield its address; it ends with the block."""
    port = free_port("127.0.0.1")
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-P", "-m", "boss_perf", "serve", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        _wait(process, address)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", address: str) -> None:
    deadline_s = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline_s:
        if process.poll() is not None:
            raise WorkloadError("the service under load ended at once", hint="try `boss-perf serve` by itself")
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=1):  # noqa: S310 - an address made here
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise WorkloadError(f"the service under load did not answer within {START_LIMIT_S:.0f} s")
