import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from boss_perf.errors import TargetsError
from boss_perf.targets.fields import schema
from boss_perf.targets.loader import parse_targets

ROOT = Path(__file__).resolve().parents[2]


class EditorLoader(yaml.SafeLoader):
    """YAML 1.2 as editors read it: no dates, and only true and false are booleans."""


EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if "timestamp" not in tag and "bool" not in tag]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def in_editor(text):
    """The paths of the values to which the schema objects."""
    document = yaml.load(text, Loader=EditorLoader)
    return {tuple(error.absolute_path) for error in Draft202012Validator(schema()).iter_errors(document)}


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(schema())


def test_the_committed_schema_is_current():
    committed = (ROOT / "targets.schema.json").read_text(encoding="utf-8")
    current = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    assert committed == current, "run: boss-perf schema > targets.schema.json"


def test_the_projects_own_file_is_valid():
    assert in_editor((ROOT / "targets.yaml").read_text(encoding="utf-8")) == set()


def test_every_key_says_what_it_is_for():
    def descriptions(part):
        for name, each in part.get("properties", {}).items():
            yield name, each.get("description", "")
            yield from descriptions(each)
        if "items" in part:
            yield from descriptions(part["items"])

    found = list(descriptions(schema()))
    assert len(found) > 90
    assert [name for name, text in found if not text.endswith(".")] == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("polcy: {}", ()),
        ("policy: {margin: [3%]}", ("policy", "margin")),
        ("policy: {margn: 3%}", ("policy",)),
        ("policy: {margin: 3 parts}", ("policy", "margin")),
        ("policy: {stale_after: 30}", ("policy", "stale_after")),
        ("policy: {tolerate: missed}", ("policy", "tolerate")),
        ("policy: {ratchet_after: 0}", ("policy", "ratchet_after")),
        ("budgets: {a: b}", ("budgets",)),
        ("budgets: [5]", ("budgets", 0)),
        ("budgets: [{component: C, expect: mean < 1 s}]", ("budgets", 0)),
        ("memory: [{component: C, expect: fast}]", ("memory", 0, "expect")),
        ("memory: [{component: C, expect: {a: 1}}]", ("memory", 0, "expect")),
        ("memory: [{component: C, expect: latency -5%, frobnicate: 1}]", ("memory", 0)),
        ("memory: [{component: C, wording: w, due: 15.07.2024}]", ("memory", 0, "due")),
        ("memory: [{component: C, wording: w, workload: tests}]", ("memory", 0, "workload")),
        ("memory: [{component: C, wording: w, workload: /a.py::b}]", ("memory", 0, "workload")),
        ("memory: [{component: C, wording: w, waive: {reason: r}}]", ("memory", 0, "waive")),
        ("caches: [{name: C, type: LRU, max_entries: -1}]", ("caches", 0, "max_entries")),
        ("caches: [{name: C, type: LRU, ttl: 3600}]", ("caches", 0, "ttl")),
        ("loads: [{name: L, users: many, duration: 5 s, wording: w}]", ("loads", 0, "users")),
        ("infrastructure: [{name: I, evidence: gates}]", ("infrastructure", 0, "evidence")),
        ("progress: [{month: May, total_completed: x, total_remaining: 1}]", ("progress", 0, "total_completed")),
    ],
)
def test_editor_and_check_object_to_the_same_thing(text, path):
    whole = f"project: x\n{text}\n"
    assert path in in_editor(whole)
    with pytest.raises(TargetsError) as caught:
        parse_targets(whole, path="t")
    assert all(str(each.where).startswith("t:2:") for each in caught.value.complaints)


@pytest.mark.parametrize(
    "text",
    [
        "memory: [{component: C, expect: [latency -60%, recall >= 0.9, p95 latency < 5 ms]}]",
        "memory: [{component: 12, expect: throughput >= 1.5 x, owner: ~, notes: 1e3}]",
        "caches: [{name: no, type: LRU, ttl: 1 hour, max_entries: '5', expect: [policy, hit_ratio > 1%]}]",
        "infrastructure: [{name: I, evidence: [gate run, rendered dashboard, bench]}]",
        "infrastructure: [{name: I, evidence: [distributed load run, provisioned dashboard, memory_profiler run]}]",
        "policy: {margin: 0.03, confidence: 95%, tolerate: [undecided, STALE], time_budget: 90s}",
        "memory: [{component: C, wording: w, due: 2024-07-15, max_calls: 5, margin: 2.5 %}]",
    ],
)
def test_what_check_accepts_an_editor_accepts(text):
    whole = f"project: x\n{text}\n"
    parse_targets(whole, path="t")
    assert in_editor(whole) == set()
