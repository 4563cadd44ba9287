"""Visits side by side: cores that are really apart, one thread that hears, suites that do not bear a neighbour."""

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
from test_gate import PACKAGE, make_repository, run

from boss_perf.errors import MeasureError
from boss_perf.measure import core_pool
from boss_perf.measure.core_pool import CorePool, physical_cores
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.visit_order import VisitItem, VisitOrder
from boss_perf.model.gate import GateVerdict
from boss_perf.model.samples import Pass

CLASHING = """
import os
import pkg

def test_keeps_a_file(benchmark):
    handle = os.open("only-one", os.O_CREAT | os.O_EXCL)
    try:
        benchmark(pkg.work, 20000)
    finally:
        os.close(handle)
        os.remove("only-one")

def test_breaks(benchmark):
    benchmark(pkg.no_such_thing)
"""


class Deaf:
    """A watcher that remembers only in which thread it was called, and how many samples there were."""

    def __init__(self) -> None:
        self.threads: set[str] = set()
        self.sample_count = 0

    def item_started(self, workload: str, fork: int) -> None:
        self.threads.add(threading.current_thread().name)

    def sample_taken(self, sample: object) -> None:
        self.threads.add(threading.current_thread().name)
        self.sample_count += 1


@pytest.fixture(autouse=True)
def two_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_pool, "physical_cores", lambda _wanted: ((None,), (None,)))


def order_of(root: Path) -> VisitOrder:
    place = ArmPlace(root=root)
    return VisitOrder(
        places=(place, place), items=(VisitItem(workload="test_it.py::test_it", passes=(Pass.MEMORY,)),), fork=0,
        seed="1", timeout_s=20,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("siblings", "wanted", "places"),
    [
        ({0: {0}, 1: {1}, 2: {2}, 3: {3}}, 2, ((0, 2), (1, 3))),
        ({0: {0, 1}, 1: {0, 1}, 2: {2, 3}, 3: {2, 3}}, 2, ((0, 1), (2, 3))),
        ({0: {0, 2}, 1: {1, 3}, 2: {0, 2}, 3: {1, 3}}, 8, ((0, 2), (1, 3))),
        ({0: {0, 1}, 1: {0, 1}}, 2, ((0, 1),)),
        ({0: {0, 7}}, 1, ((0,),)),
    ],
)
def test_hardware_threads_of_one_core_never_come_to_different_places(
    siblings: dict[int, set[int]], wanted: int, places: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(siblings), raising=False)
    monkeypatch.setattr(core_pool, "_siblings", lambda core: frozenset(siblings[core]))
    assert physical_cores(wanted) == places


def test_what_visits_say_is_heard_in_the_sessions_own_thread(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(benchmark):\n    benchmark(len, 'x')\n")
    watcher = Deaf()
    with CorePool(2, watcher=watcher) as pool:
        for _ in range(2):
            pool.start(order_of(tmp_path))
        outcomes = [pool.next_outcome() for _ in range(2)]
    assert [each.failures for each in outcomes] == [{}, {}]
    assert watcher.sample_count == 2
    assert watcher.threads == {threading.current_thread().name}


def test_what_a_visit_raises_is_raised_in_the_session() -> None:
    with CorePool(2, watcher=Deaf()) as pool:
        pool.start(order_of(Path("/nowhere")))
        with pytest.raises(MeasureError):
            pool.next_outcome()


def test_leaving_ends_what_still_runs(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pathlib, time\n"
        "def test_it(benchmark):\n"
        "    pathlib.Path('began').touch()\n"
        "    time.sleep(600)  # only-this-one\n"
    )
    with CorePool(2, watcher=Deaf()) as pool:
        pool.start(order_of(tmp_path))
        while not (tmp_path / "began").exists():
            time.sleep(0.02)
        pool.clear()
        assert pool.busy_count == 0
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) not in listed


@pytest.mark.slow
def test_a_benchmark_that_bears_no_neighbour_is_measured_alone_and_a_broken_one_fails(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", {"pkg/__init__.py": PACKAGE, "tests/test_bench.py": CLASHING})
    (root / "pkg/__init__.py").write_text(PACKAGE.replace("sum(range(n))", "sum(range(2 * n))"), encoding="utf-8")
    report = run(root, memory_forks=0)
    verdicts = {item.benchmark.split("::")[1]: item.verdict for item in report.items}
    assert verdicts == {"test_keeps_a_file": GateVerdict.SLOWER, "test_breaks": GateVerdict.FAILED}
    assert any("one fork at a time" in note and "test_keeps_a_file" in note for note in report.notes)


def test_a_thread_in_whose_start_an_interruption_came_is_waited_for() -> None:
    ended: list[bool] = []
    late = threading.Thread(target=lambda: ended.append(True))
    threading.Timer(0.05, late.start).start()
    core_pool._join(late)
    assert ended == [True]
