"""One measured project seen through each command that shows evidence."""

import http.server
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from command_runs import TARGETS, boss_perf, write_project

from boss_perf.model.runs import RunKind
from boss_perf.report.grafana import read_dashboards
from boss_perf.store.history import History

ROWS = """
infrastructure:
  - {id: i-bench, name: Benching, evidence: benchmark run}
  - {id: i-memory, name: Remembering, evidence: memory run}
  - {id: i-load, name: Loading, evidence: load run}
  - {id: i-dashboard, name: Showing, evidence: rendered dashboard}
  - {id: i-grafana, name: Serving, evidence: provisioned dashboard}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_project(tmp_path_factory.mktemp("views") / "p", targets=TARGETS + ROWS)
    for words in (("fast", "keep"), ("fast",)):
        done = boss_perf(root, "bench", *words, "--forks", "5")
        assert done.status == 0, done.err
    return root


def _row(root: Path, name: str) -> str:
    assert boss_perf(root, "report").status == 0
    lines = (root / "reports" / "performance_tracker.md").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith(f"| {name} "))


def test_infrastructure_rows_are_green_by_their_kind_of_run_only(project: Path) -> None:
    assert "🟢" in _row(project, "Benching")
    assert "🟢" in _row(project, "Remembering")
    assert "🔴" in _row(project, "Loading")
    assert "🔴" in _row(project, "Showing")
    assert boss_perf(project, "dashboard").status == 0
    assert "🟢" in _row(project, "Showing")
    assert "🔴" in _row(project, "Serving")


class Grafana(http.server.BaseHTTPRequestHandler):
    """Answers in the form of Grafana's own interface."""

    changes: ClassVar[dict[str, object]] = {}

    def do_GET(self) -> None:
        path = self.path.removeprefix("/api/")
        sources = [
            {"uid": "p", "name": "P", "type": "prometheus"},
            {"uid": "h", "name": "H", "type": "grafana-postgresql-datasource"},
        ]
        answers: dict[str, object] = {
            f"dashboards/uid/{each['uid']}": {"dashboard": each, "meta": {"provisioned": True}}
            for each in read_dashboards().values()
        }
        answers |= {"datasources": sources, **{f"datasources/uid/{uid}/health": {"status": "OK"} for uid in "ph"}}
        answers |= self.changes
        is_known = path in answers and self.headers["Authorization"] == "Bearer secret"
        body = json.dumps(answers.get(path)).encode()
        self.send_response(200 if is_known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def grafana(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Grafana)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setattr(Grafana, "changes", {})
    monkeypatch.setenv("GRAFANA_TOKEN", "secret")
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


COPY = {"dashboard": read_dashboards()["boss-perf-now.json"], "meta": {"provisioned": False}}
OTHER = {"dashboard": {"panels": [{"title": "Mine", "targets": [{"expr": "up"}]}]}, "meta": {"provisioned": True}}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"dashboards/uid/boss-perf-now": COPY}, "a copy that somebody made"),
        ({"dashboards/uid/boss-perf-now": OTHER}, "of another edition"),
        ({"dashboards/uid/boss-perf-now": {}}, "no answer of Grafana's"),
        ({"datasources": []}, "no data source of type grafana-postgresql-datasource, prometheus"),
        ({"datasources/uid/h/health": {"status": "ERROR", "message": "no route"}}, "H: no route"),
    ],
)
def test_a_grafana_that_serves_something_else_shows_nothing(
    project: Path, grafana: str, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object], told: str
) -> None:
    monkeypatch.setattr(Grafana, "changes", changes)
    done = boss_perf(project, "dashboard", "--grafana", grafana)
    assert (done.status, told in done.err) == (5, True), done.err
    assert "🔴" in _row(project, "Serving")


def test_a_grafana_that_does_not_let_us_in_is_told_how(
    project: Path, grafana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", "wrong")
    done = boss_perf(project, "dashboard", "--grafana", grafana)
    assert (done.status, "GRAFANA_TOKEN" in done.err) == (5, True), done.err
    assert boss_perf(project, "dashboard", "--grafana", "file:///etc/passwd").status == 2


def test_a_grafana_that_serves_our_dashboards_turns_its_row_green(project: Path, grafana: str) -> None:
    assert boss_perf(project, "dashboard", "--grafana", grafana).status == 0
    assert "🟢" in _row(project, "Serving")


def test_the_dashboard_is_one_file_with_every_target(project: Path) -> None:
    done = boss_perf(project, "dashboard", "--to", "seen.html")
    assert done.status == 0, done.err
    page = (project / "seen.html").read_text(encoding="utf-8")
    assert all(name in page for name in ("Pair", "Keep", "Idle", "Benching"))
    assert 'src="http' not in page


def test_a_trend_counts_the_runs(project: Path) -> None:
    done = boss_perf(project, "trend", "fast")
    assert done.status == 0, done.err
    assert "p95 latency, promised p95 < 50 ms: 2 runs on one machine" in done.out
    assert len(re.findall(r"  met  +\d.* [nµm]s \(", done.out)) == 2
    assert "nothing was measured yet" in boss_perf(project, "trend", "idle").out
    keep, fast = json.loads(boss_perf(project, "trend", "fast", "keep", "--json").out)
    assert [len(each["runs"]) for each in (*fast["figures"], *keep["figures"])] == [2, 1]
    assert keep["figures"][0]["runs"][0]["value"] < 0.3
    assert "did you mean 'fast'" in boss_perf(project, "trend", "fats").err


def test_an_exported_run_is_the_newest_that_measured(project: Path) -> None:
    assert boss_perf(project, "dashboard", "--to", "again.html").status == 0
    done = boss_perf(project, "export", "run")
    assert done.status == 0, done.err
    assert json.loads(done.out)["run"]["kind"] == "bench"


def test_exports_for_prometheus_and_grafana(project: Path) -> None:
    metrics = boss_perf(project, "export", "openmetrics").out
    assert 'target="fast"' in metrics
    assert metrics.endswith("# EOF\n")
    assert boss_perf(project, "export", "grafana", "--to", "boards").status == 0
    assert all(json.loads(path.read_text())["panels"] for path in (project / "boards").glob("*.json"))
    assert "did you mean 'grafana'" in boss_perf(project, "export", "grafna").err


def test_a_history_is_listed_and_copied_once(project: Path, tmp_path: Path) -> None:
    listed = boss_perf(project, "history").out
    assert listed.count("bench") == 2
    assert {each["kind"] for each in json.loads(boss_perf(project, "history", "--json").out)} >= {"bench"}
    copy = str(tmp_path / "copy.db")
    assert boss_perf(project, "history", "copy", "--to", copy).status == 0
    assert boss_perf(project, "history", "copy", "--to", copy).out.startswith("0 runs, 0 samples and 0 verdicts")
    with History.open(copy) as copied, History.open(str(project / ".boss-perf" / "history.db")) as own:
        assert copied.runs() == own.runs()


@pytest.mark.parametrize(
    ("words", "told"),
    [(("copy",), "--to FILE"), (("lst",), "list, drop and copy"), (("copy", "--to", "mysql://h"), "mysql")],
)
def test_a_wrong_history_command_is_said(project: Path, words: tuple[str, ...], told: str) -> None:
    done = boss_perf(project, "history", *words)
    assert done.status in (2, 5)
    assert told in done.err


@pytest.mark.parametrize("words", [("dashboard",), ("trend", "fast"), ("export", "run"), ("history",)])
def test_without_a_history_each_says_how_to_begin(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = boss_perf(write_project(tmp_path), *words)
    assert done.status == 5
    assert "boss-perf bench" in done.err
    assert not (tmp_path / ".boss-perf").exists()


def test_a_run_from_the_future_is_left_out_until_it_is_dropped(project: Path) -> None:
    with History.open(str(project / ".boss-perf" / "history.db")) as history:
        newest = history.runs(limit=1, kind=RunKind.BENCH)[0]
        wrong = replace(newest, id="from-2099", started_at=newest.started_at.replace(year=2099))
        history.save_run(wrong)
        history.save_sample(wrong.id, history.samples(newest.id)[0])
    done = boss_perf(project, "status")
    assert done.status == 0, done.err
    assert "run from-2099 is dated 2099" in done.err
    assert boss_perf(project, "history", "drop").status == 2
    assert boss_perf(project, "history", "drop", "from-2099").status == 0
    assert "2099" not in boss_perf(project, "status").err
    assert boss_perf(project, "history", "drop", "from-2099").status == 5


def test_a_gate_of_evidence_judges_the_targets_it_is_told_to(project: Path) -> None:
    assert boss_perf(project, "gate", "-q").status != 0
    done = boss_perf(project, "gate", "--only", "^fast$", "-q")
    assert (done.status, done.out) == (0, "gate open: 1 met\n"), done.err


def test_a_history_that_git_tracks_is_not_believed(project: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(project, tmp_path / "copy", symlinks=True))
    assert "0 of" not in boss_perf(root, "status", "-q").out
    for words in (("init", "-q"), ("add", "-f", ".boss-perf/history.db")):
        subprocess.run(["git", *words], cwd=root, check=True)
    done = boss_perf(root, "gate")
    assert done.status == 4
    assert "git tracks it" in done.err
    assert boss_perf(root, "status", "-q").out.startswith("0 of")
