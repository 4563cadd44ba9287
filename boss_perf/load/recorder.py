"""Keeps the raw response time of every request inside a locust process; locust's own statistics round to 1 ms and more.

Locust loads this file beside the user's locust file, on other machines too (they receive it from the master), so it
imports nothing but locust and the standard library, and defines no user class.

Two files per process, in the folder that `BOSS_PERF_LOAD_DIR` names:
`<process>.times`: two signed 64-bit little-endian integers per request, its start in ns since the epoch and its
response time in ns, the latter inverted bitwise (so negative) when the request failed; `<process>.journal`: one JSON
object per line, `kind` is start, beat (each second), spawned, stopping or stopped. A worker without the folder sends
both to the master with locust's own reports, and the master writes the files.
"""

import json
import os
import re
import sys
import time
from array import array
from collections import Counter
from pathlib import Path
from typing import Any

import gevent
from locust import events
from locust.rpc import Message
from locust.runners import MasterRunner, WorkerRunner

_FOLDER = "BOSS_PERF_LOAD_DIR"
_BEAT_S = 1.0
_PROBE_S = 0.02
_LAST_REPORT_S = 5.0
_ERROR_CHARACTERS = 200
_ERROR_KINDS = 20
_REPORT_KEY = "boss_perf_recording"


class _Recorder:
    """The requests of one process: `on_request` keeps them, `take` hands them over and forgets them."""

    def __init__(self, environment: Any) -> None:
        self.environment = environment
        self.times = array("q")
        self.lines: list[str] = []
        self.errors: Counter[str] = Counter()
        self.requests_count = 0
        self.late_ns: list[int] = []
        self.stopping_s = 0.0
        self.probes: list[Any] = []

    def on_request(
        self, response_time: float | None, exception: object = None, start_time: float | None = None, **_: Any
    ) -> None:
        """Keep one request; `response_time` in ms and `start_time` in s are locust's own."""
        if response_time is None:
            return
        elapsed_ns = round(response_time * 1e6)
        started_ns = int(start_time * 1e9) if start_time else time.time_ns() - elapsed_ns
        self.times.append(started_ns)
        self.requests_count += 1
        if exception is None:
            self.times.append(elapsed_ns)
        else:
            self.times.append(~elapsed_ns)
            self.count_error(str(exception) or type(exception).__name__)

    def on_user_error(self, user_instance: object, exception: Exception, **_: Any) -> None:
        self.count_error(f"raised in the locust file: {type(exception).__name__}: {exception}")

    def count_error(self, text: str) -> None:
        """Count an error by its clipped text; what exceeds the number of kinds is counted together."""
        clipped = " ".join(text.split())[:_ERROR_CHARACTERS]
        known = clipped in self.errors or len(self.errors) < _ERROR_KINDS
        self.errors[clipped if known else "other errors"] += 1

    def note(self, kind: str, **details: Any) -> None:
        self.lines.append(json.dumps({"kind": kind, "at_ns": time.time_ns(), **details}))

    def start(self, environment: Any = None, **_: Any) -> None:
        self.times, self.late_ns, self.requests_count = array("q"), [], 0
        self.errors.clear()
        self.note("start")
        self.probes = [gevent.spawn(self.beat), gevent.spawn(self.probe)]

    def beat(self) -> None:
        """Journal each second how busy this process was and how late its greenlets woke up."""
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        while True:
            gevent.sleep(_BEAT_S)
            new_cpu_s, new_wall_s = time.process_time(), time.perf_counter()
            late_ns, self.late_ns = sorted(self.late_ns), []
            runner = self.environment.runner
            self.note(
                "beat",
                users=runner.user_count,
                requests=self.requests_count,
                busy_ratio=(new_cpu_s - cpu_s) / (new_wall_s - wall_s),
                late_ns=late_ns[len(late_ns) * 95 // 100] if late_ns else None,
            )
            cpu_s, wall_s = new_cpu_s, new_wall_s
            self.flush()

    def probe(self) -> None:
        """Sleep briefly again and again: every response waits as long as this greenlet does for its turn."""
        while True:
            asked_ns = time.perf_counter_ns()
            gevent.sleep(_PROBE_S)
            self.late_ns.append(max(0, time.perf_counter_ns() - asked_ns - round(_PROBE_S * 1e9)))

    def spawned(self, **_: Any) -> None:
        self.note("spawned", users=self.environment.runner.user_count)

    def stopping(self, **_: Any) -> None:
        """No request starts from here on."""
        self.note("stopping", users=self.environment.runner.user_count)
        self.stopping_s = time.monotonic()
        for greenlet in self.probes:
            greenlet.kill(block=False)

    def stopped(self, **_: Any) -> None:
        """Close the books of this process; requests were cut when its users used up the time they were given to end."""
        is_cut = time.monotonic() - self.stopping_s >= self.environment.stop_timeout
        self.note("stopped", requests=self.requests_count, errors=dict(self.errors), is_cut=is_cut)
        self.flush()

    def take(self) -> tuple[bytes, str]:
        """Everything kept since the last call, as the bytes of the two files."""
        times, self.times = self.times, array("q")
        lines, self.lines = self.lines, []
        if sys.byteorder == "big":
            times.byteswap()
        return times.tobytes(), "".join(f"{line}\n" for line in lines)

    def flush(self) -> None:
        """Append to this process's files where there is a folder; otherwise `report` sends it to the master."""
        folder = os.environ.get(_FOLDER)
        if folder:
            _append_recording(Path(folder), str(os.getpid()), *self.take())

    def report(self, client_id: str, data: dict[str, Any], **_: Any) -> None:
        if not os.environ.get(_FOLDER):
            data[_REPORT_KEY] = self.take()


def _append_recording(folder: Path, process: str, times: bytes, journal: str) -> None:
    """Append to the two files of a process; `process` may come over the network."""
    stem = re.sub(r"[^\w.-]", "_", process)
    with (folder / f"{stem}.times").open("ab") as file:
        file.write(times)
    with (folder / f"{stem}.journal").open("a", encoding="utf-8") as lines:
        lines.write(journal)


class _Reception:
    """On the master: writes what workers on other machines recorded, and lets them send the last of it.

    Locust itself waits half a second for last reports, less than a user may take to finish its request.
    """

    def __init__(self, runner: Any) -> None:
        self.runner = runner
        self.quit_at_once = runner.quit
        self.open_workers: dict[str, bool] = {}

    def receive(self, client_id: str, data: dict[str, Any], **_: Any) -> None:
        folder, recording = os.environ.get(_FOLDER), data.pop(_REPORT_KEY, None)
        if folder and recording:
            times, journal = recording
            _append_recording(Path(folder), client_id, times, journal)
            self.open_workers[client_id] = '"kind": "stopped"' not in journal

    def quit(self) -> None:
        """Tell all to quit, and leave when the last has closed its books, or is late."""
        self.runner.stop(send_stop_to_client=False)
        for client in self.runner.clients.all:
            self.runner.server.send_to_client(Message("quit", None, client.id))  # type: ignore[no-untyped-call]
        deadline_s = time.monotonic() + self.runner.environment.stop_timeout + _LAST_REPORT_S
        while any(self.open_workers.values()) and time.monotonic() < deadline_s:
            gevent.sleep(0.05)
        self.quit_at_once()


@events.init.add_listener  # type: ignore[untyped-decorator]
def attach(environment: Any, runner: Any, **_: Any) -> None:
    """Listen in this process: as a worker or alone to the requests, as a master to the workers."""
    if isinstance(runner, MasterRunner):
        reception = _Reception(runner)
        environment.events.worker_report.add_listener(reception.receive)
        runner.quit = reception.quit  # type: ignore[method-assign]
        return
    recorder = _Recorder(environment)
    environment.events.request.add_listener(recorder.on_request)
    environment.events.user_error.add_listener(recorder.on_user_error)
    environment.events.test_start.add_listener(recorder.start)
    environment.events.spawning_complete.add_listener(recorder.spawned)
    environment.events.test_stopping.add_listener(recorder.stopping)
    environment.events.test_stop.add_listener(recorder.stopped)
    if isinstance(runner, WorkerRunner):
        environment.events.report_to_master.add_listener(recorder.report)
