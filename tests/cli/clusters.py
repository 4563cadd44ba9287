"""A dask scheduler and workers of the tool as processes of their own, each worker in a network namespace as a host."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from command_runs import wait_until

from boss_perf.load.processes import free_port

SCHEDULER = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard", "--host", "0.0.0.0", "--port"]
WORKER = [sys.executable, "-m", "boss_perf", "worker"]


@dataclass
class Cluster:
    """`address` is the scheduler's for clients; the workers in the order of `hosts`."""

    folder: Path
    port: int
    scheduler: "subprocess.Popen[bytes]"
    hosts: list[str] = field(default_factory=list)
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def add(self, *command: str, host: int | None = None) -> None:
        """One more worker; on a host of its own where a number says which."""
        number = len(self.workers)
        own = self.folder / f"worker{number}"
        own.mkdir()
        gateway = "127.0.0.1" if host is None else f"10.231.{host}.1"
        environment = {**os.environ, "TMPDIR": str(own), "BOSS_PERF_LOCK": str(own / "lock")}
        core = sorted(os.sched_getaffinity(0))[number % len(os.sched_getaffinity(0))]
        inside = [] if host is None else ["ip", "netns", "exec", f"boss-perf-{host}"]
        with (own / "log").open("wb") as log:
            self.workers.append(
                subprocess.Popen(
                    ["taskset", "-c", str(core), *inside, *(command or WORKER), f"tcp://{gateway}:{self.port}"],
                    env=environment,
                    stdout=log,
                    stderr=log,
                    cwd=own,
                )
            )
        self.hosts.append("127.0.0.1" if host is None else f"10.231.{host}.2")
        wait_until(lambda: "Registered to" in self.log(number) or self.workers[number].poll() is not None)

    def log(self, number: int) -> str:
        return (self.folder / f"worker{number}" / "log").read_text(encoding="utf-8")

    def leftovers(self, number: int) -> list[str]:
        """The forks' folders that a worker has now."""
        return [each.name for each in (self.folder / f"worker{number}").glob("boss-perf-fork-*")]


@contextmanager
def cluster(folder: Path, *, hosts: Sequence[int] = ()) -> Iterator[Cluster]:
    """A scheduler, and a worker on each of so many hosts; all ended with the block."""
    folder.mkdir()
    port = free_port("127.0.0.1")
    with (folder / "scheduler.log").open("wb") as log:
        scheduler = subprocess.Popen([*SCHEDULER, str(port)], stdout=log, stderr=log, cwd=folder)
    made = Cluster(folder, port, scheduler)
    try:
        wait_until(lambda: "Scheduler at" in (folder / "scheduler.log").read_text(encoding="utf-8"))
        for host in hosts:
            add_host(host)
            made.add(host=host)
        yield made
    finally:
        for process in (*made.workers, scheduler):
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in (*made.workers, scheduler):
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=30)
            process.kill()
            process.wait()
        for host in hosts:
            ip("netns", "delete", f"boss-perf-{host}", is_checked=False)


def add_host(number: int) -> None:
    """A network namespace with a line to this one, which takes root; in CI a step of its own has that."""
    if os.geteuid() != 0:
        pytest.skip("two hosts on one machine need root")
    if shutil.which("ip") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("two hosts on one machine need `ip netns`")
    space, here, there = f"boss-perf-{number}", f"bp{number}a", f"bp{number}b"
    ip("netns", "delete", space, is_checked=False)
    ip("netns", "add", space)
    ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", space)
    ip("address", "add", f"10.231.{number}.1/24", "dev", here)
    ip("link", "set", here, "up")
    for words in (
        ("address", "add", f"10.231.{number}.2/24", "dev", there),
        ("link", "set", there, "up"),
        ("link", "set", "lo", "up"),
    ):
        ip("-n", space, *words)


def ip(*words: str, is_checked: bool = True) -> None:
    subprocess.run(["ip", *words], check=is_checked, capture_output=True)
