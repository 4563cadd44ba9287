"""No sabotage opens the gate: not beside the greenest of other benchmarks, and each is named."""

import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from measured_suites import Onlooker
from sabotages import CASE, HIDINGS, SABOTAGES, files_of
from test_gate import git, make_repository

from boss_perf.cli.flags import CompareFlags
from boss_perf.cli.trees import request_of
from boss_perf.errors import ExitStatus, MeasureError, UsageError
from boss_perf.judge.decision import DecisionRule
from boss_perf.judge.gate.items import items_of, waive
from boss_perf.judge.gate.summary import gate_exit_status
from boss_perf.judge.gate.terms import Declared, GateTerms, margin_of
from boss_perf.judge.needs import Observed
from boss_perf.measure.campaign import Limits
from boss_perf.measure.gate_run import GateRequest, exam_share, run_gate
from boss_perf.measure.look import Effort
from boss_perf.measure.tree import Tree
from boss_perf.measure.worktree import resolve_commit, worktree
from boss_perf.model.estimates import CaveatKind
from boss_perf.model.gate import GateItem, GateMetric, GateReport, GateVerdict, Side
from boss_perf.model.samples import Conditions, Failure, Pass, Reading, Sample, Series
from boss_perf.model.targets import TargetSet
from boss_perf.targets.loader import parse_targets

TODAY = date(2026, 11, 23)
RULE = DecisionRule(margin_ratio=0.015, alpha=0.01, fork_limit=30)


def run(root: Path, *, suite: tuple[str, ...] = ("tests",), only: str | None = None, forks: int = 2) -> GateReport:
    with worktree(root, resolve_commit(root, "HEAD")) as tree:
        request = GateRequest(
            base=Tree(root=tree, side=Side("HEAD", None), python=sys.executable),
            head=Tree(root=root, side=Side("tree", None, is_dirty=True), python=sys.executable),
            terms=GateTerms(suite=suite, today=TODAY, only=only),
            limits=Limits(forks=forks, memory_forks=0, timeout_s=5, effort=Effort(share=0.02)),
            seed=5,
        )
        return run_gate(request, watcher=Onlooker())[0]


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def green_samples() -> list[Sample]:
    """Twelve forks of a benchmark that is as fast as before."""
    batches = tuple(2_500_000 for _ in range(16))
    return [
        Sample(
            workload="t.py::test_x", phase=Pass.PAIRS, fork=number, started_at=datetime(2026, 11, 23, tzinfo=UTC),
            arms=("base", "head"), calls_per_batch=10, order=(0,) * 8,
            series=tuple(
                Series(arm, reading, tuple(each + number * 100 for each in batches))
                for arm in ("base", "head")
                for reading in (Reading.CPU_NS, Reading.WALL_NS)
            ),
            answer_digests=("a", "a"), later_digests=("a", "a"),
        )
        for number in range(12)
    ]  # fmt: skip


def declared(**changes: object) -> Declared:
    plain = Declared(names=("t.py::test_x",), collected=("t.py::test_x",))
    return replace(plain, **changes)  # type: ignore[arg-type]


def judged(known: Declared) -> list[GateItem]:
    terms = GateTerms(suite=("t.py",), today=TODAY)
    seen = Observed(samples=green_samples())
    return items_of(terms, known, benchmark="t.py::test_x", seen=seen, rule=RULE)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> GateReport:
    root = make_repository(tmp_path_factory.mktemp("ground") / "r", files_of(is_head=False))
    for path in (root / "tests").rglob("*.py"):
        path.unlink()
    write(root, files_of(is_head=True))
    return run(root)


@pytest.mark.slow
@pytest.mark.parametrize("name", SABOTAGES)
def test_no_sabotage_opens_the_gate(report: GateReport, name: str) -> None:
    """Each is judged beside a benchmark that is certainly fine, so that nothing else can close the gate."""
    own = [item for item in report.items if item.benchmark.startswith(f"tests/{name}/")]
    assert own, [item.benchmark for item in report.items]
    assert gate_exit_status([*own, *judged(declared())]) != ExitStatus.OPEN
    assert SABOTAGES[name].said in " ".join(item.reason for item in own)


@pytest.mark.slow
@pytest.mark.parametrize("name", HIDINGS)
def test_no_edit_of_the_exam_hides_a_slowdown(report: GateReport, name: str) -> None:
    [seen] = [item for item in report.items if item.benchmark.startswith(f"tests/{name}/")]
    assert seen.comparison is not None, seen.reason
    assert seen.comparison.ratio.value > 1.5
    assert "the edit takes effect when merged" in " ".join(report.notes)


@pytest.mark.parametrize(
    ("reason", "on_base", "status"),
    [
        ("slow", ("skipped", "slow"), ExitStatus.OPEN),
        ("slow (on base too)", None, ExitStatus.MISSED),
        ("slow (on base too)", ("not_collected", "gone"), ExitStatus.MISSED),
    ],
)
def test_a_skip_opens_only_where_base_skips_too_whatever_its_reason_says(
    reason: str, on_base: tuple[str, str] | None, status: int
) -> None:
    failures = {"head": Failure("skipped", reason)} | ({"base": Failure(*on_base)} if on_base else {})
    seen = Observed(failures=failures)
    terms = GateTerms(suite=("t.py",), today=TODAY)
    skipped = items_of(terms, declared(), benchmark="t.py::test_x", seen=seen, rule=RULE)
    assert skipped[0].verdict is GateVerdict.SKIPPED
    assert gate_exit_status([*skipped, *judged(declared())]) == status


@pytest.mark.parametrize(
    ("base", "head", "verdict", "status"),
    [
        ("unavailable", "unavailable", GateVerdict.SKIPPED, ExitStatus.OPEN),
        (None, "unavailable", GateVerdict.FAILED, ExitStatus.MISSED),
        ("raised", "unavailable", GateVerdict.FAILED, ExitStatus.MISSED),
        ("raised", "raised", GateVerdict.FAILED, ExitStatus.MISSED),
    ],
)
def test_what_measures_nothing_opens_only_where_it_measures_nothing_on_base(
    base: str | None, head: str, verdict: GateVerdict, status: int
) -> None:
    failures = {side: Failure(kind, "x") for side, kind in (("base", base), ("head", head)) if kind}
    terms = GateTerms(suite=("t.py",), today=TODAY)
    [item] = items_of(terms, declared(), benchmark="t.py::test_x", seen=Observed(failures=failures), rule=RULE)
    assert (item.verdict, "on base too" in item.reason) == (verdict, base == head)
    assert gate_exit_status([item, *judged(declared())]) == status


def test_memory_that_there_was_no_time_for_is_said_and_opens_nothing() -> None:
    terms = GateTerms(suite=("t.py",), today=TODAY)
    seen = Observed(samples=green_samples(), is_untraced=True)
    timed, memory = items_of(terms, declared(), benchmark="t.py::test_x", seen=seen, rule=RULE)
    assert (timed.verdict, memory.verdict) == (GateVerdict.NOT_SLOWER, GateVerdict.UNDECIDED)
    assert memory.reason == "memory was not measured"
    assert memory.margin_ratio == terms.memory_margin_ratio
    assert gate_exit_status([timed, memory]) == ExitStatus.UNDECIDED
    new = items_of(terms, declared(names=(), added=("t.py::test_x",)), benchmark="t.py::test_x", seen=seen, rule=RULE)
    assert {each.verdict for each in new} == {GateVerdict.NEW}


def test_a_plain_benchmark_is_green_and_a_new_one_passes_whatever_it_shows() -> None:
    assert gate_exit_status(judged(declared())) == ExitStatus.OPEN
    [added] = judged(declared(names=(), added=("t.py::test_x",)))
    assert added.verdict is GateVerdict.NEW
    assert "with head's suite on both sides" in added.reason


NO_LONGER = Observed(failures={"head": Failure("raised", "no such argument")})


@pytest.mark.parametrize(
    ("again", "verdict", "said"),
    [
        (Observed(samples=green_samples()), GateVerdict.UNDECIDED, "the exam itself had to change"),
        (Observed(failures={"base": Failure("raised", "no")}), GateVerdict.UNDECIDED, "new interface"),
        (Observed(failures={"head": Failure("raised", "no")}), GateVerdict.FAILED, "no such argument"),
        (None, GateVerdict.FAILED, "no such argument"),
    ],
)
def test_where_the_interface_changed_heads_version_is_asked(again: Observed | None, verdict: str, said: str) -> None:
    known = declared(revised=frozenset({"t.py::test_x"}))
    assert known.wants_heads_suite("t.py::test_x", NO_LONGER)
    terms = GateTerms(suite=("t.py",), today=TODAY)
    [item] = items_of(terms, known, benchmark="t.py::test_x", seen=NO_LONGER, rule=RULE, again=again)
    assert item.verdict is verdict
    assert said in item.reason
    assert (item.comparison is not None) == (again is not None and not again.failures)


def test_what_cannot_be_run_on_base_is_no_fault_of_the_change() -> None:
    seen = Observed(failures={"base": Failure("raised", "broken there")})
    terms = GateTerms(suite=("t.py",), today=TODAY)

    def verdict(known: Declared) -> GateVerdict:
        return items_of(terms, known, benchmark="t.py::test_x", seen=seen, rule=RULE)[0].verdict

    assert verdict(declared()) is GateVerdict.UNDECIDED
    assert verdict(declared(unknown_to_base=frozenset({"t.py::test_x"}))) is GateVerdict.NEW
    assert verdict(declared(names=(), added=("t.py::test_x",))) is GateVerdict.NEW


def test_arms_that_do_not_share_a_memory_layout_are_doubted() -> None:
    alike, apart = (
        [replace(each, conditions=Conditions(is_heap_shared=told)) for each in green_samples()]
        for told in (True, False)
    )
    terms = GateTerms(suite=("t.py",), today=TODAY)
    for samples, kinds in (
        (alike, []), ([*alike[:11], *apart[11:]], []), ([*alike[:9], *apart[9:]], [CaveatKind.HEAPS_DIFFER]),
    ):  # fmt: skip
        seen = Observed(samples=samples)
        [item] = items_of(terms, declared(), benchmark="t.py::test_x", seen=seen, rule=RULE)
        assert [each.kind for each in item.caveats if each.kind is CaveatKind.HEAPS_DIFFER] == kinds


@pytest.mark.parametrize(("added", "share"), [((), 1.0), (("t.py::test_new",), 0.5), (("t.py::test_new",) * 150, 0.5)])
def test_the_benchmarks_that_a_change_adds_leave_time_for_those_of_base(added: tuple[str, ...], share: float) -> None:
    assert exam_share(declared(added=added)) == share


def test_a_benchmark_that_the_time_did_not_reach_says_so() -> None:
    terms = GateTerms(suite=("t.py",), today=TODAY)
    [item] = items_of(terms, declared(), benchmark="t.py::test_x", seen=Observed(), rule=RULE)
    assert (item.verdict, item.reason) == (GateVerdict.UNDECIDED, "the run ended before it was measured")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    package = "def work(n):\n    return sum(range(n))\n"
    root = tmp_path_factory.mktemp("plain") / "r"
    return make_repository(root, {"pkg/__init__.py": package, "tests/test_bench.py": CASE})


def changed(plain: Path, tmp_path: Path, files: dict[str, str]) -> Path:
    root = tmp_path / "r"
    git(plain, "clone", "-q", str(plain), str(root))
    write(root, files)
    return root


def test_a_pattern_that_matches_nothing_is_an_error(plain: Path) -> None:
    with pytest.raises(UsageError, match="matches none of 1"):
        run(plain, only="no_such_benchmark")


def test_the_only_benchmark_file_deleted_is_not_green(plain: Path, tmp_path: Path) -> None:
    root = changed(plain, tmp_path, {})
    (root / "tests/test_bench.py").unlink()
    report = run(root, forks=1)
    measured, removed = report.items
    assert (measured.metric, removed.metric) == (GateMetric.TIME, GateMetric.SUITE)
    assert measured.comparison is not None
    assert removed.verdict is GateVerdict.REMOVED
    assert report.exit_status != ExitStatus.OPEN


@pytest.mark.parametrize("use", ["import pkg\n\n\ndef test_it(benchmark):\n    benchmark(pkg.work, 9)\n", CASE])
def test_a_benchmark_that_goes_with_what_it_measures_is_removed_and_not_failed(
    plain: Path, tmp_path: Path, use: str
) -> None:
    root = changed(plain, tmp_path, {"tests/test_bench.py": use})
    git(root, "commit", "-qam", "base", "--allow-empty")
    (root / "tests/test_bench.py").unlink()
    write(root, {"pkg/__init__.py": "def other(n):\n    return n\n"})
    [removed] = run(root, forks=1).items
    assert removed.verdict is GateVerdict.REMOVED


@pytest.mark.parametrize(
    "text",
    [
        "import os; os._exit(0)",
        pytest.param("import pytest; pytest.exit('done', 0)", marks=pytest.mark.slow),
        pytest.param("import sys; sys.exit(0)", marks=pytest.mark.slow),
    ],
)
def test_a_conftest_of_the_change_that_ends_the_process_closes_the_gate(plain: Path, tmp_path: Path, text: str) -> None:
    report = run(changed(plain, tmp_path, {"tests/conftest.py": text}), forks=1)
    measured, broken = report.items
    assert measured.comparison is not None
    assert broken.verdict is GateVerdict.FAILED
    assert "own suite" in broken.reason


@pytest.mark.slow
def test_options_in_an_ini_file_do_not_skip_benchmarks(plain: Path, tmp_path: Path) -> None:
    root = changed(
        plain, tmp_path, {"pytest.ini": "[pytest]\naddopts = --benchmark-skip --benchmark-disable -k nothing\n"}
    )
    items = run(root, forks=1).items
    assert [item.comparison is not None for item in items] == [True]


@pytest.mark.slow
def test_an_installed_copy_in_both_arms_is_an_error_even_beside_own_code(plain: Path, tmp_path: Path) -> None:
    copy = tmp_path / "site"
    write(copy, {"pkg/__init__.py": "def work(n):\n    return n\n"})
    trick = f"import sys\nsys.path.insert(0, {str(copy)!r})\n"
    root = changed(
        plain, tmp_path, {"tests/conftest.py": f"{trick}import pkg\nsys.path.pop(0)\nimport tool\n", "tool.py": ""}
    )
    git(root, "add", "-A")
    git(root, "commit", "-qm", "trick")
    with pytest.raises(MeasureError, match="pkg comes from"):
        run(root)


def test_a_suite_folder_cannot_vanish_from_what_is_looked_at(tmp_path: Path) -> None:
    write(tmp_path, {"old/benchmarks/test_a.py": CASE, "old/tests/test_b.py": CASE, "new/tests/test_b.py": CASE})
    base, head = (Tree(root=tmp_path / each, side=Side(each, None), python=sys.executable) for each in ("old", "new"))
    assert request_of(base, head, CompareFlags()).terms.suite == ("tests", "benchmarks")


TARGETS = """
project: x
optimizations:
  - id: slow
    name: Slow
    workload: tests/test_bench.py::test_it
    expect: latency -10%
"""


def targets(extra: str = "") -> TargetSet:
    return parse_targets((TARGETS + extra).encode(), path="targets.yaml")


def closed_item() -> GateItem:
    return GateItem(
        benchmark="tests/test_bench.py::test_it", metric=GateMetric.TIME, verdict=GateVerdict.SLOWER, reason="+9 %",
        margin_ratio=0.015,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("base", "head", "status"),
    [
        ("2026-11-23", None, ExitStatus.OPEN),
        ("2026-11-22", None, ExitStatus.MISSED),
        (None, "2027-01-01", ExitStatus.MISSED),
    ],
    ids=["valid", "ended yesterday", "added by the change"],
)
def test_only_a_valid_waiver_of_base_excuses(base: str | None, head: str | None, status: int) -> None:
    def with_waiver(until: str | None) -> TargetSet:
        text = f"    waive: {{until: {until}, reason: known, approver: Ada}}\n" if until else ""
        return targets(text)

    terms = GateTerms(suite=("tests",), today=TODAY, base_targets=with_waiver(base), head_targets=with_waiver(head))
    assert gate_exit_status(waive([closed_item()], terms)) == status


@pytest.mark.parametrize(
    ("excuses", "verdict", "status"),
    [
        ("", GateVerdict.SLOWER, ExitStatus.OPEN),
        ("", GateVerdict.UNDECIDED, ExitStatus.OPEN),
        ("", GateVerdict.REMOVED, ExitStatus.MISSED),
        ("", GateVerdict.CHANGED_ANSWER, ExitStatus.MISSED),
        (", excuses: removed", GateVerdict.REMOVED, ExitStatus.OPEN),
        (", excuses: [removed, changed_answer]", GateVerdict.CHANGED_ANSWER, ExitStatus.OPEN),
        (", excuses: removed", GateVerdict.SLOWER, ExitStatus.MISSED),
    ],
)
def test_a_waiver_excuses_only_what_it_names(excuses: str, verdict: GateVerdict, status: int) -> None:
    base = targets(f"    waive: {{until: 2027-01-01, reason: known, approver: Ada{excuses}}}\n")
    terms = GateTerms(suite=("tests",), today=TODAY, base_targets=base, head_targets=base)
    assert gate_exit_status(waive([replace(closed_item(), verdict=verdict)], terms)) == status


def test_a_change_cannot_widen_a_margin_but_a_new_benchmark_brings_its_own() -> None:
    name = "tests/test_bench.py::test_it"
    wide = targets("    margin: 50%\n")
    terms = GateTerms(suite=("tests",), today=TODAY, base_targets=targets(), head_targets=wide)
    assert margin_of(terms, name, is_new=False) == 0.015
    assert margin_of(terms, name, is_new=True) == 0.5
    swapped = replace(terms, base_targets=wide, head_targets=targets())
    assert margin_of(swapped, name, is_new=False) == 0.015
    assert margin_of(replace(swapped, head_targets=wide), name, is_new=False) == 0.5


def test_a_change_cannot_widen_the_policys_margins(tmp_path: Path) -> None:
    wide = targets()
    wide = replace(wide, policy=replace(wide.policy, margin_ratio=0.5, memory_margin_ratio=0.5))
    tree = Tree(root=tmp_path, side=Side("x", None), python=sys.executable)
    terms = request_of(tree, tree, CompareFlags(), head_targets=wide, base_targets=targets()).terms
    assert (terms.margin_ratio, terms.memory_margin_ratio) == (0.015, 0.01)
