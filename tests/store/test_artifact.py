import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from evidence_examples import START, a_failed_sample, a_pair_sample, a_run, a_sample
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.errors import StoreError
from boss_perf.model.samples import Pass, Reading
from boss_perf.store import artifact
from boss_perf.store.artifact import parse_artifact, read_artifact, run_to_json

RUN = replace(a_run(), finished_at=START + timedelta(minutes=5), seed=7)


def test_a_run_comes_back_with_its_figures_per_call() -> None:
    read = parse_artifact(run_to_json(RUN, [a_sample(), a_sample(fork=1), a_pair_sample()]).encode())
    assert read.run == RUN
    pair, calls = read.items
    assert (calls.phase, calls.reading, calls.forks, calls.counts) == (Pass.CALLS, Reading.WALL_NS, (0, 1), (3, 3))
    assert (calls.medians, calls.least) == (((51_000.0, 51_000.0),), ((50_000.0, 50_000.0),))
    assert pair.arms == ("baseline", "optimized")
    assert (pair.medians[0], pair.least[0], pair.stalled_ratios) == ((100.25,), (99.0,), (0.02,))
    assert pair.facts == {"hit_ratio": 0.75, "lost": None}
    assert pair.confirming == (0,)


def test_raw_readings_come_only_when_asked_for() -> None:
    assert parse_artifact(run_to_json(RUN, [a_sample()]).encode()).items[0].raw == ()
    read = parse_artifact(run_to_json(RUN, [a_sample()], with_raw=True).encode())
    assert read.items[0].raw == ({"subject": {"wall_ns": (52_000, 50_000, 51_000)}},)


def test_a_failed_fork_keeps_its_place_and_its_reason() -> None:
    read = parse_artifact(run_to_json(RUN, [a_sample(fork=1), a_failed_sample(fork=0)]).encode())
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


@pytest.mark.parametrize(
    "change",
    [
        {"boss_perf_artifact": 2},
        {"run": None},
        {"items": {}},
        {"items": [{"workload": 1}]},
        {"run": {"id": "x"}},
    ],
)
def test_a_file_of_another_make_is_refused_with_the_place(change: dict[str, object]) -> None:
    content = json.loads(run_to_json(RUN, [a_sample()]))
    with pytest.raises(StoreError, match="not a run of boss-perf"):
        parse_artifact(json.dumps({**content, **change}).encode())


@given(content=st.binary(max_size=100))
def test_noise_is_a_store_error(content: bytes) -> None:
    with pytest.raises(StoreError):
        parse_artifact(content)


def test_nesting_without_end_is_a_store_error() -> None:
    with pytest.raises(StoreError):
        parse_artifact(b'{"items":' + b"[" * 200_000)


def test_a_file_that_is_too_large_or_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.json"
    with pytest.raises(StoreError, match="cannot be read"):
        read_artifact(path)
    path.write_text(run_to_json(RUN, [a_sample()]))
    assert read_artifact(path).run == RUN
    monkeypatch.setattr(artifact, "MAX_ARTIFACT_BYTES", 100)
    with pytest.raises(StoreError, match="larger than"):
        read_artifact(path)
    with pytest.raises(StoreError, match="larger than"):
        parse_artifact(path.read_bytes())
