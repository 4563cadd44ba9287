"""The main job end to end: measure, report, judge; what is red, yellow and green comes from evidence alone."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command_runs import Done, boss_perf, write_project

from boss_perf.store.history import History


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done, Done]:
    root = write_project(tmp_path_factory.mktemp("demo") / "a project")
    benched = boss_perf(root, "bench", "--forks", "5", "--all", "-o", "run=run.json")
    return root, benched, boss_perf(root, "report")


def test_bench_measures_and_names_what_it_cannot(project: tuple[Path, Done, Done]) -> None:
    _, benched, reported = project
    assert (benched.status, reported.status) == (0, 0)
    for name, verdict in (("pair", "MET"), ("keep", "MET"), ("fast", "MET"), ("slow", "MISSED"), ("wrong", "FAILED")):
        assert re.search(rf"(?i){verdict} +{name}", benched.out), (name, benched.out)
    assert "1 against 2" in benched.out
    assert "did you mean test_it.py::test_pair" in benched.out
    assert "idle" in benched.out


def test_the_tracker_derives_every_status(project: tuple[Path, Done, Done]) -> None:
    root, _, _ = project
    text = (root / "reports" / "performance_tracker.md").read_text(encoding="utf-8")
    rows = {name: next(line for line in text.splitlines() if line.startswith(f"| {name}")) for name in
            ("Pair", "Keep", "Wrong", "Gone", "Idle")}  # fmt: skip
    assert "🟢" in rows["Pair"]
    assert "🟢" in rows["Keep"]
    assert "🟡" in rows["Wrong"]
    assert "🔴" in rows["Gone"]
    assert "🔴" in rows["Idle"]


def test_the_same_history_gives_the_same_bytes(project: tuple[Path, Done, Done]) -> None:
    root, _, _ = project
    assert boss_perf(root, "report", "--check").status == 0
    assert boss_perf(root, "report", "--to", "again.md").status == 0
    assert (root / "again.md").read_bytes() == (root / "reports" / "performance_tracker.md").read_bytes()


def test_an_edited_tracker_is_found(project: tuple[Path, Done, Done]) -> None:
    root, _, _ = project
    (root / "again.md").write_text("# all green\n", encoding="utf-8")
    done = boss_perf(root, "report", "--check", "--to", "again.md")
    assert done.status == 3
    assert "does not agree" in done.err


def test_the_gate_is_closed_by_what_is_missed(project: tuple[Path, Done, Done]) -> None:
    root, _, _ = project
    done = boss_perf(root, "gate", "-o", "json=gate.json", "-o", "junit=junit.xml")
    assert done.status == 3
    assert json.loads((root / "gate.json").read_text())["exit_status"] == 3
    assert "<testsuites" in (root / "junit.xml").read_text()


def test_an_artifact_is_small(project: tuple[Path, Done, Done]) -> None:
    root, _, _ = project
    assert 500 < (root / "run.json").stat().st_size < 7 * 1000


def test_changed_code_makes_evidence_stale(project: tuple[Path, Done, Done], tmp_path: Path) -> None:
    root, _, _ = project
    store = str(root / ".boss-perf" / "history.db")
    suite = (root / "test_it.py").read_text().replace("range(50)", "range(51)")
    write_project(tmp_path, targets=(root / "targets.yaml").read_text(), suite=suite)
    done = boss_perf(tmp_path, "status", "--store", store)
    assert done.status == 0
    assert "STALE" in done.out or "stale" in done.out.lower()
    text_of = boss_perf(tmp_path, "report", "--store", store, "--to", "t.md")
    assert text_of.status == 0
    line = next(
        line for line in (tmp_path / "t.md").read_text().splitlines() if line.startswith("| C") and "fast" in line
    )
    assert "🟢" not in line


def test_old_evidence_is_not_green(project: tuple[Path, Done, Done], tmp_path: Path) -> None:
    from boss_perf.cli.judging import judge_history
    from boss_perf.cli.project import read_project

    root, _, _ = project
    found = read_project(root / "targets.yaml")
    with History.open(str(root / ".boss-perf" / "history.db")) as history:
        later = datetime.now(UTC) + timedelta(days=40)
        verdicts = {j.target.id: j.verdict.value for j in judge_history(found, history, now=later)}
    assert verdicts["pair"] == verdicts["fast"] == "STALE"


def test_a_target_asked_for_alone_has_the_figure_that_it_has_among_all(project: tuple[Path, Done, Done]) -> None:
    root, _, _ = project
    every = json.loads(boss_perf(root, "status", "--json").out)["items"]
    (alone,) = json.loads(boss_perf(root, "status", "pair", "--json").out)["items"]
    assert alone == next(each for each in every if each["key"] == "pair")


@pytest.mark.slow
def test_a_quick_look_never_turns_green(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    assert boss_perf(root, "bench", "pair", "fast", "--quick").status == 0
    assert boss_perf(root, "report").status == 0
    assert "🟢" not in "".join(
        line for line in (root / "reports" / "performance_tracker.md").read_text().splitlines() if line.startswith("| ")
    )


def test_nothing_measured_is_all_red_and_the_gate_says_how_to_begin(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    assert boss_perf(root, "report").status == 0
    done = boss_perf(root, "gate")
    assert done.status == 5
    assert "run `boss-perf bench` first" in done.err
