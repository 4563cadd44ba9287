"""What a measured process says of answers: work that may be called once, used-up inputs, lazy and odd answers."""

from collections.abc import Mapping

import pytest
from measured_suites import measure

from boss_perf.model.estimates import CaveatKind
from boss_perf.model.samples import Pass, Reading, Sample

SUITE = """
import collections, itertools, sys, time
import pytest

def drain(rows):
    n = 0
    while rows:
        n += sum(range(rows.pop()))
    return n

def test_once(benchmark):
    calls = []
    def create():
        calls.append(1)
        if len(calls) > 1:
            raise RuntimeError("table exists already")
        return "made"
    assert benchmark.pedantic(create, rounds=1, iterations=1) == "made"
    assert calls == [1]

def test_drains(benchmark):
    assert benchmark(drain, [100] * 50) > 0

def test_drains_what_it_closes_over(benchmark):
    rows = collections.deque([100] * 50)
    benchmark(lambda: drain(rows))

def test_iterator(benchmark):
    numbers = iter(range(1000))
    assert benchmark(lambda: list(numbers))

def test_counter(benchmark):
    benchmark(next, itertools.count())

def test_plain(benchmark):
    benchmark(sorted, [3, 1, 2])

def test_generator(benchmark):
    answer = benchmark(lambda: (n for n in range(100)))
    assert list(answer) == list(range(100))

def test_function(benchmark):
    benchmark(lambda: lambda: 1)

def test_loose(paired):
    paired(baseline=lambda: 1, optimized=lambda: 2, agree=lambda left, right: True)

def test_decays(paired):
    turns = itertools.count()
    paired(baseline=lambda: 3, optimized=lambda: 3 if next(turns) < 100 else None)

def test_exits(benchmark):
    pytest.exit("enough")

def test_exits_while_measured(benchmark):
    turns = itertools.count()
    benchmark(lambda: next(turns) > 10 and pytest.exit("enough"))

def test_stops(benchmark, request):
    benchmark(len, "x")
    request.session.shouldstop = "enough"

def test_leaves(benchmark):
    sys.exit(0)

def test_after_all(benchmark):
    benchmark(len, "x")
"""

NAMES = [line.partition("(")[0].removeprefix("def ") for line in SUITE.splitlines() if line.startswith("def test_")]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Sample]:
    root = tmp_path_factory.mktemp("suite")
    (root / "test_it.py").write_text(SUITE)
    paired = {"test_loose", "test_decays"}
    items = [(f"test_it.py::{name}", [Pass.PAIRS if name in paired else Pass.BATCHES]) for name in NAMES]
    return {sample.workload.partition("::")[2]: sample for sample in measure(root, items).samples}


def kinds(sample: Sample) -> list[CaveatKind]:
    return [caveat.kind for caveat in sample.caveats]


def test_what_may_be_called_once_is_called_once(samples: Mapping[str, Sample]) -> None:
    once = samples["test_once"]
    assert (once.failure, once.calls_per_batch, once.caveats) == (None, 1, ())
    assert len(once.values("subject", Reading.WALL_NS)) == 1


@pytest.mark.parametrize("name", ["test_drains", "test_drains_what_it_closes_over", "test_iterator"])
def test_used_up_input_is_seen(samples: Mapping[str, Sample], name: str) -> None:
    assert (samples[name].failure, kinds(samples[name])) == (None, [CaveatKind.CONSUMED_INPUT])


@pytest.mark.parametrize("name", ["test_counter", "test_plain", "test_generator"])
def test_other_work_is_not_suspected(samples: Mapping[str, Sample], name: str) -> None:
    sample = samples[name]
    assert (sample.failure, sample.caveats) == (None, ())
    assert None not in (*sample.answer_digests, *sample.later_digests)
    assert (sample.answer_digests == sample.later_digests) is (name != "test_counter")


def test_answers_that_say_nothing_are_told(samples: Mapping[str, Sample]) -> None:
    assert kinds(samples["test_function"]) == [CaveatKind.ANSWERS_NOT_COMPARED]
    assert kinds(samples["test_loose"]) == [CaveatKind.AGREES_WITH_ANYTHING]


def test_an_arm_that_decays_disagrees(samples: Mapping[str, Sample]) -> None:
    failure = samples["test_decays"].failure
    assert failure is not None
    assert (failure.kind, "asked again" in failure.message) == ("disagreed", True)


@pytest.mark.parametrize("name", ["test_exits", "test_exits_while_measured", "test_leaves"])
def test_a_test_that_ends_the_session_fails(samples: Mapping[str, Sample], name: str) -> None:
    failure = samples[name].failure
    assert failure is not None
    assert failure.kind == "raised"


@pytest.mark.parametrize("name", ["test_stops", "test_after_all"])
def test_and_costs_nobody_else(samples: Mapping[str, Sample], name: str) -> None:
    assert samples[name].failure is None
