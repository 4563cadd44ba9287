"""A workload that is not there, or that can never prove its promise, is said before anything is measured."""

import pytest

from boss_perf.errors import TargetsError
from boss_perf.targets.loader import parse_targets
from boss_perf.targets.resolution import check_workloads, reported_facts

TARGETS = """
project: P
optimizations:
  - {{id: one, name: One, expect: "{change}", workload: "{workload}"}}
budgets:
  - {{id: two, component: C, operation: o, expect: ["{budget}"], workload: "b/test_a.py::test_plain"}}
"""
KINDS = {"b/test_a.py::test_plain": "benchmark", "b/test_a.py::test_pair": "paired", "b/test_c.py::test_try": "trial"}
SOURCES = {"b/test_a.py": "def test_plain(benchmark):\n    benchmark.extra_info['recall'] = 1.0\n", "b/bad.py": "x"}


def said(*, change: str = "latency -50%", budget: str = "mean < 5 ms", workload: str = "b/test_a.py::test_pair") -> str:
    text = TARGETS.format(change=change, budget=budget, workload=workload)
    target_set = parse_targets(text, path="targets.yaml")
    try:
        check_workloads(target_set, kinds=KINDS, errors={"b/bad.py": "SyntaxError"}, sources=SOURCES)
    except TargetsError as error:
        return str(error)
    return ""


def test_what_can_be_proven_is_not_complained_about() -> None:
    assert said() == said(budget="recall >= 0.9") == ""


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"workload": "b/test_b.py::test_pair"}, ("targets.yaml:4:", "no file b/test_b.py", "did you mean 'b/test_")),
        ({"workload": "b/test_a.py::test_pairs"}, ("no such benchmark", "'b/test_a.py::test_pair'")),
        ({"workload": "b/bad.py::test_x"}, ("cannot be imported", "SyntaxError")),
        ({"workload": "b/test_a.py::test_plain"}, ("latency -50%", "takes `benchmark`", "take `paired`")),
        ({"budget": "recal_ratio >= 0.9"}, ("never reports recal_ratio", "did you mean 'recall'")),
        ({"budget": "share_kept >= 0.9"}, ("never reports share_kept", 'benchmark.extra_info["share_kept"]')),
    ],
)
def test_what_can_never_be_proven_is_said_with_a_way_out(setting: dict[str, str], words: tuple[str, ...]) -> None:
    text = said(**setting)
    assert [word for word in words if word not in text] == []


def test_a_budget_needs_one_side() -> None:
    text = TARGETS.format(change="latency -50%", budget="mean < 5 ms", workload="b/test_a.py::test_pair")
    target_set = parse_targets(text.replace("::test_plain", "::test_pair"), path="targets.yaml")
    with pytest.raises(TargetsError, match="a budget is of one side"):
        check_workloads(target_set, kinds=KINDS, errors={}, sources=SOURCES)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("b.extra_info['a'] = 1", {"a"}),
        ("b.extra_info.update({'a': 1}, c=2)", {"a", "c"}),
        ("trial.facts['hits'] = 1", {"hits"}),
        ("x = 1", set()),
        ("b.extra_info[name] = 1", None),
        ("b.extra_info.update(found)", None),
        ("note(b.extra_info)", None),
        ("report(benchmark, hits)", None),
        ("def broken(", None),
    ],
)
def test_the_facts_a_file_reports_are_read_from_its_syntax_tree(source: str, names: set[str] | None) -> None:
    assert reported_facts(source) == names
