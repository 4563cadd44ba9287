"""Who runs visits: the protocol, and the cores of this machine, each with one visit at a time.

No two visits share a physical core. Their threads share nothing with the session: what they have to say comes to it
one message at a time, through `next_outcome`, and what looks on is called there too.
"""

import itertools
import os
import queue
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Protocol

from boss_perf.errors import MeasureError
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.host_choice import Host
from boss_perf.measure.visit import Visit
from boss_perf.measure.visit_order import VisitOrder, VisitOutcome, Watcher
from boss_perf.model.samples import Sample

START_LOOKS, START_LOOK_S = 100, 0.01
_TOPOLOGY = Path("/sys/devices/system/cpu")

Cores = tuple[int | None, ...]


class ExecutorLost(MeasureError):
    """Nobody is left to run visits; what they told until then stands."""


class Executor(AbstractContextManager["Executor"], Protocol):
    """Runs visits; a context manager that ends those which still run. Its watcher hears of samples as they come."""

    def __exit__(self, *_error: object) -> None:
        with suppress(ExecutorLost):
            self.clear()

    @property
    def core_count(self) -> int:
        """How many visits can run at once."""

    @property
    def hosts(self) -> frozenset[Host]:
        """The machines that they can run on."""

    @property
    def piece_count(self) -> int:
        """Into how many visits a look at all workloads is cut, so that none takes long and no core waits for it."""

    @property
    def busy_count(self) -> int:
        """How many visits run now."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the result should know about who measured."""

    def free_hosts(self, *, is_alone: bool) -> tuple[Host, ...]:
        """The hosts with a free core, each once; `is_alone`: those where no visit runs."""

    def start(self, order: VisitOrder) -> None:
        """Begin a visit on the order's host, which must have a free core."""

    def next_outcome(self) -> VisitOutcome:
        """Wait for the next visit to end; what it raised is raised here, ExecutorLost when none can run any more."""

    def keep_to(self, workloads: frozenset[str]) -> None:
        """Let running visits measure nothing but these from now on, as far as they can be told."""

    def clear(self) -> None:
        """End the visits that still run; what their tests have told by then was told, the rest is lost."""


StartExecutor = Callable[[Watcher, tuple[ArmPlace, ...]], Executor]
"""Makes the executor of a session, whose visits run in these places."""


class CorePool(Executor):
    """The executor of this machine: at most `wanted` visits at once."""

    hosts: frozenset[Host] = frozenset({None})
    piece_count = 1
    notes: tuple[str, ...] = ()

    def __init__(self, wanted: int, *, watcher: Watcher) -> None:
        self._watcher = watcher
        self._cores = [itertools.cycle(each) for each in physical_cores(wanted)]
        self._running: dict[int, tuple[Visit, threading.Thread]] = {}
        self._messages: queue.SimpleQueue[Callable[[], VisitOutcome | None]] = queue.SimpleQueue()

    @property
    def core_count(self) -> int:
        """How many visits can run at once."""
        return len(self._cores)

    @property
    def busy_count(self) -> int:
        """How many visits run now."""
        return len(self._running)

    def free_hosts(self, *, is_alone: bool) -> tuple[Host, ...]:
        """This one, while it has a free core."""
        return (None,) if self.busy_count < (1 if is_alone else self.core_count) else ()

    def start(self, order: VisitOrder) -> None:
        """Begin a visit on a free core."""
        place = next(each for each in range(self.core_count) if each not in self._running)
        core = next(self._cores[place])
        visit = Visit(order, core=core, watcher=_Relay(self._watcher, self._messages.put))
        thread = threading.Thread(target=self._run, args=(place, visit), name=f"visit on {core}", daemon=True)
        self._running[place] = visit, thread
        thread.start()

    def next_outcome(self) -> VisitOutcome:
        """Wait for the next visit to end; what its thread raised is raised here."""
        while (outcome := self._messages.get()()) is None:
            pass
        return outcome

    def keep_to(self, workloads: frozenset[str]) -> None:
        """Let running visits measure nothing but these from now on."""
        for visit, _ in self._running.values():
            visit.keep_to(workloads)

    def clear(self) -> None:
        """End the visits that still run; hear first what their tests have told."""
        for visit, _ in self._running.values():
            visit.abandon()
        for _, thread in self._running.values():
            _join(thread)
        self._running.clear()
        while not self._messages.empty():
            self._messages.get()()

    def _run(self, place: int, visit: Visit) -> None:
        try:
            result: VisitOutcome | BaseException = visit.run()
        except BaseException as error:  # noqa: BLE001 - raised again in the session's own thread
            result = error
        self._messages.put(lambda: self._ended(place, result))

    def _ended(self, place: int, result: VisitOutcome | BaseException) -> VisitOutcome | None:
        if place not in self._running:  # it was cleared: nobody waits for it
            return None
        self._running.pop(place)[1].join()
        if isinstance(result, BaseException):
            raise result
        return result


def _join(thread: threading.Thread) -> None:
    """Wait for a thread to end, also for one in whose start an interruption came: it may be about to begin."""
    for _ in range(START_LOOKS):
        with suppress(RuntimeError):  # not begun yet
            thread.join()
            return
        time.sleep(START_LOOK_S)


class _Relay:
    """A watcher in a visit's thread, whose calls are made in the session's."""

    def __init__(self, watcher: Watcher, post: Callable[[Callable[[], None]], None]) -> None:
        self._watcher = watcher
        self._post = post

    def item_started(self, workload: str, fork: int) -> None:
        self._post(lambda: self._watcher.item_started(workload, fork))

    def sample_taken(self, sample: Sample) -> None:
        self._post(lambda: self._watcher.sample_taken(sample))


def physical_cores(wanted: int) -> tuple[Cores, ...]:
    """The hardware threads of each of at most `wanted` cores: those of one core never come to different places.

    One place, on no core in particular, where the system does not let a process choose.
    """
    if not hasattr(os, "sched_getaffinity"):
        return ((None,),)
    ours = os.sched_getaffinity(0)
    groups = {_siblings(core) & ours or frozenset({core}) for core in ours}
    physical = sorted(sorted(group) for group in groups)
    count = max(1, min(wanted, len(physical)))
    return tuple(tuple(core for group in physical[place::count] for core in group) for place in range(count))


def _siblings(core: int) -> frozenset[int]:
    try:
        text = (_TOPOLOGY / f"cpu{core}" / "topology" / "thread_siblings_list").read_text(encoding="ascii")
    except OSError:
        return frozenset({core})
    parts = [each.split("-") for each in text.strip().split(",")]
    return frozenset(core for ends in parts for core in range(int(ends[0]), int(ends[-1]) + 1))
