"""A stranger's first commands, on a library that has never seen the tool."""

from pathlib import Path

import pytest
from command_runs import boss_perf

LIBRARY = """
def total(numbers):
    return sum(numbers)
"""
SUITE = """
import pytest
from shop import total

@pytest.mark.parametrize("count", [10, 100, 1000])
def test_total(benchmark, count):
    assert benchmark(total, range(count)) == sum(range(count))

def test_words(benchmark):
    benchmark(" ".join, ["word"] * 100)
"""


@pytest.mark.parametrize("suite", [SUITE, None], ids=["with benchmarks", "without"])
def test_init_bench_gate_ends_green(tmp_path: Path, suite: str | None) -> None:
    root = tmp_path / "folder"
    (root / "tests").mkdir(parents=True)
    (root / "shop.py").write_text(LIBRARY)
    (root / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1"\n')
    if suite is not None:
        (root / "tests" / "test_perf.py").write_text(suite)
    begun = boss_perf(root, "init")
    assert begun.status == 0, begun.out + begun.err
    text = (root / "targets.yaml").read_text()
    assert "project: shop" in text
    assert text.count("\n    workload:") == (4 if suite else 1)
    assert ".boss-perf/" in (root / ".gitignore").read_text()
    checked = boss_perf(root, "check")
    assert checked.status == 0, checked.err
    benched = boss_perf(root, "bench", "--forks", "5")
    assert benched.status == 0, benched.out + benched.err
    gated = boss_perf(root, "gate", "-q")
    assert (gated.status, gated.out) == (0, f"gate open: {4 if suite else 1} met\n"), boss_perf(root, "gate").out
