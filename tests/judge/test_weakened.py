"""What a change promises less than its base did is named, one by one, and closes the gate."""

from dataclasses import replace
from datetime import date

import pytest

from boss_perf.errors import ExitStatus
from boss_perf.judge.gate.items import waive
from boss_perf.judge.gate.summary import gate_exit_status
from boss_perf.judge.gate.terms import GateTerms
from boss_perf.judge.gate.weakened import weakened_items
from boss_perf.model.gate import GateMetric, GateVerdict
from boss_perf.targets.loader import parse_targets

BASE = """
project: Demo
policy: {margin: 3%, false_alarms: 1%, stale_after: 30 days, confidence: 95%}
optimizations:
  - {id: fast, name: Fast, expect: [latency -60%, recall >= 0.9], workload: "t.py::test_a"}
  - {id: many, name: Many, expect: throughput +25%, workload: "t.py::test_m", margin: 2%}
  - {id: slow, name: Slow, expect: latency -10%, workload: "t.py::test_s",
     waive: {until: 2027-01-01, reason: known, approver: Ada, excuses: [slower, weakened]}}
budgets:
  - {id: tail, component: Search, operation: q, expect: p99 < 50 ms, workload: "t.py::test_b"}
caches:
  - {id: cache, name: C, type: LRU, max_entries: 10, ttl: 1 hour, expect: hit_ratio >= 0.5, workload: "t.py::test_c"}
loads:
  - {id: load, name: L, users: 10, duration: 30 s, expect: p95 < 1 s}
"""


def terms(head: str | None, **fields: object) -> GateTerms:
    return GateTerms(
        suite=("t.py",), today=date(2026, 11, 28), base_targets=parse_targets(BASE, path="targets.yaml"),
        head_targets=None if head is None else parse_targets(head, path="targets.yaml"), **fields,
    )  # fmt: skip


def said(old: str, new: str) -> dict[str, str]:
    assert old in BASE
    return {item.benchmark: item.reason for item in weakened_items(terms(BASE.replace(old, new)))}


@pytest.mark.parametrize(
    ("old", "new", "name", "reason"),
    [
        ("latency -60%", "latency -50%", "fast", "expect: latency -60% became latency -50%"),
        ("[latency -60%, recall >= 0.9]", "latency -60%", "fast", "expect: recall >= 0.9 became nothing"),
        ("recall >= 0.9", "recall >= 0.8", "fast", "expect: recall >= 0.9 became recall >= 0.8"),
        ("throughput +25%", "throughput +20%", "many", "became throughput +20%"),
        ("p99 < 50 ms", "p99 < 60 ms", "tail", "expect: p99 < 50 ms became p99 < 60 ms"),
        ("p99 < 50 ms", "p95 < 50 ms", "tail", "expect: p99 < 50 ms became nothing"),
        ("hit_ratio >= 0.5", "hit_ratio >= 0.4", "cache", "became hit_ratio >= 0.4"),
        ("max_entries: 10", "max_entries: 1000", "cache", "became"),
        ("t.py::test_a", "t.py::test_easy", "fast", "workload: t.py::test_a became t.py::test_easy"),
        ("margin: 2%", "margin: 9%", "many", "margin: 0.02 became 0.09"),
        ("users: 10", "users: 5", "load", "lighter"),
        ("duration: 30 s", "duration: 3 s", "load", "lighter"),
        ("2027-01-01", "2028-01-01", "slow", "waive: 2027-01-01 became 2028-01-01"),
        ("[slower, weakened]", "[slower, weakened, removed]", "slow", "it now also excuses removed"),
        ("margin: 3%", "margin: 30%", "policy.margin", "0.3 instead of 0.03"),
        ("false_alarms: 1%", "false_alarms: 10%", "policy.false_alarms", "0.1 instead of 0.01"),
        ("stale_after: 30 days", "stale_after: 300 days", "policy.stale_after", "300 instead of 30"),
        ("confidence: 95%", "confidence: 80%", "policy.confidence", "0.8 instead of 0.95"),
        ("confidence: 95%", "tolerate: stale", "policy.tolerate", "also STALE"),
    ],
)
def test_each_way_to_promise_less_is_named(old: str, new: str, name: str, reason: str) -> None:
    found = said(old, new)
    assert list(found) == [name]
    assert reason in found[name]


def test_a_waiver_that_the_change_brings_along_is_named() -> None:
    waiver = ", waive: {until: 2027-01-01, reason: hm, approver: Eve}}\n  - {id: many"
    assert said("}\n  - {id: many", waiver) == {"fast": "waive: added until 2027-01-01, for slower, missed"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("latency -60%", "latency -70%"),
        ("recall >= 0.9", "recall >= 0.95"),
        ("throughput +25%", "throughput +50%"),
        ("p99 < 50 ms", "p99 < 40 ms"),
        ("users: 10", "users: 20"),
        ("id: fast", "id: faster"),
        ("name: Fast", "name: Quick"),
        ("margin: 3%", "margin: 1%"),
        ("stale_after: 30 days", "stale_after: 3 days"),
        ("2027-01-01", "2026-12-01"),
        ("excuses: [slower, weakened]", "excuses: [slower]"),
    ],
)
def test_what_promises_as_much_or_more_passes(old: str, new: str) -> None:
    assert said(old, new) == {}


def test_a_promise_that_goes_is_named_with_the_nearest_left() -> None:
    found = weakened_items(terms(BASE.replace("id: tail", "id: tails").replace("p99 < 50 ms", "p99 < 90 ms")))
    assert [(item.benchmark, item.hint) for item in found] == [("tail", "did you mean tails")]
    assert "no longer promised: p99 < 50 ms" in found[0].reason
    (gone,) = weakened_items(terms(None))
    assert gone.reason == "it is gone with its 6 promises"


def test_without_targets_before_or_looking_back_nothing_is_weakened() -> None:
    assert weakened_items(replace(terms(BASE), base_targets=None)) == []
    assert weakened_items(terms(None, looks_back=True)) == []


def test_a_weakened_promise_closes_unless_base_excuses_that_by_name() -> None:
    asked = terms(BASE.replace("latency -10%", "latency -5%").replace("p99 < 50 ms", "p99 < 60 ms"))
    items = waive(weakened_items(asked), asked)
    assert [(each.benchmark, each.verdict) for each in items] == [
        ("slow", GateVerdict.WAIVED),
        ("tail", GateVerdict.WEAKENED),
    ]
    assert {each.metric for each in items} == {GateMetric.PROMISE}
    assert gate_exit_status(items) == ExitStatus.MISSED
