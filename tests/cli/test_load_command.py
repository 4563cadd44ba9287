"""`boss-perf load`: mistakes before anything is started, and real short loads of our own service."""

from pathlib import Path

import pytest
from command_runs import TARGETS, boss_perf, write_project

from boss_perf.store.history import History

LOADS = """
loads:
  - id: service
    name: Service
    users: 4
    spawn_rate: 8 /s
    duration: 2 s
    expect: [p95 < 2 s, failures < 1%]
infrastructure:
  - {id: i-load, name: Loading, evidence: load run}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_project(tmp_path / "p", targets=TARGETS + LOADS)


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("servce",), 2, "did you mean 'service'"),
        (("--workers", "0"), 2, "at least one worker"),
        (("--workers", "9"), 2, "cannot be shared"),
        (("--find-limit", "--max-users", "0"), 2, "--max-users"),
        (("--host", "http://127.0.0.1:9"), 5, "nothing answers there"),
        (("--host", "ftp://127.0.0.1"), 2, "not an http"),
        (("--locustfile", "none.py"), 2, "no such locust file"),
    ],
)
def test_a_mistake_is_said(root: Path, words: tuple[str, ...], status: int, told: str) -> None:
    done = boss_perf(root, "load", *words)
    assert (done.status, told in done.err) == (status, True), done.err
    assert "Traceback" not in done.err


def test_a_project_without_loads_says_so(tmp_path: Path) -> None:
    done = boss_perf(write_project(tmp_path), "load")
    assert done.status == 2
    assert "loads:" in done.err


@pytest.mark.slow
def test_a_load_is_judged_and_kept_and_turns_its_row_green(root: Path) -> None:
    done = boss_perf(root, "load", "--workers", "2")
    assert done.status == 0, done.err
    assert "MET" in done.out
    with History.open(str(root / ".boss-perf" / "history.db")) as history:
        (run,) = history.runs()
        (sample,) = history.samples(run.id)
    assert run.finished_at is not None
    assert sample.workload == "load:service"
    assert boss_perf(root, "report").status == 0
    lines = (root / "reports" / "performance_tracker.md").read_text(encoding="utf-8").splitlines()
    assert "🟢" in next(line for line in lines if line.startswith("| Loading "))


@pytest.mark.slow
def test_the_search_for_the_limit_ends_at_its_ceiling_and_keeps_nothing(root: Path) -> None:
    done = boss_perf(root, "load", "--find-limit", "--max-users", "5")
    assert done.status == 0, done.err
    assert "4 users: MET" in done.out
    assert "5 users hold; the limit is higher" in done.out
    assert not (root / ".boss-perf").exists()
