"""A stranger's first commands, on a library that has never seen the tool."""

from pathlib import Path

import pytest
from command_runs import boss_perf, boss_perf_process

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


@pytest.fixture(params=[SUITE, None], ids=["with benchmarks", "without"])
def library(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, int]:
    """A library, and how many targets it begins with."""
    root = tmp_path / "folder"
    (root / "tests").mkdir(parents=True)
    (root / "shop.py").write_text(LIBRARY)
    (root / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1"\n')
    if request.param is None:
        return root, 1
    (root / "tests" / "test_perf.py").write_text(request.param)
    return root, 4


def test_init_writes_targets_that_check(library: tuple[Path, int]) -> None:
    root, count = library
    begun = boss_perf(root, "init")
    assert begun.status == 0, begun.out + begun.err
    text = (root / "targets.yaml").read_text()
    assert "project: shop" in text
    assert text.count("\n    workload:") == count
    assert ".boss-perf/" in (root / ".gitignore").read_text()
    checked = boss_perf(root, "check")
    assert checked.status == 0, checked.err
    assert f": {count} target{'s' if count > 1 else ''}, " in checked.out


@pytest.mark.parametrize(
    ("settings", "name"), [('[tool.poetry]\nname = "old-shop"\n', "old-shop"), ("[project]\n", "folder")]
)
def test_init_takes_the_projects_name_else_the_folders(tmp_path: Path, settings: str, name: str) -> None:
    root = tmp_path / "folder"
    root.mkdir()
    (root / "pyproject.toml").write_text(settings)
    assert boss_perf(root, "init").status == 0
    assert f"project: {name}\n" in (root / "targets.yaml").read_text()


def test_what_was_never_measured_is_shown_with_the_command_that_measures_it(library: tuple[Path, int]) -> None:
    root, count = library
    boss_perf(root, "init")
    shown = boss_perf(root, "show", "budgets").out
    assert shown.count("never measured") == shown.count("run boss-perf bench ") == count
    assert "ended before" not in shown


@pytest.mark.slow
def test_init_bench_gate_ends_green(library: tuple[Path, int]) -> None:
    root, count = library
    for words in (("init",), ("bench", "--forks", "5")):
        done = boss_perf_process(root, *words)
        assert done.status == 0, done.out + done.err
    gated = boss_perf_process(root, "gate", "-q")
    assert (gated.status, gated.out) == (0, f"gate open: {count} met\n"), boss_perf_process(root, "gate").out
