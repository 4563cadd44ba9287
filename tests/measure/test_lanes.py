"""Forks side by side: cores that are really apart, one thread that hears, and suites that do not bear a neighbour."""

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
from test_gate import PACKAGE, make_repository, run

from boss_perf.errors import MeasureError
from boss_perf.measure.duel import Duel, DuelOrder, DuelOutcome
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.fork_run import Watcher
from boss_perf.measure.lanes import Lanes, cores_of_lanes
from boss_perf.measure.retrial import Retrial
from boss_perf.model.gate import GateVerdict
from boss_perf.model.samples import Failure, Pass

TWO = ((None,), (None,))

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
    """A watcher that remembers only in which thread it was called."""

    def __init__(self) -> None:
        self.threads: set[str] = set()

    def fork_started(self, phase: str, fork: int, items: int, *, left_s: float | None) -> None:
        self.threads.add(threading.current_thread().name)

    def item_started(self, workload: str, fork: int) -> None:
        self.threads.add(threading.current_thread().name)

    def sample_taken(self, sample: object) -> None:
        self.threads.add(threading.current_thread().name)


def duel_of(root: Path, *, core: int | None, watcher: Watcher) -> Duel:
    import random

    place = ArmPlace(root=root, files=("test_it.py",))
    order = DuelOrder(
        places=(place, place), benchmarks=("test_it.py::test_it",), phase=Pass.MEMORY, fork=0, core=core,
        preload=(), timeout_s=20,
    )  # fmt: skip
    return Duel(order, rng=random.Random(1), watcher=watcher)


@pytest.mark.parametrize(
    ("siblings", "wanted", "lanes"),
    [
        ({0: {0}, 1: {1}, 2: {2}, 3: {3}}, 2, ((0, 2), (1, 3))),
        ({0: {0, 1}, 1: {0, 1}, 2: {2, 3}, 3: {2, 3}}, 2, ((0, 1), (2, 3))),
        ({0: {0, 2}, 1: {1, 3}, 2: {0, 2}, 3: {1, 3}}, 8, ((0, 2), (1, 3))),
        ({0: {0, 1}, 1: {0, 1}}, 2, ((0, 1),)),
        ({0: {0, 7}}, 1, ((0,),)),
    ],
)
def test_hardware_threads_of_one_core_never_come_to_different_lanes(
    siblings: dict[int, set[int]], wanted: int, lanes: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(siblings), raising=False)
    assert cores_of_lanes(wanted, siblings_of=lambda core: frozenset(siblings[core])) == lanes


def test_what_the_lanes_say_is_heard_in_the_sessions_own_thread(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(benchmark):\n    benchmark(len, 'x')\n")
    watcher = Deaf()
    with Lanes(TWO, watcher=watcher) as lanes:
        for _ in range(2):
            lanes.start(lambda *, core, watcher: duel_of(tmp_path, core=core, watcher=watcher))
        outcomes = [lanes.next_outcome() for _ in range(2)]
    assert [len(each.samples) for each in outcomes] == [1, 1]
    assert watcher.threads == {threading.current_thread().name}


def test_what_a_lane_raises_is_raised_in_the_session() -> None:
    with Lanes(TWO, watcher=Deaf()) as lanes:
        lanes.start(lambda *, core, watcher: duel_of(Path("/nowhere"), core=core, watcher=watcher))
        with pytest.raises(MeasureError):
            lanes.next_outcome()


def test_leaving_ends_what_still_runs(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pathlib, time\n"
        "def test_it(benchmark):\n"
        "    pathlib.Path('began').touch()\n"
        "    time.sleep(600)  # only-this-one\n"
    )
    with Lanes(TWO, watcher=Deaf()) as lanes:
        lanes.start(lambda *, core, watcher: duel_of(tmp_path, core=core, watcher=watcher))
        while not (tmp_path / "began").exists():
            time.sleep(0.02)
        lanes.clear()
        assert lanes.busy_count == 0
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) not in listed


@pytest.mark.slow
def test_a_benchmark_that_bears_no_neighbour_is_measured_alone_and_a_broken_one_fails(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", {"pkg/__init__.py": PACKAGE, "tests/test_bench.py": CLASHING})
    (root / "pkg/__init__.py").write_text(PACKAGE.replace("sum(range(n))", "sum(range(2 * n))"), encoding="utf-8")
    report = run(root, memory_forks=0)
    verdicts = {item.benchmark.split("::")[1]: item.verdict for item in report.items}
    assert verdicts == {"test_keeps_a_file": GateVerdict.SLOWER, "test_breaks": GateVerdict.FAILED}
    if len(cores_of_lanes(2)) == 2:
        assert any("one fork at a time" in note and "test_keeps_a_file" in note for note in report.notes)


def outcome(*benchmarks: str, failing: tuple[str, ...] = (), kind: str = "raised") -> DuelOutcome:
    failures = {each: {"head": Failure(kind, "x")} for each in failing}
    return DuelOutcome(benchmarks, failures=failures, finished=set(benchmarks))


def test_a_failure_beside_another_fork_counts_only_when_it_comes_again_alone() -> None:
    retrial = Retrial()
    wanted = frozenset({"a", "b"})
    assert retrial.select(wanted, busy_count=1, lane_count=2) == wanted
    assert retrial.proven(outcome("a", "b", failing=("a",)), lane_count=2) == {}
    assert retrial.select(wanted, busy_count=1, lane_count=2) == set()
    assert retrial.select(wanted, busy_count=0, lane_count=2) == {"a"}
    assert retrial.is_alone
    assert retrial.select(wanted, busy_count=1, lane_count=2) == set()
    assert set(retrial.proven(outcome("a", failing=("a",)), lane_count=2)) == {"a"}
    assert retrial.select(frozenset({"b"}), busy_count=1, lane_count=2) == {"b"}
    assert retrial.notes == ()


def test_after_a_clash_forks_run_one_at_a_time() -> None:
    retrial = Retrial()
    wanted = frozenset({"a", "b"})
    retrial.proven(outcome("a", "b", failing=("a",)), lane_count=2)
    retrial.select(wanted, busy_count=0, lane_count=2)
    assert retrial.proven(outcome("a"), lane_count=2) == {}
    assert retrial.select(wanted, busy_count=1, lane_count=2) == set()
    assert retrial.select(wanted, busy_count=0, lane_count=2) == wanted
    assert "a failed beside another fork" in retrial.notes[0]
    assert set(retrial.proven(outcome("b", failing=("b",)), lane_count=2)) == {"b"}


@pytest.mark.parametrize(("kind", "lane_count"), [("skipped", 2), ("timed_out", 2), ("raised", 1)])
def test_what_no_neighbour_explains_counts_at_once(kind: str, lane_count: int) -> None:
    assert set(Retrial().proven(outcome("a", failing=("a",), kind=kind), lane_count=lane_count)) == {"a"}
