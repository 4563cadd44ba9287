"""Which calls of an asv benchmark get a set-up of their own, and what is around them."""

import functools
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from boss_perf.worker.asv_subject import Caches, prepared

time_module = pytest.importorskip("asv_runner.benchmarks.time")


@pytest.fixture(autouse=True)
def _back(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield


def benchmark_of(suite: Any) -> Any:
    return time_module.TimeBenchmark("suite.time_it", suite.time_it, [suite.time_it, suite, SimpleNamespace()])


def is_set_up_for_each_call(suite: Any) -> bool:
    with prepared(benchmark_of(suite), Caches(os.getcwd()), root="") as subject:
        return subject.has_setup


class Plain:
    def time_it(self) -> int:
        return sum(range(1000))


class Reads:
    def setup(self) -> None:
        self.rows = list(range(2000))

    def time_it(self) -> list[int]:
        return sorted(self.rows)


class SortsInPlace:
    def setup(self) -> None:
        self.rows = [(7919 * each) % 2000 for each in range(2000)]

    def time_it(self) -> None:
        self.rows.sort()


class SortsWhatAnObjectHolds(SortsInPlace):
    def setup(self) -> None:
        super().setup()
        self.holder = {"inner": SimpleNamespace(rows=self.rows)}
        del self.rows

    def time_it(self) -> None:
        self.holder["inner"].rows.sort()


class UsesUpAnIterator:
    def setup(self) -> None:
        self.rows = iter(range(5000))

    def time_it(self) -> int:
        return sum(self.rows)


class Remembers:
    def setup(self) -> None:
        self.__dict__.pop("answer", None)

    def time_it(self) -> int:
        if not hasattr(self, "answer"):
            self.answer = sum(range(20_000))
        return self.answer


@functools.cache
def cached() -> int:
    return sum(range(200_000))


class ClearsACacheElsewhere:
    def setup(self) -> None:
        cached.cache_clear()

    def time_it(self) -> int:
        return cached()


class AsksForIt(Reads):
    number = 1


class AsksForItCold(Reads):
    warmup_time = 0


class OnlyTearsDown:
    def time_it(self) -> int:
        return 3

    def teardown(self) -> None:
        pass


HANDS: list[int] = []


class FillsAVariableOfTheModule:
    def setup(self) -> None:
        HANDS.clear()

    def time_it(self) -> None:
        HANDS.append(1)


@pytest.mark.parametrize("suite", [Plain, Reads, OnlyTearsDown])
def test_what_leaves_nothing_behind_is_timed_in_batches(suite: Any) -> None:
    assert not is_set_up_for_each_call(suite())


@pytest.mark.parametrize(
    "suite",
    [
        SortsInPlace, SortsWhatAnObjectHolds, UsesUpAnIterator, Remembers, ClearsACacheElsewhere, AsksForIt,
        AsksForItCold, FillsAVariableOfTheModule,
    ],
)  # fmt: skip
def test_what_the_next_call_would_find_is_set_up_again(suite: Any) -> None:
    assert is_set_up_for_each_call(suite())


class Counts:
    def __init__(self) -> None:
        self.__class__.events = []

    events: list[str]

    def setup(self) -> None:
        self.events.append("setup")

    def time_it(self) -> None:
        self.events.append("call")

    def teardown(self) -> None:
        self.events.append("teardown")


def test_each_call_has_one_set_up_and_one_teardown() -> None:
    suite = Counts()
    suite.number = 1  # type: ignore[attr-defined]
    with prepared(benchmark_of(suite), Caches(os.getcwd()), root="") as subject:
        subject.answer(0)
        subject.batch(2)
        subject.calls(1)
    assert suite.events == ["setup", *["call", "teardown", "setup"] * 3, "call", "teardown"]


def test_batches_can_be_told_to_set_up_each_call() -> None:
    suite = Reads()
    with prepared(benchmark_of(suite), Caches(os.getcwd()), root="") as subject:
        subject.batch(2)
        subject.set_up_each_call()
        assert subject.has_setup
        assert subject.answer(0) == sorted(suite.rows)


def test_a_set_up_that_is_not_implemented_skips() -> None:
    class NotHere(Plain):
        def setup(self) -> None:
            raise NotImplementedError

    with pytest.raises(pytest.skip.Exception), prepared(benchmark_of(NotHere()), Caches(os.getcwd()), root=""):
        pass


class Cached:
    def setup_cache(self) -> dict[str, int]:
        with open("made", "a") as stream:
            stream.write("x")
        return {"by": os.getpid()}

    def time_it(self, cache: dict[str, int]) -> int:
        return cache["by"]


def test_a_cache_is_made_once_in_a_process_and_a_folder_of_its_own(tmp_path: Path) -> None:
    caches = Caches(os.getcwd())
    makers = set()
    for _ in range(2):
        with prepared(benchmark_of(Cached()), caches, root="") as subject:
            makers.add(subject.answer(0))
            assert Path("made").read_text() == "x"
    assert len(makers) == 1 and os.getpid() not in makers
    assert len(list(tmp_path.glob("asv-cache-*"))) == 1


def test_a_cache_that_cannot_be_made_says_why() -> None:
    class Broken(Cached):
        def setup_cache(self) -> Any:
            raise OSError("no such data")

    with pytest.raises(RuntimeError, match="setup_cache: OSError: no such data"):
        Caches(os.getcwd()).of(benchmark_of(Broken()))
