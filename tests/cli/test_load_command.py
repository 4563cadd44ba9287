"""`boss-perf load`: mistakes before anything is started, and real short loads of our own service."""

import subprocess
import sys
from pathlib import Path

import pytest
from command_runs import TARGETS, boss_perf, write_project

from boss_perf.load.processes import free_port
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
  - {id: i-crew, name: Distributing, evidence: distributed load run}
"""

FRAIL = """
from locust import User, constant, task
class Frail(User):
    wait_time = constant(0.01)
    @task
    def ask(self):
        is_over = self.environment.runner.target_user_count > 4
        self.environment.events.request.fire(
            request_type="x", name="x", response_time=1.0, response_length=0,
            exception=ValueError("too many") if is_over else None)
"""
MORTAL = """
import gevent, os, signal
from locust import User, constant, task
class Mortal(User):
    wait_time = constant(0.01)
    @task
    def ask(self):
        self.environment.events.request.fire(
            request_type="x", name="x", response_time=1.0, response_length=0, exception=None)
        if self.environment.runner.worker_index == 0:
            gevent.spawn_later(0.5, os.kill, os.getpid(), signal.SIGKILL)
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
    elsewhere = () if "--host" in words else ("--host", "http://127.0.0.1:9")
    done = boss_perf(root, "load", *words, *elsewhere)
    assert (done.status, told in done.err) == (status, True), done.err
    assert "Traceback" not in done.err


def test_a_project_without_loads_says_so(tmp_path: Path) -> None:
    done = boss_perf(write_project(tmp_path), "load")
    assert done.status == 2
    assert "loads:" in done.err


def test_a_locust_file_lies_beside_the_targets_file_wherever_the_command_is_given(root: Path) -> None:
    (root / "targets.yaml").write_text(TARGETS + LOADS.replace("users: 4", "locustfile: load/gone.py\n    users: 4"))
    done = boss_perf(root.parent, "load", "-t", "p/targets.yaml", "--host", "http://127.0.0.1:9")
    assert done.status == 2
    assert f"{root / 'load' / 'gone.py'}  there is no such locust file" in done.err


@pytest.mark.slow
def test_a_load_is_judged_and_kept_and_turns_its_row_green(root: Path) -> None:
    done = boss_perf(root, "load", "--workers", "2")
    assert done.status == 0, done.err
    assert "1 of 1 met" in done.out
    with History.open(str(root / ".boss-perf" / "history.db")) as history:
        (run,) = history.runs()
        (sample,) = history.samples(run.id)
    assert run.finished_at is not None
    assert sample.workload == "load:service"
    assert boss_perf(root, "report").status == 0
    lines = (root / "reports" / "performance_tracker.md").read_text(encoding="utf-8").splitlines()
    assert "🟢" in next(line for line in lines if line.startswith("| Loading "))
    assert "boss_perf_load_throughput_hertz" in boss_perf(root, "export", "openmetrics").out
    assert "🟢" in next(line for line in lines if line.startswith("| Distributing "))


@pytest.mark.slow
def test_the_search_for_the_limit_ends_at_its_ceiling_and_keeps_nothing(root: Path) -> None:
    done = boss_perf(root, "load", "--find-limit", "--max-users", "5")
    assert done.status == 0, done.err
    assert "4 users: MET" in done.out
    assert "5 users hold; the limit is higher" in done.out
    assert not (root / ".boss-perf").exists()


@pytest.mark.slow
def test_a_load_under_which_nothing_is_answered_does_not_hold(root: Path) -> None:
    (root / "frail.py").write_text(FRAIL)
    done = boss_perf(root, "load", "--find-limit", "--max-users", "8", "--locustfile", "frail.py")
    assert done.status == 0, done.err
    assert "8 users: all " in done.out
    assert "service: 4 users hold, 5 are not proven to" in done.out


@pytest.mark.slow
def test_a_service_that_never_answered_has_no_limit_to_find(root: Path) -> None:
    (root / "frail.py").write_text(FRAIL.replace("> 4", "> 0"))
    done = boss_perf(root, "load", "--find-limit", "--max-users", "8", "--locustfile", "frail.py")
    assert done.status == 5
    assert "requests failed: too many" in done.err


@pytest.mark.slow
def test_a_worker_from_elsewhere_needs_only_the_command_it_is_told(root: Path) -> None:
    port = free_port("127.0.0.1")
    alone = boss_perf(root, "load", "--expect-workers", "1", "--port", str(port), "--wait", "1")
    assert alone.status == 5
    assert f"locust -f - --worker --master-host <this machine> --master-port {port}" in alone.err
    command = [sys.executable, "-m", "locust", "-f", "-", "--worker", "--master-host", "127.0.0.1"]
    worker = subprocess.Popen(
        [*command, "--master-port", str(port)],
        cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        done = boss_perf(root, "load", "--expect-workers", "1", "--port", str(port))
        assert done.status == 0, done.err
        assert worker.wait(20) == 0
    finally:
        worker.kill()
        worker.wait()
    with History.open(str(root / ".boss-perf" / "history.db")) as history:
        (sample,) = history.samples(history.runs()[0].id)
    assert dict(sample.facts)["workers"] == 1
    assert dict(sample.facts)["requests"] > 0


@pytest.mark.slow
def test_a_worker_that_dies_midway_ends_the_load_without_a_figure(root: Path) -> None:
    (root / "mortal.py").write_text(MORTAL)
    done = boss_perf(root, "load", "--workers", "2", "--locustfile", "mortal.py")
    assert done.status == 5
    assert "was killed by SIGKILL" in done.err
    assert "Traceback" not in done.err
    with History.open(str(root / ".boss-perf" / "history.db")) as history:
        assert history.runs() == ()


def test_serving_without_its_extra_ends_in_a_sentence():
    code = (
        "import sys; sys.modules['starlette'] = None; sys.argv = ['boss-perf', 'serve']\n"
        "import boss_perf.__main__ as main; main.main()"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 5
    assert "the service needs starlette" in ended.stderr
    assert "boss-perf[load]" in ended.stderr
    assert "Traceback" not in ended.stderr
