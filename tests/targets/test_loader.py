import hashlib
from datetime import date

import pytest

from boss_perf.errors import ExitStatus, TargetsError
from boss_perf.model.metrics import Metric
from boss_perf.model.targets import Budget, CachePolicy, Change, Evidenced, LoadProfile, RunPolicy, Section, Waiver
from boss_perf.targets.loader import parse_targets

FULL = """\
project: BOSS
title: Tracker
introduction: |
  First line.
  Second line.
policy: {margin: 2%, memory_margin: 0.5%, false_alarms: 0.02, confidence: 99%, stale_after: 2 weeks,
         time_budget: 90 s, tolerate: [undecided, STALE], ratchet_after: 5}
optimizations:
  - name: VectorSearchResolver Caching
    component: VectorSearchResolver
    priority: High
    owner: ~
    due: 2024-07-15
    expect: [latency -60%, hit_ratio >= 0.7]
    wording: 60% latency reduction
    workload: boss_perf/benchmarks/test_x.py::TestA::test_b[a/../b-1]
    margin: 5%
    notes: Implement embedding cache
    why: because
    max_calls: 100
    waive: {until: 2026-12-31, reason: hardware, approver: Ada}
budgets:
  - {id: own.id, component: Registry, operation: Lookup, expect: mean < 5 ms, method: Average}
caches:
  - {name: Files, type: LRU, ttl: 1 hour, max_entries: 250, max_bytes: 100 MB, eviction: Size-based, size: 250 entries}
memory:
  - {component: Task Objects, expect: retained_memory -30%}
loads:
  - {name: Service, users: 20, spawn_rate: 5 /s, duration: 1 min, locustfile: load/file.py, host: "http://x",
     expect: [p95 < 50 ms, failures < 1%]}
infrastructure:
  - {name: CI, description: automated, evidence: gate run, notes: pipeline}
bottlenecks:
  - {name: Slow, impact: much, approach: less, priority: Low, targets: own.id}
guidelines: [{title: Measure, text: first}]
legend: [{status: 🔴, title: Not Started, text: nothing}]
progress: [{month: July 2024, completed: -, total_completed: 0, total_remaining: 10}]
closing: The end.
"""


def complaints(text, path="targets.yaml"):
    with pytest.raises(TargetsError) as caught:
        parse_targets(text, path=path)
    assert caught.value.exit_status == ExitStatus.USAGE
    return [
        (str(each.where).removeprefix(f"{path}:"), each.message, each.hint or "") for each in caught.value.complaints
    ]


def test_every_key_arrives():
    loaded = parse_targets(FULL, path="targets.yaml")
    assert loaded.digest == hashlib.sha256(FULL.encode()).hexdigest()
    assert (loaded.project, loaded.title, loaded.closing) == ("BOSS", "Tracker", "The end.")
    assert loaded.introduction == "First line.\nSecond line."
    assert loaded.policy == RunPolicy(
        margin_ratio=0.02,
        memory_margin_ratio=0.005,
        false_alarm_ratio=0.02,
        confidence_ratio=0.99,
        stale_after_days=14,
        time_budget_s=90,
        tolerate=("UNDECIDED", "STALE"),
        ratchet_after=5,
    )
    vector, registry, files, tasks, service, ci = loaded.targets
    assert vector.id == "vector-search-resolver-caching"
    assert str(vector.location) == "targets.yaml:9:5"
    assert (vector.owner, vector.due, vector.margin_ratio) == (None, date(2024, 7, 15), 0.05)
    assert vector.waiver == Waiver(date(2026, 12, 31), "hardware", "Ada")
    assert [type(each) for each in vector.expectations] == [Change, Budget]
    assert vector.workload == "boss_perf/benchmarks/test_x.py::TestA::test_b[a/../b-1]"
    assert (vector.wording, vector.why) == ("60% latency reduction", "because")
    assert (registry.id, registry.name, registry.method) == ("own.id", "Registry: Lookup", "Average")
    assert files.id == "files-cache"
    assert files.expectations == (
        CachePolicy("LRU", 250, 100_000_000, 3600, "LRU, at most 250 entries, at most 100 MB, entries live 1 hour"),
    )
    assert (files.cache_type, files.eviction_wording, files.size_wording) == ("LRU", "Size-based", "250 entries")
    assert (tasks.id, tasks.name, tasks.section) == ("task-objects-memory", "Task Objects memory", Section.MEMORY)
    assert service.load == LoadProfile(20, 5.0, 60.0, "load/file.py", "http://x")
    assert ci.expectations == (Evidenced("gate", "evidence of a gate run"),)
    assert (ci.description, ci.notes) == ("automated", "pipeline")
    assert loaded.bottlenecks[0].targets == ("own.id",)
    assert loaded.legend[0].status == "🔴"
    assert (loaded.progress[0].completed, loaded.progress[0].total_remaining) == ("-", 10)
    assert loaded.guidelines[0].title == "Measure"


def test_all_complaints_come_at_once_in_file_order():
    text = """\
project: x
polcy: {margin: 3%}
optimizations:
  - name: A
    expect: latencyy -60%
    due: 2024-02-30
  - {name: B, expect: "p95 < 5 mss", waive: {until: 1.2.2026, reason: r}}
  - expect: latency -5%
    name: C
    name: D
"""
    assert [(place, message) for place, message, _ in complaints(text)] == [
        ("2:1", 'unknown key "polcy"'),
        ("5:13", 'unknown metric "latencyy"'),
        ("6:10", "there is no 2024-02-30"),
        ("7:23", "unknown unit 'mss'"),
        ("7:45", 'missing key "approver" in a waiver'),
        ("7:53", '"1.2.2026" is no date'),
        ("10:5", 'duplicate key "name"'),
    ]


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("polcy: {}", "2:1", 'unknown key "polcy"', 'did you mean "policy"?'),
        ("budgets: {a: b}", "2:10", "expected a list, each item a budget, not a mapping", "-"),
        ("budgets: [5]", "2:11", 'expected a budget as a mapping, not "5"', ""),
        ("policy: {margin: 3}", "2:18", "3 may be a percentage or a ratio", "write 3%"),
        ("policy: {margin: -3%}", "2:18", "-3% is negative", ""),
        ("policy: {margin: 100%}", "2:18", "out of range", "below 100%"),
        ("policy: {confidence: 40%}", "2:22", "out of range", "above 50%"),
        ("policy: {stale_after: 30}", "2:23", "the number 30 has no unit", "30 s"),
        ("policy: {stale_after: 30 dais}", "2:23", "unknown unit 'dais'", 'did you mean "day"?'),
        (
            "memory: [{component: C, wording: w, waive: {until: 2027-01-01, reason: r, approver: a, excuses: slow}}]",
            "2:97",
            "cannot be excused",
            "slower",
        ),
        ("policy: {tolerate: missed}", "2:20", "cannot be tolerated", "waive:"),
        ("policy: {ratchet_after: two}", "2:25", '"two" is no whole number', "digits"),
        ("policy: {margin: [3%]}", "2:18", "expected a percentage, not a list", ""),
        ("caches: [{name: C, type: LRU, max_entries: -1}]", "2:44", "-1 is negative", "1 or more"),
        ("caches: [{name: C, type: LRU, max_bytes: 5 furlongs}]", "2:42", "unknown unit 'furlongs'", "kB"),
        ("caches: [{name: C, type: LRU, ttl: 1 MB}]", "2:36", "1 MB is a size, expected a time", ""),
        ("caches: [{name: C, type: LRU}]", "2:10", "a cache without a limit", "max_entries"),
        ("caches: [{name: C, max_entries: 5}]", "2:10", 'missing key "type"', ""),
        ("budgets: [{component: C, expect: mean < 1 s}]", "2:11", 'missing key "operation"', ""),
        ("memory: [{component: C}]", "2:10", "nothing to prove", "wording:"),
        ("memory: [{component: , expect: retained_memory -5%}]", "2:22", '"component" is empty', "text"),
        ("memory: [{component: ☃, expect: retained_memory -5%}]", "2:10", 'no id can be made from "☃ memory"', "id:"),
        ("memory: [{id: a b, component: C, wording: w}]", "2:15", '"a b" is no id', "dashes"),
        ("memory: [{component: C, expect: failures < 1%}]", "2:33", "failures are counted under load", "loads:"),
        ("memory: [{component: C, expect: [a >= 1, a >= 1]}]", "2:33", "promised twice", ""),
        ("memory: [{component: C, expect: evidence of a load run}]", "2:33", "belongs to infrastructure", ""),
        ("memory: [{component: C, wording: w, due: 15.07.2024}]", "2:42", "is no date", "2024-07-15"),
        ("memory: [{component: C, wording: w, due: 2024-13-01}]", "2:42", "there is no 2024-13-01", "2024-07-15"),
        ("memory: [{component: C, wording: w, workload: tests}]", "2:47", "is no pytest test", "::test_"),
        ("memory: [{component: C, wording: w, workload: ../a.py::b}]", "2:47", "leaves the project", ""),
        ("memory: [{component: C, wording: w, workload: /a.py::b}]", "2:47", "is not relative", ""),
        ("memory: [{component: C, wording: w, waive: {reason: r}}]", "2:44", 'missing key "until"', "last day"),
        ("infrastructure: [{name: I, evidence: gates run}]", "2:38", 'unknown kind of run "gates"', '"gate"'),
        ("infrastructure: [{name: I, expect: p95 < 5 ms}]", "2:36", "rests on runs", "evidence:"),
        ("loads: [{name: L, users: 0, duration: 5 s, wording: w}]", "2:26", "0 is zero", "1 or more"),
        ("loads: [{name: L, users: 5, duration: 5 s, expect: latency -5%}]", "2:52", "one arm", "bound"),
        ("loads: [{name: L, users: 5, duration: 5 s, wording: w, locustfile: -f}]", "2:68", "like an option", "./"),
        ("bottlenecks: [{name: b, targets: [nowhere]}]", "2:34", 'no target has the id "nowhere"', ""),
        ("progress: [{month: May, total_completed: x, total_remaining: 1}]", "2:42", "no whole number", ""),
        ("a: &x 1\n", "2:4", "anchor &x", "remove"),
        ("title: *x\n", "2:8", "alias *x", "write the value out"),
        ("title: !!python/name:os.system x\n", "2:8", "tag tag:yaml.org,2002:python/name:os.system", "remove"),
        ("? [a]\n: b\n", "2:3", "a key must be a word", ""),
        ("---\nb: 1\n", "2:1", "a second document", "---"),
        ("title: 'x\n", "3:1", "not YAML", ""),
        ("title: \ta: b: c", "2:10", "not YAML", ""),
        ("title: a\x07b", "2:9", "control character U+0007", "escaped"),
        ("title: [" + "[" * 60, "2:57", "nested deeper than 50", ""),
        ('"\\x1b[31m": 1', "2:1", 'unknown key "\\x1b[31m"', ""),
    ],
)
def test_complaints(text, place, message, hint):
    said = complaints(f"project: x\n{text}")
    assert any(place == where and message in what and hint in how for where, what, how in said), said


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"# only a comment\n", "the file is empty"),
        (b"\x7fELF\x02\0\0", "a binary file"),
        (b"project: \xff\n", "not UTF-8: byte 0xff"),
        (b"x" * 50_000_000, "50.0 MB are too large, 1 MB are allowed"),
    ],
)
def test_files_that_are_no_targets_file(content, message):
    with pytest.raises(TargetsError) as caught:
        parse_targets(content, path="some/targets.yaml")
    assert caught.value.message == message or message in caught.value.message
    assert str(caught.value.where).startswith("some/targets.yaml")


def test_a_list_is_no_targets_file():
    assert complaints("- a")[0][1] == "expected a targets file as a mapping, not a list"


def test_a_missing_project_is_said():
    assert complaints("title: x")[0][1] == 'missing key "project" in a targets file'


def test_billion_laughs_end_at_the_first_joke():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    said = complaints("\n".join(lines))
    assert any("alias *a0" in what for _, what, _ in said)
    assert len(said) == 100


def test_yaml_traps_stay_what_was_written():
    rows = "\n".join(
        f"  - {{component: {word}, wording: {word}}}" for word in ("12:30", "no", "010", "1e3", "2024-01-01")
    )
    loaded = parse_targets(f"project: 3.10\nmemory:\n{rows}\n", path="t")
    assert loaded.project == "3.10"
    assert [target.wording for target in loaded.targets] == ["12:30", "no", "010", "1e3", "2024-01-01"]


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_line_endings_and_byte_order_mark_do_not_matter(ending):
    text = ending.join(["project: x", "memory:", "- component: C", "  expect: retained_memory -5", ""])
    said = complaints(b"\xef\xbb\xbf" + text.encode())
    assert said[0][0] == "4:11"


def test_ids_must_differ_over_all_tables():
    text = """\
project: x
optimizations:
  - {name: Task Cache, wording: w}
caches:
  - {name: Task, type: LRU, max_entries: 1}
"""
    (place, message, hint), *others = complaints(text)
    assert (place, message, others) == ("5:5", 'duplicate id "task-cache"', [])
    assert "first at line 3" in hint


def test_one_trial_cannot_keep_two_policies():
    row = "  - {name: %s, type: LRU, max_entries: %d, workload: 't.py::test_c'}\n"
    same = "project: P\ncaches:\n" + row % ("A", 10) + row % ("B", 10)
    assert len(parse_targets(same, path="t").targets) == 2
    ((place, message, _),) = complaints(same + row % ("C", 20))
    assert (place, message) == ("5:5", 't.py::test_c tries the policy of "a-cache", which is another')


def test_an_id_does_not_depend_on_the_other_rows():
    row = "{component: LLM Resolvers, operation: JSON, expect: mean < 1 s}"
    alone = parse_targets(f"project: x\nbudgets: [{row}]", path="t")
    other = "{component: A, operation: B, expect: mean < 1 s}"
    together = parse_targets(f"project: x\nbudgets: [{other}, {row}]", path="t")
    assert alone.targets[0].id == together.targets[1].id == "llm-resolvers-json"


@pytest.mark.parametrize(
    ("expectation", "confidence", "calls", "needed"),
    [("p95 < 1 s", "95%", 58, 59), ("p99 < 1 s", "95%", 298, 299), ("p95 < 1 s", "99%", 89, 90)],
)
def test_a_workload_with_too_few_calls_can_never_prove_a_quantile(expectation, confidence, calls, needed):
    text = """\
project: x
policy: {confidence: %s}
budgets:
  - {component: C, operation: O, expect: %s, max_calls: %d}
"""
    parse_targets(text % (confidence, expectation, needed), path="t")
    ((_, message, hint),) = complaints(text % (confidence, expectation, calls))
    assert message == f"{calls} calls can never prove {expectation}"
    assert f"takes {needed} calls" in hint


def test_a_mean_needs_no_number_of_calls():
    text = "project: x\nbudgets: [{component: C, operation: O, expect: mean < 1 s, max_calls: 3}]"
    (target,) = parse_targets(text, path="t").targets
    assert isinstance(target.expectations[0], Budget)
    assert target.expectations[0].metric is Metric.LATENCY


def test_the_error_reads_as_a_list_of_places():
    with pytest.raises(TargetsError) as caught:
        parse_targets("project: x\nfoo: 1\nbar: 2\n", path="targets.yaml")
    lines = str(caught.value).splitlines()
    assert lines[0].startswith('targets.yaml:2:1  unknown key "foo"')
    assert lines[-1] == "targets.yaml: 2 complaints"
