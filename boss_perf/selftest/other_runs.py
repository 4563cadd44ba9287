"""pytest-benchmark as it is, over the same work on the same machine, for the table that compares gates."""

import json
import random
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

from boss_perf.errors import MeasureError
from boss_perf.measure.machine.temp_folders import folder_prefix
from boss_perf.selftest.rates import RivalRun
from boss_perf.selftest.run import bursts
from boss_perf.selftest.suite import SUITE_FILE, WORK, write_tree

RUN_LIMIT_S = 180.0


def run_rivals(*, seed: int, runs: int = 4) -> tuple[RivalRun, ...]:
    """So many default runs quiet and as many under bursts, in time order."""
    rng = random.Random(seed)
    found = []
    with tempfile.TemporaryDirectory(prefix=folder_prefix("proof")) as folder:
        root = write_tree(Path(folder) / "base", share=0.0)
        for condition in ("as found", "bursts"):
            with bursts(rng.randrange(2**31)) if condition == "bursts" else nullcontext():
                found += [_run(root, condition) for _ in range(runs)]
    return tuple(found)


def _run(root: Path, condition: str) -> RivalRun:
    began_s = time.monotonic()
    result = root / "result.json"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:boss_perf", SUITE_FILE]
    done = subprocess.run(
        [*command, f"--benchmark-json={result}"], cwd=root, capture_output=True, text=True, timeout=RUN_LIMIT_S,
        check=False, env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    if done.returncode:
        raise MeasureError("pytest-benchmark could not run the examination's suite", hint=done.stdout[-500:])
    benchmarks = json.loads(result.read_text(encoding="utf-8"))["benchmarks"]
    stats = {each["param"]: each["stats"] for each in benchmarks}
    return RivalRun(
        condition=condition,
        mean_ns={work: stats[work]["mean"] * 1e9 for work in WORK},
        min_ns={work: stats[work]["min"] * 1e9 for work in WORK},
        elapsed_s=time.monotonic() - began_s,
    )
