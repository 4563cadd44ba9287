"""Well-behaved and misbehaved workloads: each ends in samples or in a reason, and takes no other along."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from measured_suites import BRIEF, Onlooker, measure

from boss_perf.model.samples import Pass, Reading, Sample

SUITE = """
    import asyncio, os, sys, time

    def test_plain(benchmark):
        benchmark.extra_info["recall"] = 0.5
        assert benchmark(sum, range(100)) == 4950

    def test_paired(paired):
        paired(baseline=lambda x: [x] * 20000, optimized=lambda x: [x] * 20000, inputs=[1, 2])

    def test_awaited(benchmark):
        async def answer():
            await asyncio.sleep(0.002)
            return 42
        assert benchmark(answer) == 42

    def test_pedantic(benchmark):
        benchmark.pedantic(lambda it: it.clear(), setup=lambda: (([1, 2],), {}), rounds=3)

    def test_trial(trial):
        trial.check("bound", trial.policy == {}, "nothing declared", str(trial.policy))
        trial.fact("hit_ratio", 0.75)

    def test_wrong_answer(benchmark):
        assert benchmark(lambda: 1) == 2

    def test_disagreeing(paired):
        paired(baseline=lambda: 1, optimized=lambda: 2)

    def test_raising(benchmark):
        def broken():
            raise ValueError("no such luck")
        benchmark(broken)

    def test_raising_later(benchmark):
        calls = []
        def broken():
            calls.append(1)
            if len(calls) > 50:
                raise ValueError("worn out")
        benchmark(broken)

    def test_exiting(benchmark):
        benchmark(sys.exit, 3)

    def test_dying(benchmark):
        benchmark(os._exit, 3)

    def test_hanging(benchmark):
        benchmark(time.sleep, 600)

    def test_loud(benchmark):
        print("x" * 3_000_000)
        benchmark(len, "abc")

    def test_moving(benchmark, tmp_path):
        os.chdir(tmp_path)
        benchmark(len, "abc")

    def test_forking(benchmark):
        def fork():
            child = os.fork()
            if child == 0:
                time.sleep(600)
            return child
        assert fork() > 0
        benchmark(len, "abc")

    def test_idle(benchmark):
        pass

    def test_after_all(benchmark):
        benchmark(len, "abc")
"""

ITEMS = (
    ("test_plain", (Pass.BATCHES, Pass.CALLS)),
    ("test_paired", (Pass.PAIRS, Pass.MEMORY)),
    ("test_awaited", (Pass.CALLS,)),
    ("test_pedantic", (Pass.BATCHES,)),
    ("test_trial", (Pass.TRIAL,)),
    ("test_wrong_answer", (Pass.BATCHES,)),
    ("test_disagreeing", (Pass.PAIRS,)),
    ("test_raising", (Pass.BATCHES,)),
    ("test_raising_later", (Pass.BATCHES,)),
    ("test_exiting", (Pass.BATCHES,)),
    ("test_dying", (Pass.BATCHES,)),
    ("test_hanging", (Pass.BATCHES,)),
    ("test_loud", (Pass.BATCHES,)),
    ("test_moving", (Pass.BATCHES,)),
    ("test_forking", (Pass.BATCHES,)),
    ("test_idle", (Pass.BATCHES,)),
    ("test_planly", (Pass.BATCHES,)),
    ("test_plain_pairs", (Pass.PAIRS,)),
    ("test_after_all", (Pass.BATCHES,)),
)


@pytest.fixture(scope="module")
def seen(write_suite: Callable[[str], Path]) -> Onlooker:
    root = write_suite(SUITE)
    limits = replace(BRIEF, timeout_s=4)
    return measure(root, [(f"test_it.py::{name}", passes) for name, passes in ITEMS], limits=limits)


def sample_of(seen: Onlooker, name: str, phase: Pass | None = None) -> Sample:
    return next(s for s in seen.samples if s.workload.endswith(f"::{name}") and phase in (None, s.phase))


def test_batches_and_calls_are_kept_in_time_order_with_their_clock(seen: Onlooker) -> None:
    batches, calls = sample_of(seen, "test_plain", Pass.BATCHES), sample_of(seen, "test_plain", Pass.CALLS)
    assert len(batches.values("subject", Reading.CPU_NS)) == len(batches.values("subject", Reading.WALL_NS)) >= 3
    assert batches.calls_per_batch > 100
    assert len(calls.values("subject", Reading.WALL_NS)) >= 20
    assert dict(calls.facts) == {"recall": 0.5}


def test_pairs_hold_two_batches_of_each_arm_per_quad(seen: Onlooker) -> None:
    sample = sample_of(seen, "test_paired", Pass.PAIRS)
    assert sample.arms == ("baseline", "optimized")
    assert all(len(series.values) == 2 * len(sample.order) for series in sample.series)
    assert set(sample.order) <= {0, 1}


def test_memory_counts_what_a_call_keeps(seen: Onlooker) -> None:
    sample = sample_of(seen, "test_paired", Pass.MEMORY)
    for arm in sample.arms:
        assert 150_000 < sample.values(arm, Reading.RETAINED_BYTES)[0] < 200_000
        assert sample.values(arm, Reading.PEAK_BYTES)[0] >= sample.values(arm, Reading.RETAINED_BYTES)[0]
        assert len(sample.values(arm, Reading.RESIDENT_BYTES)) == 1


def test_a_coroutine_is_awaited_and_known_to_wait(seen: Onlooker) -> None:
    sample = sample_of(seen, "test_awaited")
    assert min(sample.values("subject", Reading.WALL_NS)) >= 2_000_000
    assert sample.is_waiting


def test_a_trial_keeps_its_checks_and_facts(seen: Onlooker) -> None:
    sample = sample_of(seen, "test_trial")
    assert [check.is_passed for check in sample.checks] == [True]
    assert dict(sample.facts) == {"hit_ratio": 0.75}
    assert [source.arm for source in sample.sources] == ["policy"]


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("test_wrong_answer", "raised", "assert"),
        ("test_disagreeing", "disagreed", "1 against 2"),
        ("test_raising", "raised", "no such luck"),
        ("test_raising_later", "raised", "worn out"),
        ("test_exiting", "raised", "SystemExit"),
        ("test_dying", "died", "died"),
        ("test_hanging", "timed_out", "4 s"),
        ("test_idle", "unavailable", "never called"),
        ("test_planly", "not_collected", "did you mean test_it.py::test_plain"),
        ("test_plain_pairs", "not_collected", "no such workload"),
    ],
)
def test_what_cannot_be_measured_says_why_and_shows_no_number(seen: Onlooker, name: str, kind: str, words: str) -> None:
    sample = sample_of(seen, name)
    assert sample.failure is not None
    assert sample.failure.kind == kind
    assert words in sample.failure.message
    assert sample.series == ()


@pytest.mark.parametrize("name", ["test_pedantic", "test_loud", "test_moving", "test_forking", "test_after_all"])
def test_unusual_workloads_are_measured_all_the_same(seen: Onlooker, name: str) -> None:
    sample = sample_of(seen, name)
    assert sample.failure is None
    assert sample.values("subject", Reading.WALL_NS)


def test_a_resumed_session_repeats_nothing(write_suite: Callable[[str], Path]) -> None:
    root = write_suite("def test_a(benchmark): benchmark(len, 'a')\n")
    items = [("test_it.py::test_a", (Pass.BATCHES,))]
    first = measure(root, items)
    again = measure(root, items, earlier=first.samples, limits=replace(BRIEF, forks=2))
    assert [(sample.phase, sample.fork) for sample in again.samples] == [(Pass.BATCHES, 1)]


def test_both_arms_of_a_fork_share_its_hash_seed_and_forks_do_not(write_suite: Callable[[str], Path]) -> None:
    root = write_suite("def test_a(benchmark): benchmark(len, 'a')\n")
    seen = measure(root, [("test_it.py::test_a", (Pass.BATCHES,))], limits=replace(BRIEF, forks=2))
    seeds = [sample.conditions.hash_seed for sample in seen.samples]
    assert len(set(seeds)) == 2


def test_a_policy_on_a_test_without_a_trial_says_why_it_has_none(write_suite: Callable[[str], Path]) -> None:
    root = write_suite("def test_it(benchmark):\n    benchmark(len, 'x')\n")
    samples = measure(root, [("test_it.py::test_it", (Pass.TRIAL,))]).samples
    assert [each.failure.kind for each in samples if each.failure is not None] == ["unavailable"]
    assert not any(each.checks for each in samples)
