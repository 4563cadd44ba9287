"""A dask cluster as the executor of a session: the workers of a scheduler, each with one visit at a time.

Each task is for one worker by name, so dask has nothing to decide: a pair stays on one machine, and two visits never
share a core. What dask adds is who is there, who has gone, and the way of a visit to its worker and back.
"""

import contextlib
import logging
import queue
import secrets
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from distributed import Client, Future
from distributed.versions import VersionMismatchWarning

from boss_perf.errors import MeasureError, UsageError
from boss_perf.fleet.parcel import Parcel, pack
from boss_perf.fleet.scheduler_link import ANSWER_S, GONE, SchedulerLink
from boss_perf.fleet.worker import CONNECT_S, abandon, expect_greeting, install, keep_to, run_visit
from boss_perf.measure.core_pool import Executor, ExecutorLost
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.host_choice import Host
from boss_perf.measure.visit_order import VisitOrder, VisitOutcome, Watcher

LOOK_S = 1.0
PIECES_PER_WORKER = 2


class Cluster(SchedulerLink):
    """The workers of a scheduler as executors; `setup` is run in the trees that they are sent."""

    def __init__(self, client: Client, address: str, *, setup: tuple[str, ...]) -> None:
        super().__init__(client, address)
        self._setup = setup

    def executor(self, watcher: Watcher, places: tuple[ArmPlace, ...]) -> "ClusterPool":
        """The executor of a session whose visits run in these places."""
        return ClusterPool(self, pack(places, setup=self._setup), watcher=watcher)


@contextlib.contextmanager
def connected(address: str, *, setup: tuple[str, ...] = ()) -> Iterator[Cluster]:
    """The cluster of a scheduler for the time of the block; MeasureError when it is not there or cannot be used."""
    if not address.startswith(("tcp://", "tls://")):
        raise UsageError(f"--on {address}: no address of a scheduler", hint="such as tcp://10.0.0.1:8786")
    # dask and asyncio log a traceback for every line that breaks, until the process ends; what counts is raised, and so
    # are versions that must not differ.
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore", VersionMismatchWarning)
    try:
        expect_greeting(address)
        client = Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, RuntimeError) as error:
        raise MeasureError(
            "no scheduler answers", where=address, hint="start one: python -m distributed.cli.dask_scheduler"
        ) from error
    try:
        yield Cluster(client, address, setup=setup)
    finally:
        with contextlib.suppress(*GONE):
            client.close(timeout=CONNECT_S)


class ClusterPool(Executor):
    """The executor of one session; its trees are on all workers before the first visit."""

    def __init__(self, link: SchedulerLink, parcel: Parcel, *, watcher: Watcher) -> None:
        self._link = link
        self._watcher = watcher
        self._workers = {address: urlsplit(address).hostname or address for address in link.machines}
        self._lost: list[str] = []
        self._orders: dict[str, VisitOrder] = {}
        self._tasks: dict[str, Future] = {}
        self._ended: queue.SimpleQueue[tuple[str, Future]] = queue.SimpleQueue()
        self._digest = parcel.digest
        self._name = secrets.token_hex(8)
        self._wanted: frozenset[str] = frozenset()
        self._told = self._wanted
        self._install(parcel)

    @property
    def core_count(self) -> int:
        """How many visits can run at once."""
        return len(self._workers)

    @property
    def hosts(self) -> frozenset[Host]:
        """The machines of the workers that are left, by network address."""
        return frozenset(self._workers.values())

    @property
    def piece_count(self) -> int:
        """More pieces than workers, so that a slow host keeps nobody waiting for long; one where there is one host."""
        return PIECES_PER_WORKER * self.core_count if len(self.hosts) > 1 else 1

    @property
    def busy_count(self) -> int:
        """How many visits run now."""
        return len(self._tasks)

    @property
    def notes(self) -> tuple[str, ...]:
        """Who measured, and who was lost."""
        machines = self._link.machines
        told = [f"measured by {address}: {machines[address].text}" for address in sorted(self._workers)]
        return (*told, *(f"{address} was lost; others measured what was still needed of it" for address in self._lost))

    def free_hosts(self, *, is_alone: bool) -> tuple[Host, ...]:
        """The hosts with a worker that does nothing; `is_alone`: of which none does anything."""
        busy = {self._workers[address] for address in self._tasks}
        free = dict.fromkeys(host for address, host in self._workers.items() if address not in self._tasks)
        return tuple(host for host in free if not is_alone or host not in busy)

    def start(self, order: VisitOrder) -> None:
        """Begin a visit on a free worker of its host."""
        address = next(each for each, host in self._workers.items() if host == order.host and each not in self._tasks)
        self._orders[address] = order
        self._submit(address, run_visit, order, self._digest, self._name_of(order))

    def next_outcome(self) -> VisitOutcome:
        """Wait for the next visit to end; one whose worker was lost comes back empty, so that it is asked again."""
        if self._tasks and self._wanted != self._told:
            self._told = self._wanted
            self._link.hint(list(self._tasks), keep_to, self._running(), self._told)
        address, result = self._next()
        order = self._orders.pop(address)
        if result is None:
            return VisitOutcome(order=order, core=None, hash_seed=0, is_lost=True)
        outcome, samples, now_there = result
        ahead = now_there - datetime.now(UTC)
        for sample in samples:
            self._watcher.sample_taken(replace(sample, started_at=sample.started_at - ahead))
        assert isinstance(outcome, VisitOutcome)
        return outcome

    def keep_to(self, workloads: frozenset[str]) -> None:
        """Let running visits measure nothing but these; they are told when the next outcome is waited for."""
        self._wanted = workloads

    def clear(self) -> None:
        """End the visits that still run."""
        if self._tasks:
            self._look()  # one that has gone would be waited for
        addresses, names = [each for each in self._tasks if each in self._workers], self._running()
        self._tasks.clear()
        self._orders.clear()
        if addresses:
            self._link.tell(addresses, abandon, names)

    def _name_of(self, order: VisitOrder) -> str:
        """A visit's name among those of all clients: what is told late must not reach the one after it."""
        return f"{self._name}-{order.seed}"

    def _running(self) -> frozenset[str]:
        """The names of the visits that run."""
        return frozenset(map(self._name_of, self._orders.values()))

    def _install(self, parcel: Parcel) -> None:
        """Bring the trees to every worker that has not got them, all at once, and have them set up there."""
        for address in self._workers:
            self._submit(address, install, self._digest, None)
        while self._tasks:
            address, is_there = self._next()
            if is_there is False:
                self._submit(address, install, self._digest, self._link.send(parcel, address))

    def _submit(self, address: str, task: Callable[..., Any], *words: Any) -> None:
        future = self._tasks[address] = self._link.submit(address, task, *words)
        future.add_done_callback(lambda done: self._ended.put((address, done)))

    def _next(self) -> tuple[str, Any]:
        """The next task to end by its worker, with its result; None for that of a worker that was lost."""
        while True:
            for address in [each for each in self._tasks if each not in self._workers]:
                del self._tasks[address]
                return address, None
            if not self._workers:
                raise ExecutorLost("no worker is left; what was measured until then stands")
            try:
                address, future = self._ended.get(timeout=LOOK_S)
            except queue.Empty:
                self._look()
                continue
            if self._tasks.get(address) is not future:  # it was given up
                continue
            try:
                result = future.result(timeout=ANSWER_S)  # type: ignore[union-attr]
            except GONE:
                self._look()
                self._lose(address)
                continue
            del self._tasks[address]
            return address, result

    def _look(self) -> None:
        """Notice who has gone."""
        for address in self._workers.keys() - self._link.present():
            self._lose(address)

    def _lose(self, address: str) -> None:
        if self._workers.pop(address, None) is not None:
            self._lost.append(address)
