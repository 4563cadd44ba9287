"""Whatever is planted in one function of twenty, that function is named first; between equal trees none is."""

import json
from pathlib import Path

import pytest
from planted import BENCHMARK, PLANTS, write_package

from boss_perf.explain.explaining import explain_benchmarks
from boss_perf.explain.stack_files import render_collapsed, render_speedscope
from boss_perf.measure.fork import ArmPlace
from boss_perf.model.explanations import Explanation
from boss_perf.model.samples import Pass
from boss_perf.report.flamegraph import flame_of, render_flamegraph

SLOW = [
    pytest.param(*each, marks=pytest.mark.slow)
    for each in (("loop", 4), ("hop", 6), ("c_call", 12), ("allocation", 17))
]


def explained(base: Path, head: Path, *, seed: int = 1) -> Explanation:
    places = [ArmPlace(root=each, path=(str(each),)) for each in (base, head)]
    answers = explain_benchmarks(places, {BENCHMARK: (Pass.PROFILE,)}, sides=("base", "head"), timeout_s=120, seed=seed)
    answer = answers[BENCHMARK]
    assert isinstance(answer, Explanation), answer
    return answer


@pytest.mark.realtime
@pytest.mark.parametrize(("kind", "at"), [("calls", 8), *SLOW])
def test_the_planted_function_is_named_first(kind: str, at: int, tmp_path: Path) -> None:
    base = write_package(tmp_path / "base", kind="async" if kind == "hop" else None)
    explanation = explained(base, write_package(tmp_path / "head", kind=kind, at=at))
    assert [each.function for each in explanation.functions][:1] == [f"shop.work.f{at}"]
    first = explanation.functions[0]
    assert first.file == "shop/work.py" and first.is_edited
    assert (first.calls_base, first.calls_head) == (1, 1)
    planted = PLANTS[kind].splitlines()
    assert {line.text for line in first.lines} <= {line.strip().format(other=19) for line in planted}
    if kind == "calls":
        assert first.details == ("calls shop.work.f19 0 → 2 times",)


@pytest.mark.slow
@pytest.mark.realtime
def test_a_function_that_became_slower_in_another_file_is_named(tmp_path: Path) -> None:
    base, head = write_package(tmp_path / "base"), write_package(tmp_path / "head", kind="loop", at=0)
    work, new = (head / "shop" / name for name in ("work.py", "moved.py"))
    first, _, rest = work.read_text().partition("def f1(")
    new.write_text(f"from shop.work import f1, f2\n\n{first}")
    work.write_text(f"def f1({rest}\nfrom shop.moved import f0\n")
    assert [(each.function, each.is_edited) for each in explained(base, head).functions][:1] == [
        ("shop.moved.f0", True)
    ]


@pytest.mark.realtime
def test_between_equal_trees_nothing_is_named(tmp_path: Path) -> None:
    explanation = explained(write_package(tmp_path / "base"), write_package(tmp_path / "head"))
    assert explanation.functions == ()


@pytest.mark.slow
@pytest.mark.realtime
def test_the_stacks_go_into_files_that_others_open(tmp_path: Path) -> None:
    base, head = write_package(tmp_path / "base"), write_package(tmp_path / "head", kind="loop", at=0)
    explanation = explained(base, head)
    paths = {line.rpartition(" ")[0] for line in render_collapsed(explanation).splitlines()}
    assert any(path.startswith("shop.work.f0;shop.work.f1;") for path in paths)
    speedscope = json.loads(render_speedscope(explanation))
    for profile in speedscope["profiles"]:
        assert len(profile["samples"]) == len(profile["weights"]) and sum(profile["weights"]) == profile["endValue"]
    assert "shop.work.f0" in render_flamegraph(explanation)
    frames = flame_of(explanation).frames
    assert frames[0].name == "shop.work.f0" and frames[0].width == pytest.approx(100, abs=1)
