"""What runs on a machine of a cluster: dask workers that keep the trees they were sent, and run one visit at a time."""

import asyncio
import contextlib
import itertools
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import dask
import distributed
from distributed import Worker, get_worker
from distributed.comm import get_address_host_port
from distributed.diagnostics.plugin import WorkerPlugin

from boss_perf import __version__
from boss_perf.errors import MeasureError
from boss_perf.fleet.parcel import Parcel, Unpacked, unpack
from boss_perf.measure.core_pool import Cores
from boss_perf.measure.machine.fingerprint import fingerprint
from boss_perf.measure.machine.temp_folders import temp_folder
from boss_perf.measure.visit import Visit
from boss_perf.measure.visit_order import VisitOrder, VisitOutcome
from boss_perf.model.samples import Sample

NAME = "boss-perf"
RESOURCE = "bench"
KEPT_COUNT = 4
CONNECT_S = 10.0
QUIET = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
}
"""What dask looks at beside the work: it would wake every 10 ms on the core that measures."""


class Shelf:
    """The trees a machine has, by the digest of their parcel; those that were asked for least lately go first."""

    def __init__(self) -> None:
        self._trees: dict[str, Unpacked] = {}
        self._lock = threading.Lock()

    def add(self, digest: str, parcel: Parcel | None, *, python: str) -> bool:
        """Lay a parcel out once; False when it is not here and none was sent."""
        with self._lock:
            known = self._trees.pop(digest, None) or (unpack(parcel, python=python) if parcel is not None else None)
            if known is None:
                return False
            self._trees[digest] = known
            while len(self._trees) > KEPT_COUNT:
                self._trees.pop(next(iter(self._trees))).remove()
            return True

    def of(self, digest: str) -> Unpacked:
        """The trees of a parcel; MeasureError when they are gone."""
        with self._lock:
            if digest not in self._trees:
                raise MeasureError("its trees are gone: more clients than one use this worker")
            return self._trees[digest]

    def clear(self) -> None:
        """Remove them all."""
        with self._lock:
            while self._trees:
                self._trees.popitem()[1].remove()


class Bench(WorkerPlugin):  # type: ignore[misc]
    """One worker's place: the hardware threads of its core, the interpreter that measures, the visit that runs."""

    name = NAME

    def __init__(self, cores: Cores, *, python: str, shelf: Shelf) -> None:
        self.shelf = shelf
        self._cores = itertools.cycle(cores)
        self.python = python
        self._visit: Visit | None = None
        self._name = ""

    def teardown(self, worker: Worker) -> None:
        """End what is being measured, so that the worker can leave."""
        if self._visit is not None:
            self._visit.abandon()

    def visit_of(self, names: frozenset[str]) -> Visit | None:
        """The visit that runs, if one does and is among these."""
        return self._visit if self._name in names else None

    def run(self, order: VisitOrder, digest: str, *, name: str) -> tuple[VisitOutcome, list[Sample]]:
        """Run a visit of this name over the trees of a parcel; its outcome has the order as it was asked."""
        places = self.shelf.of(digest).places(order.places, python=self.python)
        listener = _Listener()
        self._name = name
        self._visit = Visit(replace(order, places=places), core=next(self._cores), watcher=listener)
        try:
            outcome = self._visit.run()
        finally:
            self._visit = None
        outcome.order = order
        return outcome, listener.samples


class _Listener:
    """A watcher that keeps the samples."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []

    def item_started(self, workload: str, fork: int) -> None:
        """Nobody looks on here."""

    def sample_taken(self, sample: Sample) -> None:
        self.samples.append(sample)


def versions() -> dict[str, str]:
    """What client and workers must have in common."""
    python = ".".join(map(str, sys.version_info[:2]))
    return {"boss-perf": __version__, "Python": python, "dask": distributed.__version__}


def describe(dask_worker: Worker) -> dict[str, Any]:
    """Who a worker is, in what every version understands."""
    return {**versions(), "is_bench": NAME in dask_worker.plugins, "machine": fingerprint()}


def install(digest: str, parcel: Parcel | None) -> bool:
    """A task: lay the trees out on the worker's machine, False when they have to be sent first."""
    bench = _bench()
    return bench.shelf.add(digest, parcel, python=bench.python)


def run_visit(order: VisitOrder, digest: str, name: str) -> tuple[VisitOutcome, list[Sample], datetime]:
    """A task: one visit, what it told, and what the worker's clock showed at its end."""
    return (*_bench().run(order, digest, name=name), datetime.now(UTC))


def abandon(names: frozenset[str], dask_worker: Worker) -> None:
    """End the visit that runs on a worker where it is one of these."""
    if (visit := dask_worker.plugins[NAME].visit_of(names)) is not None:
        visit.abandon()


def keep_to(names: frozenset[str], workloads: frozenset[str], dask_worker: Worker) -> None:
    """Let the visit that runs on a worker measure nothing but these workloads from now on, where it is one of these."""
    if (visit := dask_worker.plugins[NAME].visit_of(names)) is not None:
        visit.keep_to(workloads)


def _bench() -> Bench:
    bench = get_worker().plugins[NAME]
    assert isinstance(bench, Bench)
    return bench


def expect_greeting(address: str) -> None:
    """OSError where nobody is there, or speaks: a scheduler greets first, and dask waits for it without an end."""
    with socket.create_connection(get_address_host_port(address), timeout=CONNECT_S) as line:
        if not address.startswith("tls://") and not line.recv(1):
            raise ConnectionError("it hung up")


def serve(address: str, cores: Sequence[Cores], *, python: str, heard: Callable[[str], object]) -> None:
    """Work for a scheduler on these cores until it ends, each `heard` by its address once it has come.

    MeasureError when no scheduler answers, and when it went away.
    """
    shelf = Shelf()
    try:
        expect_greeting(address)
        with dask.config.set(QUIET), temp_folder("worker") as folder:
            asyncio.run(_serve(address, [Bench(each, python=python, shelf=shelf) for each in cores], folder, heard))
    except (OSError, RuntimeError, ValueError) as error:
        raise MeasureError(f"no scheduler can be reached: {error or 'it does not answer'}", where=address) from error
    finally:
        shelf.clear()
    raise MeasureError("the scheduler went away", where=address)


async def _serve(address: str, benches: Sequence[Bench], folder: str, heard: Callable[[str], object]) -> None:
    async with contextlib.AsyncExitStack() as stack:
        workers = [
            Worker(
                address, nthreads=1, resources={RESOURCE: 1}, plugins=(bench,), memory_limit=0,
                death_timeout=CONNECT_S, local_directory=folder,
            )
            for bench in benches
        ]  # fmt: skip
        for worker in workers:
            heard((await stack.enter_async_context(worker)).address)
        await asyncio.gather(*(each.finished() for each in workers))
