"""A fork: one fresh set of processes, with a line to each arm, ended with everything they started."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from boss_perf.errors import MeasureError
from boss_perf.measure.machine.stray_processes import MARK, end_marked, end_tree, new_mark
from boss_perf.measure.machine.temp_folders import process_folder, temp_folder
from boss_perf.measure.product import read_text
from boss_perf.measure.worker_link import WorkerGone, WorkerLink
from boss_perf.model.environment import measured_environment
from boss_perf.worker.channel import Channel
from boss_perf.worker.messages import Hello

LAUNCHER = Path(__file__).parent.parent / "worker" / "launch.py"
START_LIMIT_S = 60.0
GRACE_S = 2.0
VALGRIND_SLOWDOWN = 50
"""How many times as long anything may take under it."""
INTERPRETER_HINT = "name an interpreter that has pytest: --python"

THREAD_COUNTS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
KEPT_OUT = (
    "no:codspeed", "no:boss_perf", "no:xdist", "no:cov", "no:timeout", "no:rerunfailures", "no:hypothesispytest",
    "no:pytest_codspeed.plugin", "no:xdist.plugin", "no:xdist.looponfail", "no:pytest_cov.plugin",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmPlace:
    """Where one worker runs: its tree, and what goes first on `sys.path`.

    `options` are words that its pytest gets as if they were on the command line. `elsewhere` are folders that a
    comparison must import nothing from: what comes from there is reported. `binaries` are files of a tree of our own
    that get another place in memory for each fork.
    """

    root: Path
    path: tuple[str, ...] = ()
    python: str = sys.executable
    options: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    binaries: tuple[str, ...] = ()

    def move_binaries(self, mark: str) -> None:
        """Put a copy in the place of each binary.

        Which pages of the machine's memory a file lies in is the same for every process that loads it, and may make
        its code slower by several percent; no number of forks takes that away.
        """
        for file in self.binaries:
            place = self.root / file
            fresh = place.with_name(f".{mark}-{place.name}")
            try:
                shutil.copy2(place, fresh, follow_symlinks=False)
                fresh.replace(place)
            except OSError:  # it is measured where it lies
                fresh.unlink(missing_ok=True)

    def pytest_arguments(self, files: Sequence[str], *, cache: Path) -> list[str]:
        """The command line of the worker's pytest, whose cache is a folder of ours.

        The suite's own `addopts` are left out, they are for plain runs; a plugin it requires may be one kept out; its
        tests wait for longer than it allows; and what pytest warns of must not end them where warnings are errors.
        """
        kept_out = [part for name in KEPT_OUT for part in ("-p", name)]
        return [
            "-q", "--rootdir", str(self.root), "-o", "addopts=", "-o", "required_plugins=",
            "-o", "faulthandler_timeout=0", "-o", f"cache_dir={cache}", "-W", "ignore::pytest.PytestWarning",
            "--continue-on-collection-errors", *kept_out, *files,
        ]  # fmt: skip


_RUNNING: "weakref.WeakSet[Fork]" = weakref.WeakSet()


def end_all_forks() -> None:
    """Kill the processes of every fork of this process; for the moment before it leaves without clearing up."""
    for fork in tuple(_RUNNING):
        fork.abandon()


@dataclass(eq=False, kw_only=True)
class Fork:
    """Context manager over the processes of one fork; leaving it ends the whole process group and removes its files.

    It collects the `files` and serves the `selected` workloads in order, none to collect only. `is_watched`: each test
    tells what it takes in; nothing may be timed there. With a `counts_folder` it runs under valgrind, which writes
    there.
    """

    places: tuple[ArmPlace, ...]
    files: tuple[str, ...]
    selected: tuple[str, ...]
    hash_seed: int
    core: int | None
    birth_order: tuple[int, ...] = (0, 1)
    preload: tuple[str, ...] = ()
    policies: dict[str, Any] = field(default_factory=dict)
    is_watched: bool = False
    counts_folder: str = ""

    def __post_init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        self._mark = new_mark()
        self._is_abandoned = False
        self._runner = _cachegrind(self.counts_folder) if self.counts_folder else ()
        self.links: tuple[WorkerLink, ...] = ()
        _RUNNING.add(self)

    def __enter__(self) -> "Fork":
        self._folder = temp_folder("fork")
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self._end()

    def abandon(self) -> None:
        """End the processes at once; may be called from another thread, and the one that waits sees the line end."""
        self._is_abandoned = True
        for process in tuple(self._processes):
            if process.poll() is None:
                end_tree(process)

    def _start(self) -> None:
        for place in self.places:
            place.move_binaries(self._mark)
        pairs = [socket.socketpair() for _ in self.places]
        logs = [Path(self._folder.name) / f"worker{index}.log" for index in range(len(self.places))]
        arms = [
            {
                "fd": theirs.fileno(),
                "root": str(place.root),
                "path": list(place.path),
                "elsewhere": list(place.elsewhere),
                "log": str(log),
                "pytest_arguments": place.pytest_arguments(self.files, cache=log.with_suffix(".cache")),
                "options": list(place.options),
            }
            for place, (_, theirs), log in zip(self.places, pairs, logs, strict=True)
        ]
        is_zygote = len({place.python for place in self.places}) == 1
        groups = [list(range(len(arms)))] if is_zygote else [[index] for index in range(len(arms))]
        self.links = tuple(WorkerLink(Channel(ours), log) for (ours, _), log in zip(pairs, logs, strict=True))
        try:
            for group in groups:
                self._launch([arms[index] for index in group], self.places[group[0]])
        finally:
            for _, theirs in pairs:
                theirs.close()
        for link, place in zip(self.links, self.places, strict=True):
            try:
                hello = link.next_event(timeout_s=START_LIMIT_S * (VALGRIND_SLOWDOWN if self._runner else 1))
            except WorkerGone as gone:
                message = f"{place.python} starts no worker: {gone}"
                raise MeasureError(message, hint=self._first_words(gone)) from gone
            if not isinstance(hello, Hello):
                raise MeasureError("the worker does not speak this tool's language")
            link.process = hello.pid

    def _launch(self, arms: Sequence[dict[str, Any]], place: ArmPlace) -> None:
        config: dict[str, Any] = {
            "arms": arms,
            "core": self.core,
            "selected": self.selected,
            "birth_order": [index for index in self.birth_order if index < len(arms)],
            "preload": self.preload,
            "policies": self.policies,
            "reports_origins": len(self.places) > 1,
            "is_watched": self.is_watched,
        }
        given = measured_environment(os.environ)
        if given.get("PYTHONDONTWRITEBYTECODE"):  # every fork would compile the suite and its product again
            config["bytecode"] = process_folder("bytecode")
        environment = {
            **dict.fromkeys(THREAD_COUNTS, "1"),
            **{name: text for name, text in given.items() if _is_passed_on(name)},
            "PYTHONHASHSEED": str(self.hash_seed),
            MARK: self._mark,
        }
        output = Path(self._folder.name) / "launch.log"
        with output.open("ab") as log:
            try:
                process = subprocess.Popen(
                    [*self._runner, place.python, str(LAUNCHER), json.dumps(config)],
                    env=environment, pass_fds=[arm["fd"] for arm in arms], stdin=subprocess.DEVNULL,
                    stdout=log, stderr=log, start_new_session=True, cwd=place.root,
                )  # fmt: skip
            except OSError as error:
                if not place.root.is_dir():
                    raise MeasureError("the tree is gone: did a test delete it?", where=str(place.root)) from error
                raise MeasureError(f"cannot start {place.python}: {error.strerror}", hint=INTERPRETER_HINT) from error
        self._processes.append(process)
        if self._is_abandoned:
            end_tree(process)

    def _first_words(self, gone: WorkerGone) -> str:
        said = read_text(Path(self._folder.name) / "launch.log").strip() or gone.failure.detail
        return f"{said[-500:] or 'it printed nothing'}; {INTERPRETER_HINT}"

    def _end(self) -> None:
        for link in self.links:
            link.close()
        for process in self._processes:
            impatience = threading.Timer(GRACE_S, end_tree, (process,))
            impatience.start()
            process.wait()  # with a limit it would look every 50 ms only
            impatience.cancel()
            end_tree(process)
        end_marked(self._mark)
        self._folder.cleanup()


def _is_passed_on(variable: str) -> bool:
    return variable == "PYTEST_PLUGINS" or not variable.startswith(("PYTEST_", "COV_CORE"))


def _cachegrind(folder: str) -> tuple[str, ...]:
    """The words that go before an interpreter's; each of its processes leaves a file named by its id in the folder."""
    return ("valgrind", "-q", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={folder}/%p")
