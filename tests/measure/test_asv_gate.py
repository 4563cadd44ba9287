"""A gate over an asv suite: base's benchmarks examine both sides, whatever the change does to them."""

import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from measured_suites import Onlooker
from test_gate import make_repository

from boss_perf.cli.flags import CompareFlags
from boss_perf.cli.trees import default_suite, request_of, tree_of
from boss_perf.errors import UsageError
from boss_perf.judge.gate.terms import margin_of
from boss_perf.measure.gate_run import run_gate
from boss_perf.measure.listing import Listing
from boss_perf.measure.look import Effort
from boss_perf.model.gate import GateMetric, GateReport, GateVerdict, Side

pytest.importorskip("asv_runner")

CONFIG = '{"regressions_thresholds": {"it.": 0.25}, /* rest */}'
SUITE = """
import pkg
class TimeWork:
    params = [100]
    param_names = ["n"]
    def setup(self, n):
        self.n = n
    def time_work(self, n):
        return pkg.work(self.n)
def track_size():
    return 3
"""
SLOW = "def work(n):\n    return [sum(range(n)) for _ in range(40)][0]\n"
FAST = "def work(n):\n    return [sum(range(n)) for _ in range(10)][0]\n"


def side(tmp_path: Path, name: str, files: dict[str, str]) -> Path:
    return make_repository(tmp_path / name, {"pkg/__init__.py": FAST, **files})


def asv_in(place: str, *, config: str = CONFIG, suite: str = SUITE) -> dict[str, str]:
    home = f"{place}/" if place else ""
    return {
        f"{home}asv.conf.json": config, f"{home}benchmarks/__init__.py": "", f"{home}benchmarks/it.py": suite,
        f"{home}common.py": "",
    }  # fmt: skip


@pytest.mark.parametrize("place", ["", "asv_bench", "benchmarks"])
def test_the_suite_is_found_and_is_no_product(tmp_path: Path, place: str) -> None:
    root = side(tmp_path, "r", asv_in(place))
    suite = default_suite(root)
    folder = f"{place}/benchmarks".lstrip("/")
    assert suite[0] == folder
    listing = Listing(tree_of(root, Side("x", None), flags()), suite=("tests",))
    assert listing.product.is_suite(f"{folder}/it.py")
    assert "pkg" in listing.product.modules
    assert not {"asv_bench", "benchmarks"} & listing.product.modules


def test_a_broken_configuration_is_an_error_with_its_place(tmp_path: Path) -> None:
    root = side(tmp_path, "r", asv_in("", config='{"benchmark_dir": "missing"}'))
    with pytest.raises(UsageError, match="missing does not exist") as caught:
        default_suite(root)
    assert caught.value.where == str(root / "asv.conf.json")


def flags(**more: object) -> CompareFlags:
    values: dict[str, object] = {"forks": 12, "jobs": 1, "memory": False, "suite": [], "path": [], "timeout_s": 60.0}
    return CompareFlags(**(values | more))  # type: ignore[arg-type]


def test_a_change_can_tighten_a_threshold_and_never_widen_it(tmp_path: Path) -> None:
    strict = side(tmp_path, "strict", asv_in(""))
    wide = side(tmp_path, "wide", asv_in("", config=CONFIG.replace("0.25", "0.9")))
    name = "benchmarks/it.py::TimeWork::time_work[n=100]"
    for base, head, wanted in ((strict, wide, 0.25), (wide, strict, 0.25), (wide, wide, 0.9)):
        terms = request_of(
            tree_of(base, Side("b", None), flags()), tree_of(head, Side("h", None), flags()), flags()
        ).terms
        assert margin_of(terms, name, is_new=False) == wanted
        assert margin_of(terms, "tests/test_it.py::test_it", is_new=False) == terms.margin_ratio
    stated = request_of(
        tree_of(wide, Side("b", None), flags()), tree_of(wide, Side("h", None), flags()), flags(margin=2.0)
    ).terms
    assert margin_of(stated, name, is_new=False) == 0.02


def gate_of(base: Path, head: Path) -> GateReport:
    sides = tree_of(base, Side("base", None), flags()), tree_of(head, Side("HEAD", None), flags())
    request = request_of(*sides, flags(seed=3, budget_s=120.0))
    brief = replace(request.limits, effort=Effort(share=0.05))
    return run_gate(replace(request, limits=brief), watcher=Onlooker())[0]


@pytest.mark.slow
def test_bases_suite_examines_both_sides_and_a_slow_change_is_seen(tmp_path: Path) -> None:
    base = side(tmp_path, "base", asv_in("asv_bench"))
    eased = SUITE.replace("pkg.work(self.n)", "0")
    head = side(tmp_path, "head", {**asv_in("asv_bench", suite=eased), "pkg/__init__.py": SLOW})
    report = gate_of(base, head)
    item = next(each for each in report.items if each.metric is GateMetric.TIME)
    assert item.benchmark == "asv_bench/benchmarks/it.py::TimeWork::time_work[n=100]"
    assert item.verdict is GateVerdict.SLOWER
    assert item.margin_ratio == 0.25
    assert any("asv_bench/benchmarks/it.py" in note for note in report.notes)
    assert any("not gated: asv_bench/benchmarks/it.py::track_size" in note for note in report.notes)


@pytest.mark.slow
def test_where_one_side_needs_a_set_up_for_each_call_both_get_one(tmp_path: Path) -> None:
    suite = """
        import pkg
        class TimeWork:
            def setup(self):
                self.kept = {}
            def time_work(self):
                pkg.work(self.kept)
    """
    base = "def work(kept):\n    return [sum(range(200)) for _ in range(40)][0]\n"
    head = (
        "def work(kept):\n    if 'answer' not in kept:\n"
        "        kept['answer'] = [sum(range(200)) for _ in range(160)][0]\n    return kept['answer']\n"
    )
    roots = [
        side(tmp_path, name, {**asv_in("", suite=textwrap.dedent(suite)), "pkg/__init__.py": text})
        for name, text in (("base", base), ("head", head))
    ]
    report = gate_of(*roots)
    item = next(each for each in report.items if each.metric is GateMetric.TIME)
    assert item.comparison is not None, item.reason
    assert item.comparison.ratio.value > 1.5  # batches after one set-up would show a hundredth
