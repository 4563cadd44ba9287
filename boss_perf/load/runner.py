"""Runs a locust file headless against a host: alone, with local workers, or as master of workers on other machines.

Refuses to return a number when the load was not the one asked for: a worker that never came or died, a locust file that
raised, a host that answers nothing, are each a WorkloadError that says so.
"""

import math
import os
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from boss_perf.errors import UsageError, WorkloadError
from boss_perf.load.outcome import LoadOutcome, outcome_of
from boss_perf.load.processes import RECORDER, LocustProcess, end_all, free_port, start_locust
from boss_perf.load.records import LoadProgress, Recording, Watch, read_recording
from boss_perf.model.targets import LoadProfile

DEFAULT_LOCUSTFILE = Path(__file__).with_name("locustfile.py")
_POLL_S = 0.1
_LOOK_S = 1.0
_START_UP_S = 30.0
_WIND_UP_S = 20.0
_PORT_TAKEN = "Socket bind failure"
_GAVE_UP = "Gave up waiting for workers"

OnProgress = Callable[[LoadProgress], None]


class NothingAnswered(WorkloadError):
    """The load ran as asked, but no request succeeded: nothing of it can be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadWorkers:
    """Who makes the load: `workers` processes here, or `expect_workers` from elsewhere that come to the master's port.

    `open_requests_s` is how long a request may go on after the end before it is cut, which is a caveat.
    """

    workers: int = 1
    expect_workers: int | None = None
    bind_host: str = "127.0.0.1"
    master_port: int | None = None
    worker_wait_s: float = 20.0
    open_requests_s: float = 5.0

    @property
    def count(self) -> int:
        """How many processes send requests."""
        return self.workers if self.expect_workers is None else self.expect_workers


def run_load(
    profile: LoadProfile, *, workload: str, workers: LoadWorkers, on_progress: OnProgress | None = None
) -> LoadOutcome:
    """Load the host with the profile's users for its duration, counted from when all of them run.

    Without a locust file ours posts tasks to `boss-perf serve`.
    """
    file = str(Path(profile.locustfile or DEFAULT_LOCUSTFILE).absolute())
    _check(profile, workers, file=file)
    started_at = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix=f"boss-perf-load-{os.getpid()}-") as name:
        load = _Load(profile, workers, file, Path(name))
        load.run(on_progress)
        recording = read_recording(load.folder)
        load.check_recording(recording)
        return outcome_of(recording, profile, workload=workload, started_at=started_at)


@dataclass(slots=True)
class _Load:
    profile: LoadProfile
    asked: LoadWorkers
    locustfile: str
    folder: Path
    processes: list[LocustProcess] = field(default_factory=list)
    """The one that leads, then its workers."""

    def run(self, on_progress: OnProgress | None) -> None:
        """Start the processes and see them through to their end."""
        is_alone = self.asked.workers == 1 and self.asked.expect_workers is None
        port = self.asked.master_port or free_port(self.asked.bind_host.replace("*", "0.0.0.0"))  # noqa: S104 - asked for
        try:
            if is_alone:
                self._start("locust", self._plan())
            else:
                self._start("master", [*self._plan(), *self._lead(port)])
                follow = ["--worker", "--master-host", "127.0.0.1", "--master-port", str(port)]
                for number in range(self.asked.workers if self.asked.expect_workers is None else 0):
                    self._start(f"worker {number + 1}", follow)
            self._follow(on_progress)
        finally:
            end_all(self.processes)
        head = self.processes[0]
        if head.process.returncode != 0:
            raise self._failed(head, port)

    @property
    def _load_s(self) -> float:
        """From the first user on, until all have been there for as long as was asked."""
        return self.profile.users / self.profile.spawn_rate_per_s + self.profile.duration_s

    def _plan(self) -> list[str]:
        whole_s = math.ceil(self._load_s)
        plan = ["--headless", "--users", str(self.profile.users), "--spawn-rate", f"{self.profile.spawn_rate_per_s:g}"]
        plan += ["--run-time", f"{whole_s}s", "--stop-timeout", f"{self.asked.open_requests_s:g}"]
        plan += ["--only-summary", "--exit-code-on-error", "0"]
        return [*plan, "--host", self.profile.host] if self.profile.host else plan

    def _lead(self, port: int) -> list[str]:
        lead = ["--master", "--master-bind-host", self.asked.bind_host, "--master-bind-port", str(port)]
        wait_s = max(1, math.ceil(self.asked.worker_wait_s))
        return [*lead, "--expect-workers", str(self.asked.count), "--expect-workers-max-wait", str(wait_s)]

    def _start(self, name: str, arguments: Sequence[str]) -> None:
        words = ["-f", f"{RECORDER},{self.locustfile}", *arguments]
        self.processes.append(start_locust(name, words, folder=self.folder))

    def _follow(self, on_progress: OnProgress | None) -> None:
        """Wait for the end of all, looking on each second and at the end; a death or the deadline ends the rest."""
        head, *workers = self.processes
        wait_s = 0.0 if head.name == "locust" else self.asked.worker_wait_s
        deadline_s = self._load_s + self.asked.open_requests_s + wait_s + _START_UP_S + _WIND_UP_S
        watch, started_s, looked_s = Watch(self.folder), time.monotonic(), 0.0
        while any(each.is_running() for each in self.processes):
            elapsed_s = time.monotonic() - started_s
            dead = [worker for worker in workers if not worker.is_running() and worker.process.returncode != 0]
            if dead and head.is_running():
                raise self._died(dead[0], elapsed_s)
            if not head.is_running() and head.process.returncode != 0:
                return
            if elapsed_s > deadline_s:
                raise WorkloadError(f"locust did not end within {deadline_s:.0f} s", where=self.locustfile)
            if on_progress is not None and elapsed_s - looked_s >= _LOOK_S:
                looked_s = elapsed_s
                on_progress(watch.look(elapsed_s))
            time.sleep(_POLL_S)
        if on_progress is not None and head.process.returncode == 0:
            on_progress(watch.look(time.monotonic() - started_s))

    def _died(self, worker: LocustProcess, elapsed_s: float) -> WorkloadError:
        has_started = any(self.folder.glob("*.times"))
        if worker.process.returncode > 0 and not has_started:
            complaint, where = worker.complaint(self.locustfile)
            return WorkloadError(f"the locust file stops a worker: {complaint}", where=where)
        ending = f"{worker.name} of {self.asked.workers} {worker.ending()} after {elapsed_s:.1f} s"
        text = f"{ending}: the load was not what was asked"
        return WorkloadError(text, where=self.locustfile, hint="its memory or file limit may be too small; try again")

    def _failed(self, head: LocustProcess, port: int) -> WorkloadError:
        output = head.tail()
        if _PORT_TAKEN in output:
            return WorkloadError(
                f"port {port} is taken, perhaps by another load test's master", where=self.asked.bind_host,
                hint="let the other one end, or give another port",
            )  # fmt: skip
        if _GAVE_UP in output:
            hint = f"on each machine: locust -f - --worker --master-host <this machine> --master-port {port}"
            text = (
                f"{self.asked.count} workers were expected within {self.asked.worker_wait_s:g} s and did not all come"
            )
            return WorkloadError(text, where=f"{self.asked.bind_host}:{port}", hint=hint)
        complaint, where = head.complaint(self.locustfile)
        if head.process.returncode < 0:
            return WorkloadError(f"{head.name} {head.ending()}", where=self.locustfile)
        return WorkloadError(f"the locust file cannot be run: {complaint}", where=where)

    def check_recording(self, recording: Recording) -> None:
        """WorkloadError unless every process told its end and something was answered."""
        closed = [journal for journal in recording.journals if journal.is_closed]
        if len(closed) < self.asked.count:
            text = f"only {len(closed)} of {self.asked.count} workers were there to the end"
            raise WorkloadError(text, where=self.locustfile, hint="see what ended them; nothing of this run is judged")
        worst = next((f"{text} ({times} times)" for text, times in recording.errors), None)
        count = len(recording.started_ns)
        told = sum(journal.requests_count for journal in recording.journals)
        if count != told:
            raise WorkloadError(f"{told} requests were made but {count} recorded: the recordings are incomplete")
        if count == 0:
            text = f"no request was finished: {worst or 'the host never answered'}"
            raise NothingAnswered(text, where=self.profile.host or self.locustfile)
        if recording.is_failed.all():
            text = f"all {count} requests failed: {worst or 'no error was told'}"
            raise NothingAnswered(text, where=self.profile.host or self.locustfile)


def _check(profile: LoadProfile, workers: LoadWorkers, *, file: str) -> None:
    if workers.count < 1:
        raise UsageError("a load needs at least one worker")
    if profile.users < workers.count:
        text = f"{profile.users} users cannot be shared by {workers.count} workers"
        raise UsageError(text, hint="fewer workers or more users")
    if "," in file:
        raise UsageError("locust cannot load a file with a comma in its path", where=file)
    if not Path(file).is_file():
        raise UsageError("there is no such locust file", where=file)
    if profile.host is not None:
        _check_host(profile.host)
    elif Path(file) == DEFAULT_LOCUSTFILE:
        hint = "start one with `boss-perf serve` and name it: --host http://127.0.0.1:8765"
        raise UsageError("no host to load", hint=hint)


def _check_host(url: str) -> None:
    """WorkloadError when nothing listens there; one connection, opened and closed."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        name = parts.hostname or ""
    except (ValueError, KeyError):
        raise UsageError("not an http or https address", where=url) from None
    try:
        socket.create_connection((name, port), timeout=5.0).close()
    except OSError as error:
        raise WorkloadError(f"nothing answers there: {error}", where=url, hint="is the service started?") from error
