"""Real locust runs of about two seconds against the real service on loopback."""

import os
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from boss_perf.errors import UsageError, WorkloadError
from boss_perf.load.outcome import LoadOutcome
from boss_perf.load.processes import RECORDER, free_port
from boss_perf.load.records import LoadProgress
from boss_perf.load.runner import LoadWorkers, OnProgress, run_load
from boss_perf.model.metrics import Metric, Statistic
from boss_perf.model.samples import Reading
from boss_perf.model.targets import LoadProfile
from boss_perf.stats.loads import estimate_load

pytestmark = pytest.mark.slow
SHORT = LoadProfile(users=4, spawn_rate_per_s=100.0, duration_s=1.0)
KNOWN_TIMES = """
    import itertools, os, time
    from locust import User, constant, task

    SERIES = itertools.count()
    LOG = open(os.path.join({folder!r}, f"{{os.getpid()}}.known"), "w", buffering=1)

    class Known(User):
        wait_time = constant(0.001)

        @task
        def fire(self):
            number = next(SERIES)
            response_ms = ((os.getpid() * 7919 + number * 104729) % 1_000_003) / 1000 + 0.000125
            failed = number % 10 == 9
            self.environment.events.request.fire(
                request_type="known", name="known", response_time=response_ms, response_length=0,
                exception=ValueError("one in ten") if failed else None, start_time=time.time(),
            )
            LOG.write(f"{{round(response_ms * 1e6)}} {{int(failed)}}\\n")
"""


def load(
    profile: LoadProfile, *, host: str | None = None, locustfile: str | None = None, workers: LoadWorkers | None = None,
    on_progress: OnProgress | None = None,
) -> LoadOutcome:  # fmt: skip
    asked = replace(profile, host=host, locustfile=locustfile)
    return run_load(asked, workload="load", workers=workers or LoadWorkers(), on_progress=on_progress)


def test_the_service_under_load(service: str) -> None:
    seen: list[LoadProgress] = []
    outcome = load(SHORT, host=service, on_progress=seen.append)
    facts = dict(outcome.sample.facts)
    assert facts["failures"] == 0 and outcome.errors == ()
    assert facts["users"] == facts["users_asked"] == 4
    assert facts["is_steady"] == 1
    answered = outcome.sample.values("answered", Reading.WALL_NS)
    assert len(answered) == round(facts["throughput"] * facts["window_s"]) <= outcome.requests_count
    starts = outcome.sample.values("answered", Reading.STARTED_NS)
    assert list(starts) == sorted(starts) and starts[-1] <= facts["window_s"] * 1e9
    assert seen and seen[-1].users == 4
    p95 = estimate_load([outcome.sample], metric=Metric.LATENCY, statistic=Statistic.P95, confidence_ratio=0.95)
    assert 0 < p95.value < 5e9


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_every_raw_value_of_every_worker_arrives(tmp_path: Path, locustfile, workers: int) -> None:
    file = locustfile(textwrap.dedent(KNOWN_TIMES.format(folder=str(tmp_path))))
    outcome = load(SHORT, locustfile=file, workers=LoadWorkers(workers=workers))
    told = Counter()
    for path in tmp_path.glob("*.known"):
        told.update(tuple(map(int, line.split())) for line in path.read_text().splitlines())
    assert len(list(tmp_path.glob("*.known"))) == workers + (workers > 1)  # the master loads the file too
    assert outcome.requests_count == told.total()
    kept = Counter((ns, 0) for ns in outcome.sample.values("answered", Reading.WALL_NS))
    kept.update((ns, 1) for ns in outcome.sample.values("failed", Reading.WALL_NS))
    assert kept <= told, "a value that was never measured"
    assert kept.total() > 0.5 * told.total()
    assert dict(outcome.sample.facts)["failures"] == pytest.approx(0.1, abs=0.02)
    assert dict(outcome.errors) == {"one in ten": sum(count for (_, failed), count in told.items() if failed)}


def test_workers_on_other_machines_send_their_raw_values(tmp_path: Path, locustfile) -> None:
    file = locustfile(textwrap.dedent(KNOWN_TIMES.format(folder=str(tmp_path))))
    port = free_port("127.0.0.1")
    elsewhere = {name: text for name, text in os.environ.items() if name != "BOSS_PERF_LOAD_DIR"}
    follow = [sys.executable, "-m", "locust", "-f", f"{RECORDER},{file}", "--worker", "--master-port", str(port)]
    workers = [
        subprocess.Popen(
            follow, env=elsewhere, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(2)
    ]
    try:
        asked = LoadWorkers(expect_workers=2, master_port=port)
        outcome = load(SHORT, locustfile=file, workers=asked)
        assert [worker.wait(20) for worker in workers] == [0, 0]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    told = [line for path in tmp_path.glob("*.known") for line in path.read_text().splitlines()]
    assert outcome.requests_count == len(told)
    assert dict(outcome.sample.facts)["workers"] == 2


def test_nothing_answers_at_the_host() -> None:
    with pytest.raises(WorkloadError, match="nothing answers there") as caught:
        load(SHORT, host=f"http://127.0.0.1:{free_port('127.0.0.1')}")
    assert caught.value.hint


def test_a_service_that_drops_every_connection() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def drop() -> None:
            while True:
                try:
                    listener.accept()[0].close()
                except OSError:
                    return

        threading.Thread(target=drop, daemon=True).start()
        with pytest.raises(WorkloadError, match="requests failed") as caught:
            load(SHORT, host=f"http://127.0.0.1:{listener.getsockname()[1]}")
        assert "times" in caught.value.message


def test_a_service_that_never_answers(locustfile) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        workers = LoadWorkers(open_requests_s=1)
        file = locustfile(ONE_GET)
        with pytest.raises(WorkloadError, match="no request was finished"):
            load(
                SHORT,
                host=f"http://127.0.0.1:{listener.getsockname()[1]}",
                locustfile=file,
                workers=workers,
            )


ONE_GET = """
from locust import FastHttpUser, task
class One(FastHttpUser):
    @task
    def get(self):
        self.client.get("/health")
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import locust\nraise ValueError('boom at import')", "ValueError: boom at import"),
        ("def broken(:", "SyntaxError"),
        ("x = 1", "No User class found"),
        (
            "from locust import User, task\nclass U(User):\n @task\n def t(self): raise KeyError('in a task')",
            "raised in the locust file: KeyError",
        ),
    ],
)
def test_a_locust_file_that_raises(locustfile, text: str, words: str) -> None:
    with pytest.raises(WorkloadError) as caught:
        load(SHORT, locustfile=locustfile(text))
    assert words in caught.value.message
    assert "lf.py" in str(caught.value.where)


def test_a_locust_file_that_raises_in_workers(locustfile) -> None:
    text = (
        "import sys\nfrom locust import User\nif '--worker' in sys.argv: raise ValueError('boom')\nclass U(User): pass"
    )
    with pytest.raises(WorkloadError, match="boom"):
        load(SHORT, locustfile=locustfile(text), workers=LoadWorkers(workers=2))


def test_workers_that_never_come(locustfile) -> None:
    with pytest.raises(WorkloadError, match="did not all come") as caught:
        load(
            SHORT,
            locustfile=locustfile(ONE_GET),
            workers=LoadWorkers(expect_workers=2, worker_wait_s=1),
        )
    assert "--worker" in str(caught.value.hint)


def test_a_worker_that_dies_midway_ends_the_run_and_leaves_nothing_behind(tmp_path: Path, locustfile) -> None:
    text = textwrap.dedent(f"""
        import os, signal, sys, gevent
        from locust import User, constant, task
        open(os.path.join({str(tmp_path)!r}, f"{{os.getpid()}}.pid"), "w").close()
        class U(User):
            wait_time = constant(0.01)
            @task
            def t(self):
                self.environment.events.request.fire(
                    request_type="x", name="x", response_time=1.0, response_length=0, exception=None)
                if self.environment.runner.worker_index == 0:
                    gevent.spawn_later(0.5, os.kill, os.getpid(), signal.SIGKILL)
    """)
    started_s = time.monotonic()
    profile = LoadProfile(users=4, spawn_rate_per_s=100.0, duration_s=60.0)
    with pytest.raises(WorkloadError, match=r"worker \d of 2 was killed by SIGKILL"):
        load(profile, locustfile=locustfile(text), workers=LoadWorkers(workers=2))
    assert time.monotonic() - started_s < 40, "it waited for the end of the run"
    for path in tmp_path.glob("*.pid"):
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.stem), 0)


def test_two_masters_on_one_port(locustfile) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as holder:
        workers = LoadWorkers(workers=2, master_port=holder.getsockname()[1])
        with pytest.raises(WorkloadError, match="is taken") as caught:
            load(SHORT, locustfile=locustfile(ONE_GET), workers=workers)
    assert "port" in str(caught.value.hint)


def test_an_interruption_ends_every_process(tmp_path: Path, locustfile) -> None:
    text = textwrap.dedent(f"""
        import os
        from locust import User, constant, task
        open(os.path.join({str(tmp_path)!r}, f"{{os.getpid()}}.pid"), "w").close()
        class U(User):
            wait_time = constant(1)
            @task
            def t(self): pass
    """)

    def interrupt(_: LoadProgress) -> None:
        if len(list(tmp_path.glob("*.pid"))) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        profile = LoadProfile(users=4, spawn_rate_per_s=100.0, duration_s=30.0)
        load(profile, locustfile=locustfile(text), workers=LoadWorkers(workers=2), on_progress=interrupt)
    for path in tmp_path.glob("*.pid"):
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.stem), 0)


def test_requests_that_hang_to_the_end_are_a_doubt(locustfile) -> None:
    text = textwrap.dedent("""
        import gevent, itertools
        from locust import User, constant, task
        NUMBERS = itertools.count()
        class U(User):
            wait_time = constant(0.01)
            @task
            def t(self):
                if next(NUMBERS) == 20: gevent.sleep(60)
                self.environment.events.request.fire(
                    request_type="x", name="x", response_time=1.0, response_length=0, exception=None)
    """)
    outcome = load(SHORT, locustfile=locustfile(text), workers=LoadWorkers(open_requests_s=1))
    assert dict(outcome.sample.facts)["is_cut"] == 1


def test_a_generator_that_cannot_keep_up_says_so(locustfile) -> None:
    text = textwrap.dedent("""
        from locust import User, constant, task
        class U(User):
            wait_time = constant(0)
            @task
            def t(self):
                sum(range(200_000))
                self.environment.events.request.fire(
                    request_type="x", name="x", response_time=0.01, response_length=0, exception=None)
    """)
    profile = LoadProfile(users=4, spawn_rate_per_s=100.0, duration_s=2.0)
    outcome = load(profile, locustfile=locustfile(text))
    estimate = estimate_load([outcome.sample], metric=Metric.LATENCY, statistic=Statistic.P50, confidence_ratio=0.95)
    assert any("load generator" in caveat.text for caveat in estimate.caveats)


@pytest.mark.parametrize(
    ("profile", "options", "words"),
    [
        (LoadProfile(1, 1.0, 1.0), {"workers": LoadWorkers(workers=2)}, "cannot be shared"),
        (LoadProfile(1, 1.0, 1.0), {}, "no host"),
        (LoadProfile(1, 1.0, 1.0), {"host": "ftp://x"}, "not an http"),
        (LoadProfile(1, 1.0, 1.0), {"locustfile": "nowhere.py"}, "no such locust file"),
        (LoadProfile(1, 1.0, 1.0), {"locustfile": "a,b.py"}, "comma"),
    ],
)
def test_a_load_that_makes_no_sense_is_refused_before_it_starts(profile, options, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        load(profile, **options)
