"""Runs the command line as a user does: from the words to the status and what was printed."""

import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from boss_perf.cli.app import build_app
from boss_perf.cli.streams import speak_plainly

SUITE = """
def test_fast(benchmark):
    benchmark(sum, range(50))

def test_slow(benchmark):
    benchmark(sum, range(200000))

def test_pair(paired):
    paired(baseline=lambda: sum(range(20000)), optimized=lambda: sum(range(2000)), agree=lambda a, b: True)

def test_keep(paired):
    paired(baseline=lambda: [0] * 100000, optimized=lambda: [0] * 20000, agree=lambda a, b: True)

def test_wrong(paired):
    paired(baseline=lambda: 1, optimized=lambda: 2)
"""

TARGETS = """
project: Demo
policy: {time_budget: 1 min}
optimizations:
  - {id: pair, name: Pair, expect: latency -50%, workload: "test_it.py::test_pair"}
  - {id: keep, name: Keep, expect: retained_memory -30%, workload: "test_it.py::test_keep"}
  - {id: wrong, name: Wrong, expect: latency -50%, workload: "test_it.py::test_wrong"}
  - {id: gone, name: Gone, expect: latency -50%, workload: "test_it.py::test_pears"}
  - {id: idle, name: Idle, expect: latency -50%}
budgets:
  - {id: fast, component: C, operation: fast, expect: p95 < 50 ms, workload: "test_it.py::test_fast"}
  - {id: slow, component: C, operation: slow, expect: mean < 1 us, workload: "test_it.py::test_slow"}
"""


# Root may write anywhere, unless it gives that right away.
AS_A_USER = (
    ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search")
    if os.geteuid() == 0
    else ()
)


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str


def boss_perf(root: Path, *words: str, **environment: str) -> Done:
    """`boss-perf WORDS` in a folder; no terminal, plain text.

    In this process, for to start one takes longer than most commands do; a bench looks a sixth as hard as it would.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    speak_plainly(out, err)
    try:
        with (
            chdir(root),
            mock.patch.dict(os.environ, _surroundings(root, environment), clear=True),
            mock.patch.object(tempfile, "tempdir", None),
            mock.patch.multiple("boss_perf.cli.bench", EFFORT_SHARE=0.1, QUICK_SHARE=0.05),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            build_app()(list(words), prog_name="boss-perf")
    except SystemExit as end:
        status = end.code
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert isinstance(status, int)
    return Done(status, *(each.buffer.getvalue().decode() for each in (out, err)))


def boss_perf_process(root: Path, *words: str, prefix: Sequence[str] = (), **environment: str) -> Done:
    """The same as a user has it, in a process of its own; `prefix` is the command that runs it."""
    done = subprocess.run(
        [*prefix, *_command(words)], cwd=root, capture_output=True, text=True, timeout=300, check=False,
        env=_surroundings(root, environment), stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


@contextmanager
def started(root: Path, *words: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """The same, while it runs; killed when the block ends before it."""
    process = subprocess.Popen(
        _command(words), cwd=root, env=_surroundings(root, environment), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(is_so: Callable[[], bool], *, limit_s: float = 60.0) -> None:
    """Look until it is so; a test that waits longer has failed."""
    end_s = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < end_s, "it did not come to be so"
        time.sleep(0.05)


def _command(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "boss_perf", *words]


def _surroundings(root: Path, environment: Mapping[str, str]) -> dict[str, str]:
    clean = {name: text for name, text in os.environ.items() if not name.startswith(("GITHUB_", "BOSS_PERF_"))}
    given = {"COLUMNS": "200", "NO_COLOR": "1", "TMPDIR": str(root.parent), **environment}
    return clean | {"BOSS_PERF_LOCK": f"{given['TMPDIR']}/boss-perf.lock", **given}


def write_project(root: Path, *, targets: str = TARGETS, suite: str = SUITE) -> Path:
    """A project with a suite and targets."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "targets.yaml").write_text(targets, encoding="utf-8")
    (root / "test_it.py").write_text(suite, encoding="utf-8")
    return root
