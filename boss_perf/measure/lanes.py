"""Forks side by side: each lane runs one fork at a time, on physical cores that no other lane uses.

The lanes' threads share nothing with the session. What they have to say comes to it one message at a time, through
`next_outcome`, and what looks on is called there too.
"""

import os
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol

from boss_perf.measure.duel import Duel, DuelOutcome
from boss_perf.measure.fork_run import Watcher
from boss_perf.model.samples import Sample

_TOPOLOGY = Path("/sys/devices/system/cpu")

Cores = tuple[int | None, ...]


def cores_of_lanes(wanted: int, *, siblings_of: Callable[[int], frozenset[int]] | None = None) -> tuple[Cores, ...]:
    """The cores of each of at most `wanted` lanes: hardware threads of one core never come to different lanes.

    One lane, on no core in particular, where the system does not let a process choose.
    """
    if not hasattr(os, "sched_getaffinity"):
        return ((None,),)
    ours = os.sched_getaffinity(0)
    groups = {(siblings_of or _siblings)(core) & ours or frozenset({core}) for core in ours}
    physical = sorted(sorted(group) for group in groups)
    count = max(1, min(wanted, len(physical)))
    return tuple(tuple(core for group in physical[lane::count] for core in group) for lane in range(count))


class Startable(Protocol):
    """Makes the fork of a lane, given the lane's core and who looks on."""

    def __call__(self, *, core: int | None, watcher: Watcher) -> Duel:
        """A fork that has not been started."""


class Lanes:
    """Context manager over running forks; leaving it ends those that still run."""

    def __init__(self, cores: tuple[Cores, ...], *, watcher: Watcher) -> None:
        self._watcher = watcher
        self._cores = cores
        self._turns = [0] * len(cores)
        self._running: dict[int, tuple[Duel, threading.Thread]] = {}
        self._messages: queue.SimpleQueue[Callable[[], None] | _Ended] = queue.SimpleQueue()

    def __enter__(self) -> "Lanes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def clear(self) -> None:
        """End the forks that still run; what they saw is lost."""
        for duel, _ in self._running.values():
            duel.abandon()
        for _, thread in self._running.values():
            thread.join()
        self._running.clear()
        self._messages = queue.SimpleQueue()

    @property
    def count(self) -> int:
        """How many forks can run at once."""
        return len(self._cores)

    @property
    def busy_count(self) -> int:
        """How many forks run now."""
        return len(self._running)

    def start(self, make: Startable) -> None:
        """Start a fork in a free lane."""
        lane = next(each for each in range(self.count) if each not in self._running)
        core = self._cores[lane][self._turns[lane] % len(self._cores[lane])]
        self._turns[lane] += 1
        duel = make(core=core, watcher=_Relay(self._watcher, self._messages.put))
        thread = threading.Thread(target=self._run, args=(lane, duel), name=f"lane {lane}")
        self._running[lane] = duel, thread
        thread.start()

    def next_outcome(self) -> DuelOutcome:
        """Wait for the next fork to end; what its thread raised is raised here."""
        while True:
            message = self._messages.get()
            if not isinstance(message, _Ended):
                message()
                continue
            _, thread = self._running.pop(message.lane)
            thread.join()
            if isinstance(message.result, BaseException):
                raise message.result
            return message.result

    def _run(self, lane: int, duel: Duel) -> None:
        try:
            result: DuelOutcome | BaseException = duel.run()
        except BaseException as error:  # noqa: BLE001 - raised again in the session's own thread
            result = error
        self._messages.put(_Ended(lane, result))


class _Ended:
    """A lane is free again."""

    def __init__(self, lane: int, result: DuelOutcome | BaseException) -> None:
        self.lane = lane
        self.result = result


class _Relay:
    """A watcher in a lane's thread, whose calls are made in the session's."""

    def __init__(self, watcher: Watcher, post: Callable[[Callable[[], None]], None]) -> None:
        self._watcher = watcher
        self._post = post

    def fork_started(self, phase: str, fork: int, items: int, *, left_s: float | None) -> None:
        self._post(lambda: self._watcher.fork_started(phase, fork, items, left_s=left_s))

    def item_started(self, workload: str, fork: int) -> None:
        self._post(lambda: self._watcher.item_started(workload, fork))

    def sample_taken(self, sample: Sample) -> None:
        self._post(lambda: self._watcher.sample_taken(sample))


def _siblings(core: int) -> frozenset[int]:
    try:
        text = (_TOPOLOGY / f"cpu{core}" / "topology" / "thread_siblings_list").read_text(encoding="ascii")
    except OSError:
        return frozenset({core})
    parts = [each.split("-") for each in text.strip().split(",")]
    return frozenset(core for ends in parts for core in range(int(ends[0]), int(ends[-1]) + 1))
