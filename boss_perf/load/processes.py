"""Locust, and the reference service, in processes of their own.

Locust patches the standard library on import and must never be imported here. Each of its processes leads a process
group, so that whatever a locust file starts ends with it.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from boss_perf.errors import WorkloadError
from boss_perf.model.environment import measured_environment

RECORDER = Path(__file__).with_name("recorder.py")
START_LIMIT_S = 30.0
_TAIL_CHARACTERS = 4000
_SOURCE_LINE = re.compile(r'File "([^"]+)", line (\d+)')


@dataclass(frozen=True, slots=True)
class LocustProcess:
    """One started process; `name` is what a user reads, `output` the file with what it printed."""

    name: str
    process: "subprocess.Popen[bytes]"
    output: Path

    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    def tail(self) -> str:
        """The end of what it printed."""
        return self.output.read_text("utf-8", errors="replace")[-_TAIL_CHARACTERS:].strip()

    def ending(self) -> str:
        """How it ended, in words."""
        code = self.process.returncode
        is_killed = code is not None and code < 0
        return f"was killed by {signal.Signals(-code).name}" if is_killed else f"ended with status {code}"

    def complaint(self, locustfile: str) -> tuple[str, str]:
        """The exception or error it ended with, and the place in the locust file when it names one."""
        lines = [line.strip() for line in self.tail().splitlines() if line.strip()]
        errors = [line for line in lines if "/ERROR/" in line or re.match(r"[\w.]+(Error|Exception|Exit)\b", line)]
        places = [found for found in _SOURCE_LINE.findall(self.tail()) if Path(found[0]).name == Path(locustfile).name]
        where = f"{locustfile}:{places[-1][1]}" if places else locustfile
        return (errors or lines or ["it said nothing"])[-1], where


def start_locust(name: str, arguments: Sequence[str], *, folder: Path) -> LocustProcess:
    """Start `python -P -m locust` with its recordings and output in `folder`; the standard input is closed to it."""
    output = folder / f"{name.replace(' ', '-')}.out"
    environment = {**measured_environment(os.environ), "BOSS_PERF_LOAD_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "locust", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    return LocustProcess(name, process, output)


def end_all(processes: Sequence[LocustProcess]) -> None:
    """Kill every process group at once and reap; those that have ended are left alone."""
    for each in processes:
        if each.is_running():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(each.process.pid, signal.SIGKILL)
    for each in processes:
        each.process.wait()


def free_port(host: str) -> int:
    """A port that was free a moment ago."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@contextmanager
def bundled_service() -> Iterator[str]:
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
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
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
        except OSError:
            time.sleep(0.05)
    raise WorkloadError(f"the service under load did not answer within {START_LIMIT_S:.0f} s")
