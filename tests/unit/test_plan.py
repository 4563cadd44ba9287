"""From promises to work: passes, the calls a quantile needs, and choices that name nothing."""

import pytest
import yaml

from boss_perf.errors import UsageError
from boss_perf.model.samples import Pass
from boss_perf.plan import choose, plan_work
from boss_perf.targets.loader import parse_targets

TEXT = """
project: Demo
optimizations:
  - {id: both, name: Both, component: Search, expect: [latency -50%, recall >= 0.9], workload: "t.py::test_a"}
  - {id: fact, name: Fact, expect: recall >= 0.9, workload: "t.py::test_f"}
  - {id: idle, name: Idle, expect: latency -50%}
budgets:
  - {id: tail, component: Search, operation: q, expect: p99 < 50 ms, workload: "t.py::test_b"}
  - {id: mean, component: Other, operation: q, expect: mean < 5 ms, workload: "t.py::test_b"}
caches:
  - {id: cache, name: C, type: LRU, max_entries: 10, ttl: 1 hour, expect: hit_ratio >= 0.5, workload: "t.py::test_c"}
memory:
  - {id: memory, component: Search, expect: retained_memory -30%, workload: "t.py::test_a"}
"""


@pytest.fixture
def targets():
    return parse_targets(TEXT.encode(), path="targets.yaml")


def test_a_workload_is_planned_once_with_all_its_passes(targets) -> None:
    passes = {item.workload: set(item.passes) for item in plan_work(targets.targets)}
    assert passes == {
        "t.py::test_a": {Pass.DEPENDENCIES, Pass.PAIRS, Pass.MEMORY},
        "t.py::test_b": {Pass.DEPENDENCIES, Pass.CALLS, Pass.BATCHES},
        "t.py::test_c": {Pass.DEPENDENCIES, Pass.TRIAL},
        "t.py::test_f": {Pass.DEPENDENCIES, Pass.BATCHES},
    }


def test_a_tail_gets_the_calls_its_proof_needs(targets) -> None:
    item = next(item for item in plan_work(targets.targets) if item.workload.endswith("test_b"))
    assert 5 * item.least_calls >= 299


def test_a_cache_takes_its_policy_along(targets) -> None:
    item = next(item for item in plan_work(targets.targets) if item.workload.endswith("test_c"))
    assert dict(item.policy) == {"eviction": "LRU", "max_entries": 10, "max_bytes": None, "ttl_s": 3600.0}


def test_targets_are_chosen_by_id_component_section_and_pattern(targets) -> None:
    assert [t.id for t in choose(targets, words=["fact"])] == ["fact"]
    assert [t.id for t in choose(targets, words=["Search"])] == ["both", "tail", "memory"]
    assert [t.id for t in choose(targets, words=["budgets"])] == ["tail", "mean"]
    assert [t.id for t in choose(targets, only="test_b$")] == ["tail", "mean"]


def test_a_target_is_called_by_its_operation_and_its_test_with_or_without_parameters() -> None:
    row = {"component": "Text", "expect": "mean < 1 ms"}
    rows = [row | {"operation": f"sort[{n}]", "workload": f"tests/t.py::TestText::test_sort[{n}]"} for n in (10, 20)]
    loaded = parse_targets(yaml.safe_dump({"project": "p", "budgets": rows}), path="targets.yaml")
    for word, count in (("sort[10]", 1), ("sort", 2), ("test_sort[20]", 1), ("test_sort", 2)):
        assert len(choose(loaded, words=[word])) == count, word


@pytest.mark.parametrize(("words", "only"), [(["tial"], None), ([], "nothing matches"), ([], "(")])
def test_a_choice_that_names_nothing_is_an_error(targets, words: list[str], only: str | None) -> None:
    with pytest.raises(UsageError):
        choose(targets, words=words, only=only)


def test_a_file_that_promises_nothing_says_how_to_begin() -> None:
    with pytest.raises(UsageError, match="promises nothing yet") as caught:
        choose(parse_targets("project: p\n", path="targets.yaml"))
    assert "boss-perf init" in str(caught.value.hint)
