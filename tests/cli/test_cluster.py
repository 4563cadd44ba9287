"""A gate and a bench on a dask cluster: verdicts, who is lost, and every way in which it cannot be."""

import json
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from clusters import Cluster, cluster
from command_runs import boss_perf, boss_perf_process, started, wait_until
from fleet_suites import git

from boss_perf.store.history import History

WORK = """
def quick():
    return sum(range({quick})) * 0

def steady():
    return sum(range(2000)) * 0
"""
SUITE = """
import work

def test_quick(benchmark):
    benchmark(work.quick)

def test_steady(benchmark):
    benchmark(work.steady)
"""
TARGETS = """
project: Demo
budgets:
  - {id: quick, component: C, operation: quick, expect: p95 < 500 ms, workload: "suite/test_it.py::test_quick"}
  - {id: steady, component: C, operation: steady, expect: p95 < 500 ms, workload: "suite/test_it.py::test_steady"}
"""
AHEAD = """
import time
from datetime import datetime
from boss_perf.__main__ import main
from boss_perf.fleet import worker
from boss_perf.measure import visit_order

class Ahead:
    @staticmethod
    def now(zone):
        return datetime.fromtimestamp(time.time(), zone)

now = time.time
time.time = lambda: now() + 5 * 3600
worker.datetime = visit_order.datetime = Ahead
main()
"""
MINUTE = timedelta(minutes=1)
GATE = ("gate", "--against", "HEAD~1", "--margin", "40", "--no-memory", "--no-explain", "--budget", "300")
"""The slowdown is six times the line, and the line far from any noise."""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project") / "repository"
    (root / "suite").mkdir(parents=True)
    (root / "suite" / "test_it.py").write_text(SUITE, encoding="utf-8")
    (root / "bench.yaml").write_text(TARGETS, encoding="utf-8")
    (root / ".gitignore").write_text(".boss-perf\n", encoding="utf-8")
    git(root, "init", "-q", "-b", "main")
    for count in (2000, 7000):
        (root / "work.py").write_text(WORK.format(quick=count), encoding="utf-8")
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", "work")
    return root


@pytest.fixture(scope="module")
def two_hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("two") / "hosts", hosts=(1, 2)) as made:
        yield made


def gate_on(made: Cluster, root: Path, *words: str) -> tuple[int, dict[str, str], str]:
    """The status, the verdicts and what was said."""
    answer = root.parent / "gate.json"
    answer.unlink(missing_ok=True)
    done = boss_perf_process(root, *GATE, "--on", made.address, "-o", f"json={answer}", *words)
    told = json.loads(answer.read_text(encoding="utf-8"))["items"] if answer.exists() else []
    return done.status, {each["key"].rpartition("_")[2]: each["verdict"] for each in told}, done.out + done.err


@pytest.mark.slow
def test_two_hosts_come_to_the_verdicts_of_one(two_hosts: Cluster, repository: Path) -> None:
    status, verdicts, told = gate_on(two_hosts, repository)
    assert (status, verdicts) == (3, {"quick": "SLOWER", "steady": "NOT SLOWER"}), told
    for host in two_hosts.hosts:
        assert f"measured by tcp://{host}:" in told
    wait_until(lambda: not any(two_hosts.leftovers(number) for number in (0, 1)))


@pytest.mark.slow
def test_a_bench_keeps_its_absolute_figures_on_one_host(two_hosts: Cluster, repository: Path) -> None:
    done = boss_perf_process(repository, "bench", "-t", "bench.yaml", "--on", two_hosts.address, "--budget", "120")
    assert done.status == 0, done.err
    assert "2 of 2 met" in done.out, done.out
    with History.open(str(repository / ".boss-perf" / "history.db")) as history:
        run = history.runs(limit=1)[0]
        samples = history.samples(run.id)
    for name in ("quick", "steady"):
        hosts = {each.conditions.host for each in samples if each.workload.endswith(name) and each.phase == "calls"}
        assert len(hosts) == 1 and hosts <= set(two_hosts.hosts)


@pytest.mark.slow
def test_a_setup_command_runs_on_the_workers_and_its_failure_is_said(two_hosts: Cluster, repository: Path) -> None:
    """It works here and not there: what a missing compiler looks like."""
    command = f"""{sys.executable} -c "import os; assert 'worker' not in os.environ['TMPDIR'], 'no compiler'" """
    status, _, told = gate_on(two_hosts, repository, "--setup", command)
    assert status == 5
    assert "the set-up command of" in told and "no compiler" in told


@pytest.mark.slow
def test_two_clients_at_once_share_the_workers_and_come_to_their_own_verdicts(
    two_hosts: Cluster, repository: Path
) -> None:
    with started(repository, *GATE, "--seed", "2", "--on", two_hosts.address) as other:
        status, verdicts, told = gate_on(two_hosts, repository, "--seed", "2", "--explain")
        out, err = other.communicate(timeout=300)
    assert (status, verdicts) == (3, {"quick": "SLOWER", "steady": "NOT SLOWER"}), told
    assert other.returncode == 3, out + err
    items = json.loads((repository.parent / "gate.json").read_text(encoding="utf-8"))["items"]
    why = {each["key"].rpartition("_")[2]: each.get("explanation") for each in items}
    assert (why["quick"]["functions"][0]["function"], why["steady"]) == ("work.quick", None)


@pytest.mark.slow
def test_clocks_that_differ_by_hours_move_no_evidence(tmp_path: Path, repository: Path) -> None:
    """All of the worker, dask too, lives five hours ahead; what it measured is dated by the client's clock."""
    began = datetime.now(UTC)
    with cluster(tmp_path / "cluster") as made:
        made.add(sys.executable, "-c", AHEAD, "worker")
        store = str(tmp_path / "history.db")
        done = boss_perf_process(
            repository, "bench", "-t", "bench.yaml", "--on", made.address, "--budget", "60", "--store", store
        )
        assert "Traceback" not in made.log(0)
    assert (done.status, "2 of 2 met" in done.out) == (0, True), done.out + done.err
    with History.open(store) as history:
        samples = history.samples(history.runs(limit=1)[0].id)
    assert samples
    assert all(began - MINUTE < each.started_at < datetime.now(UTC) + MINUTE for each in samples)


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_its_visit_only(two_hosts: Cluster, repository: Path) -> None:
    two_hosts.add()
    with started(repository, *GATE, "--on", two_hosts.address, "--all") as gate:
        wait_until(lambda: bool(two_hosts.leftovers(2)), limit_s=120)
        two_hosts.workers[2].kill()
        out, err = gate.communicate(timeout=300)
    assert gate.returncode == 3, out + err
    assert "was lost; others measured what was still needed of it" in out
    assert "slower" in out.lower() and "not slower" in out.lower()


@pytest.mark.slow
def test_the_scheduler_is_killed_and_what_was_finished_is_told(tmp_path: Path, repository: Path) -> None:
    with cluster(tmp_path / "cluster") as made:
        made.add()
        with started(repository, *GATE, "--on", made.address) as gate:
            wait_until(lambda: bool(made.leftovers(0)), limit_s=120)
            made.scheduler.kill()
            out, err = gate.communicate(timeout=120)
        assert gate.returncode == 5, out + err
        assert "went away" in out and "Traceback" not in out + err
        assert made.workers[0].wait(timeout=60) == 5
        assert "the scheduler went away" in made.log(0)
        assert not made.leftovers(0)


@pytest.mark.slow
def test_who_does_not_fit_is_named(tmp_path: Path, repository: Path) -> None:
    begin = "import boss_perf.fleet.worker as at; known = at.versions(); at.versions = lambda: known | "
    end = "; from boss_perf.__main__ import main; main()"
    with cluster(tmp_path / "cluster") as made:
        status, _, told = gate_on(made, repository)
        assert (status, "the scheduler has no worker" in told) == (5, True)
        for number, name in enumerate(("boss-perf", "Python")):
            made.add(sys.executable, "-c", f"{begin}{{{name!r}: '99.0'}}{end}", "worker")
            status, _, told = gate_on(made, repository)
            assert (status, f"has {name} 99.0, this is" in told) == (5, True), told
            made.workers[number].kill()
            made.workers[number].wait()
        made.add(sys.executable, "-m", "distributed.cli.dask_worker", "--no-nanny", "--nthreads", "1")
        status, _, told = gate_on(made, repository)
        assert (status, "is no worker of boss-perf" in told) == (5, True), told


@pytest.mark.parametrize("address", ["nonsense", "http://127.0.0.1:1", "10.0.0.1:8786"])
def test_what_is_no_address_is_a_mistake(repository: Path, address: str) -> None:
    done = boss_perf(repository, *GATE, "--on", address)
    assert (done.status, "no address of a scheduler" in done.err) == (2, True)


@pytest.mark.parametrize("is_listening", [False, True])
def test_a_scheduler_that_is_not_there_or_says_nothing_ends_in_a_sentence(
    repository: Path, is_listening: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("cluster", "worker"):
        monkeypatch.setattr(f"boss_perf.fleet.{module}.CONNECT_S", 0.5)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if is_listening:
            silent.listen()
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        done = boss_perf(repository, *GATE, "--on", address)
        worker = boss_perf(repository, "worker", address)
    assert (done.status, "no scheduler answers" in done.err) == (5, True)
    assert (worker.status, "no scheduler" in worker.err) == (5, True)
    assert "Traceback" not in done.err + worker.err
