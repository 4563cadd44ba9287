from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import msgspec
from evidence_examples import START, a_failed_sample, a_pair_sample, a_run, a_sample

from boss_perf.model.samples import Pass, Reading, Sample
from boss_perf.store.artifact import Artifact, run_to_json

RUN = replace(a_run(), finished_at=START + timedelta(minutes=5), seed=7)


def written(samples: Sequence[Sample], *, with_raw: bool = False) -> Artifact:
    """The file read again, its shape and types checked."""
    return msgspec.json.decode(run_to_json(RUN, samples, with_raw=with_raw), type=Artifact)


def test_a_run_comes_back_with_its_figures_per_call() -> None:
    read = written([a_sample(), a_sample(fork=1), a_pair_sample()])
    assert read.run == RUN
    pair, calls = read.items
    assert (calls.phase, calls.reading, calls.forks, calls.counts) == (Pass.CALLS, Reading.WALL_NS, (0, 1), (3, 3))
    assert (calls.medians, calls.least) == (((51_000.0, 51_000.0),), ((50_000.0, 50_000.0),))
    assert pair.arms == ("baseline", "optimized")
    assert (pair.medians[0], pair.least[0], pair.stalled_ratios) == ((100.25,), (99.0,), (0.02,))
    assert pair.facts == {"hit_ratio": 0.75, "lost": None}
    assert pair.confirming == (0,)


def test_raw_readings_come_only_when_asked_for() -> None:
    assert written([a_sample()]).items[0].raw == ()
    read = written([a_sample()], with_raw=True)
    assert read.items[0].raw == ({"subject": {"wall_ns": (52_000, 50_000, 51_000)}},)


def test_a_failed_fork_keeps_its_place_and_its_reason() -> None:
    read = written([a_sample(fork=1), a_failed_sample(fork=0)])
    assert read.items[0].failures == {0: "raised: ValueError: no"}
    assert read.items[0].medians == ((None, 51_000.0),)


def test_fifty_targets_stay_below_fifty_kilobytes() -> None:
    """Each with a memory pass of two forks, or a comparison of five."""
    samples = [
        replace(make(fork=fork), workload=f"boss_perf/benchmarks/test_component.py::test_target_{number}")
        for number in range(50)
        for make in (a_sample, a_pair_sample)
        for fork in range(2 if make is a_sample else 5)
    ]
    assert len(run_to_json(RUN, samples).encode()) < 50_000
