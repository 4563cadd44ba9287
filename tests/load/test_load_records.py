import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.errors import WorkloadError
from boss_perf.load.records import Watch, parse_journal, read_recording


def journal(*, requests: int, spawned_ns: int | None = 100, stopping_ns: int = 10_000, **closing: object) -> str:
    lines = [{"kind": "start", "at_ns": 1}]
    if spawned_ns is not None:
        lines.append({"kind": "spawned", "at_ns": spawned_ns, "users": 3})
    lines.append({"kind": "beat", "at_ns": 200, "users": 3, "requests": 1, "busy_ratio": 0.5, "late_ns": 7})
    lines.append({"kind": "stopping", "at_ns": stopping_ns, "users": 3})
    lines.append(
        {"kind": "stopped", "at_ns": stopping_ns + 1, "requests": requests, "errors": {}, "is_cut": False, **closing}
    )
    return "".join(json.dumps(line) + "\n" for line in lines)


def write(folder: Path, process: str, requests: list[tuple[int, int]]) -> None:
    (folder / f"{process}.times").write_bytes(b"".join(struct.pack("<qq", *request) for request in requests))
    (folder / f"{process}.journal").write_text(journal(requests=len(requests)))


requests_of_a_run = st.lists(st.tuples(st.integers(0, 10**15), st.integers(-(10**12), 10**12)), min_size=4, max_size=80)


@given(requests=requests_of_a_run, shares=st.lists(st.integers(0, 3), min_size=80, max_size=80))
def test_percentiles_of_1_2_and_4_workers_are_those_of_the_pooled_values(tmp_path_factory, requests, shares) -> None:
    pooled = sorted(~ns if ns < 0 else ns for _, ns in requests)
    for workers in (1, 2, 4):
        folder = tmp_path_factory.mktemp("run")
        for worker in range(workers):
            mine = [each for each, share in zip(requests, shares, strict=False) if share % workers == worker]
            write(folder, f"w{worker}", mine)
        merged = read_recording(folder)
        assert sorted(merged.response_ns.tolist()) == pooled
        assert merged.started_ns.tolist() == sorted(start for start, _ in requests)
        assert int(merged.is_failed.sum()) == sum(ns < 0 for _, ns in requests)
        for level in (0.5, 0.95, 0.99):
            wanted = np.quantile(pooled, level, method="inverted_cdf")
            assert np.quantile(merged.response_ns, level, method="inverted_cdf") == wanted


def test_a_process_killed_in_the_middle_of_a_write_costs_its_last_record_only(tmp_path: Path) -> None:
    (tmp_path / "a.times").write_bytes(struct.pack("<qqq", 5, 70, 6))
    (tmp_path / "a.journal").write_text(journal(requests=1) + '{"kind": "be')
    recording = read_recording(tmp_path)
    assert recording.response_ns.tolist() == [70]
    assert recording.journals[0].is_closed


def test_the_steady_window_is_what_all_processes_share(tmp_path: Path) -> None:
    (tmp_path / "a.journal").write_text(journal(requests=0, spawned_ns=100, stopping_ns=900))
    (tmp_path / "b.journal").write_text(journal(requests=0, spawned_ns=300, stopping_ns=800))
    assert read_recording(tmp_path).steady_window_ns() == (300, 800)
    (tmp_path / "c.journal").write_text(journal(requests=0, spawned_ns=None))
    assert read_recording(tmp_path).steady_window_ns() is None


def test_errors_add_up_over_processes(tmp_path: Path) -> None:
    (tmp_path / "a.journal").write_text(journal(requests=0, errors={"reset": 2, "late": 9}))
    (tmp_path / "b.journal").write_text(journal(requests=0, errors={"reset": 8}))
    assert read_recording(tmp_path).errors == (("reset", 10), ("late", 9))


@pytest.mark.parametrize("line", ["no json", "[]", '{"at_ns": 3}', '{"kind": "beat", "at_ns": 3}'])
def test_a_strange_journal_is_refused_by_name(line: str) -> None:
    with pytest.raises(WorkloadError, match="worker-7"):
        parse_journal("worker-7", line + "\n")


def test_progress_covers_what_came_since_the_last_look(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    assert watch.look(1.0).p95_ns is None
    write(tmp_path, "a", [(1, 10), (2, ~5), (3, 30)])
    seen = watch.look(2.0)
    assert (seen.users, seen.requests_count, seen.failures_count) == (3, 3, 1)
    assert seen.p95_ns == pytest.approx(29.0)
    assert seen.throughput_per_s == pytest.approx(3.0)
    with (tmp_path / "a.times").open("ab") as file:
        file.write(struct.pack("<qq", 4, 50))
    seen = watch.look(4.0)
    assert (seen.requests_count, seen.p95_ns, seen.throughput_per_s) == (4, 50.0, pytest.approx(0.5))
