"""Runs the command line as a user does, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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


def boss_perf(root: Path, *words: str, prefix: Sequence[str] = (), **environment: str) -> Done:
    """Run `boss-perf WORDS` in a folder; no terminal, plain text; `prefix` is the command that runs it."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith(("GITHUB_", "BOSS_PERF_"))}
    clean |= {"COLUMNS": "200", "NO_COLOR": "1", "TMPDIR": str(root.parent), **environment}
    command = [*prefix, sys.executable, "-m", "boss_perf", *words]
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=300, check=False,
        env=clean, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


def write_project(root: Path, *, targets: str = TARGETS, suite: str = SUITE) -> Path:
    """A project with a suite and targets."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "targets.yaml").write_text(targets, encoding="utf-8")
    (root / "test_it.py").write_text(suite, encoding="utf-8")
    return root
