"""Trackers of other projects: a dozen shapes, each read, reported and read again."""

import pytest
from command_runs import boss_perf

from boss_perf.targets.loader import parse_targets
from boss_perf.tracker_import.importer import import_tracker

SHAPES = {
    "operation and target performance": """
## API performance
| Operation | Target Performance |
|---|---|
| Login | < 200ms (p95) |
| Full text search | 95th percentile under 1.5 seconds |
""",
    "metric, target, current, status": """
## Goals
| Metric | Target | Current | Status |
|--------|--------|---------|--------|
| API response time (p95) | <200ms | 340ms | 🟡 In progress |
| Throughput | > 1,000 req/s | 620 req/s | ❌ |
| Cache hit rate | > 80% | 74% | ❌ |
""",
    "status first, name last": """
| Done | Priority | Limit | Endpoint |
|:---:|---|---:|---|
| ✅ | P1 | 50 ms | `/api/users` |
| ⬜ | P2 | 1'500 ms | `/api/export` |
""",
    "percentile columns under a heading of targets": """
### Latency targets
| Endpoint | p50 | p95 | p99 |
|---|---|---|---|
| GET /orders | 20ms | 80ms | 200ms |
""",
    "unit of the heading": """
| Component | Scenario | Budget (ms) | Actual (ms) | Owner |
|---|---|---|---|---|
| Parser | cold start | 120 | 180 | Ada |
| Parser | warm | 4,5 | 3,9 | - |
""",
    "unit of its own": """
| KPI | SLO | Unit | Statistic |
|---|---|---|---|
| Checkout | 300 | ms | p99 |
| Search | 2 | s | median |
""",
    "method, path and verbs": """
| Method | Path | SLA | Comment |
|---|---|---|---|
| GET | /items | p95 < 100 ms | hot |
| POST | /items | p95 < 250 ms | |
""",
    "improvements": """
| Optimization | Expected Improvement | Team | Deadline |
|---|---|---|---|
| Batch writes | 40% latency reduction | storage | 2026-03-01 |
| Pool | 2x throughput | net | Q3 |
""",
    "goal and expected in prose": """
| Scenario | Expected behaviour | Notes |
|---|---|---|
| Opening 10 MB file | at most 2 seconds | SSD |
| Typing | feels instant | no figure yet |
""",
    "german decimals": """
| Komponente | Target | Current |
|---|---|---|
| Index | < 2,5 ms | 3,75 ms |
| Export | < 1.500 ms | 2.100 ms |
""",
    "memory and sizes": """
| Resource | Threshold | Today |
|---|---|---|
| Memory per worker | < 512 MB | 700 MB |
| Docker image size | < 200 MB | 340 MB |
""",
    "columns nobody knows": """
| # | Feature | Goal | Ticket | Sprint |
|---|---|---|---|---|
| 1 | Render list | 16 ms | X-1 | 7 |
""",
    "two tables, one commented out": """
| Page | Performance budget |
|---|---|
| Home | < 1.2 s |
<!-- | Hidden | < 1 ms | -->
| Cart | < 900 ms |

<!--
| Page | Target |
|---|---|
| Ghost | < 5 ms |
-->
""",
    "escapes and links": """
| Query | Target time |
|---|---|
| [slow \\| one](http://x.y/z) | **<= 30 ms** |
""",
    "target dates beside targets": """
| Milestone item | Target date | Performance target |
|---|---|---|
| Reindex | 2026-05-01 | < 10 min |
""",
    "names under a heading that promises": """
| SLO | Budget | Min | Max |
|---|---|---|---|
| **parse-simple** | 0.85ms | 0.80 | 0.90 |
""",
    "what a step may take at each size": """
## Scale
| Scale | Cells | Memory | Target Performance |
|---|---|---|---|
| Small | 1K | ~75 MB | Real-time (< 1 ms/step) |
| Large | 50K | ~3.7 GB | Research (< 20 ms/step) |
""",
    "a rate in the name, a yes or no beside it": """
### Throughput Targets
| Operation | Target | Peak | Critical path |
|---|---|---|---|
| Ride requests/sec | 5,000+ | 10K | Yes - network |
| Events | >10K/sec | - | No |
| Open sockets | 500 | 1000 | No |
""",
    "formulas": r"""
| Dimension | Target Performance | Worst case | Subsystem Status |
|:---|:---:|:---:|:---|
| **Verification** | $< 15\text{ ms}$ (local) | $< 250\text{ ms}$ (P95 mesh) | ✅ Optimal |
""",
    "an indicator in a column of its own": """
| Service | SLI | SLO |
|---|---|---|
| Gateway | p99 latency | 500ms |
""",
    "units that the row names": """
| Load metric | Target | Test method |
|---|---|---|
| Insert ops/sec | > 3M | go test |
| Search ns/op | < 1500 | - |
| Requests/sec (sustained) | 500 | k6 |
| Coverage (%) | 90% | - |
""",
    "promises of several kinds": """
| Component | Latency target | Memory limit | Throughput goal | Stretch target |
|---|---|---|---|---|
| Router | < 5 ms | 50 MB | 1000/s | < 1 ms |
""",
    "objectives that name the rows": """
| SLO | Target | SLI | Alert |
|---|---|---|---|
| Latency (p50) | <500ms | `quantile(0.5)` | > 1s |
| Start < 2s | 99% | share of starts | |
""",
    "metrics as columns under a heading of targets": """
## Targets
| Platform | CPU | Memory | Latency |
|---|---|---|---|
| Desktop | 15-25% | 60-80 MB | 2.1 s |
""",
    "comparisons as columns under a heading further up": """
# Performance goals
## Assistant
| Function | First answer | Share of answers |
|---|---|---|
| Chat | < 3 s | > 95% |
""",
    "metrics told by units": """
| Size | Target ops/sec | Target time/op | Target memory/op |
|---|---|---|---|
| Small | > 500 | < 2ms | < 500 KB |
""",
    "a yes or no among names": """
| Operation | Target | Critical path |
|---|---|---|
| Pay | < 80 ms | Yes - network |
""",
    "multiples under a heading of speed-ups": """
| Optimization | Expected Speedup |
|---|---|
| Pool | 2-3x |
| Cache | ~4× |
| Inline | ~10% |
""",
}
EXPECTED = {
    "operation and target performance": [("p95 < 200 ms",), ("p95 < 1.5 s",)],
    "metric, target, current, status": [("p95 < 200 ms",), ("throughput > 1000 /s",), ()],
    "status first, name last": [("mean < 50 ms",), ("mean < 1500 ms",)],
    "percentile columns under a heading of targets": [("p50 < 20 ms", "p95 < 80 ms", "p99 < 200 ms")],
    "unit of the heading": [("mean < 120 ms",), ("mean < 4.5 ms",)],
    "unit of its own": [("p99 < 300 ms",), ("p50 < 2 s",)],
    "method, path and verbs": [("p95 < 100 ms",), ("p95 < 250 ms",)],
    "improvements": [("latency -40%",), ("throughput +100%",)],
    "goal and expected in prose": [("mean <= 2 s",), ()],
    "german decimals": [("mean < 2.5 ms",), ("mean < 1500 ms",)],
    "memory and sizes": [("retained_memory < 512 MB",), ()],
    "columns nobody knows": [("mean < 16 ms",)],
    "two tables, one commented out": [("mean < 1.2 s",), ("mean < 900 ms",)],
    "escapes and links": [("mean <= 30 ms",)],
    "target dates beside targets": [("mean < 10 min",)],
    "names under a heading that promises": [("mean < 0.85 ms",)],
    "what a step may take at each size": [("mean < 1 ms",), ("mean < 20 ms",)],
    "a rate in the name, a yes or no beside it": [("throughput > 5000 /s",), ("throughput > 10000 /s",), ()],
    "formulas": [("mean < 15 ms",)],
    "an indicator in a column of its own": [("p99 < 500 ms",)],
    "units that the row names": [("throughput > 3000000 /s",), ("mean < 1500 ns",), ("throughput > 500 /s",), ()],
    "promises of several kinds": [("mean < 5 ms", "retained_memory < 50 MB", "throughput > 1000 /s")],
    "objectives that name the rows": [("p50 < 500 ms",), ()],
    "metrics as columns under a heading of targets": [("retained_memory < 80 MB", "mean < 2.1 s")],
    "comparisons as columns under a heading further up": [("mean < 3 s",)],
    "metrics told by units": [("throughput > 500 /s", "mean < 2 ms", "retained_memory < 500 kB")],
    "a yes or no among names": [("mean < 80 ms",)],
    "multiples under a heading of speed-ups": [("latency -50%",), ("latency -75%",), ()],
}


def imported(text):
    tracker = import_tracker(text.encode(), path="tracker.md")
    return tracker, parse_targets(tracker.yaml_text, path="targets.yaml")


def without_spaces(expectations):
    return tuple(expectation.text.replace(" ", "") for expectation in expectations)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_promised_is_read(shape):
    tracker, loaded = imported(SHAPES[shape])
    found = [without_spaces(target.expectations) for target in loaded.targets]
    assert found == [tuple(text.replace(" ", "") for text in texts) for texts in EXPECTED[shape]]
    for target in loaded.targets:
        if not target.expectations:
            assert any(target.wording in remark for remark in tracker.remarks), "what cannot be checked is said"


@pytest.mark.parametrize("shape", SHAPES)
def test_every_cell_is_in_the_new_file(shape):
    tracker, _ = imported(SHAPES[shape])
    text = " ".join(tracker.yaml_text.replace("\\", "").split())
    table = [line for line in SHAPES[shape].splitlines() if line.startswith("|")]
    for line in table[2:]:
        for cell in line.replace("\\|", "¦").strip("|").split("|"):
            said = cell.strip().strip("*`").replace("¦", "|").replace("\\", "")
            if said not in ("", "-") and not said.startswith("[") and "Ghost" not in line:
                assert said in text, said


@pytest.mark.parametrize("shape", SHAPES)
def test_import_report_and_import_again_lose_nothing(shape, tmp_path):
    first, once = imported(SHAPES[shape])
    (tmp_path / "targets.yaml").write_text(first.yaml_text, encoding="utf-8")
    assert boss_perf(tmp_path, "report").status == 0
    (written,) = (tmp_path / "reports").glob("*.md")
    _, again = imported(written.read_text(encoding="utf-8"))
    kept = ("id", "name", "section", "component", "operation", "expectations", "wording", "priority", "owner", "due",
            "notes")  # fmt: skip
    assert [[getattr(target, key) for key in kept] for target in again.targets] == [
        [getattr(target, key) for key in kept] for target in once.targets
    ]
    for target, before in zip(again.targets, once.targets, strict=True):
        assert before.method in (None, target.method), "where the tracker named none, the report names one"


def test_what_names_a_row_is_its_name():
    _, loaded = imported(SHAPES["objectives that name the rows"])
    assert [target.component for target in loaded.targets] == ["Latency (p50)", "Start < 2s"]
    _, loaded = imported(SHAPES["a yes or no among names"])
    assert [(target.operation, target.notes) for target in loaded.targets] == [("Pay", "Critical path: Yes - network")]


def test_what_is_commented_out_promises_nothing_and_is_kept_as_a_comment():
    tracker, loaded = imported(SHAPES["two tables, one commented out"])
    assert [target.operation for target in loaded.targets] == ["Home", "Cart"]
    assert any("Ghost" in line for line in tracker.yaml_text.splitlines() if line.startswith("#"))
    assert sum("HTML comment" in remark for remark in tracker.remarks) == 2


@pytest.mark.parametrize(
    "text",
    [
        "| Milestone | Target date |\n|---|---|\n| Alpha | 2026-01-01 |\n",
        "| Platform | Build target |\n|---|---|\n| Linux | x86_64 |\n",
        "| Product | Goal |\n|---|---|\n| A | delight users |\n",
        "| Name | Value |\n|---|---|\n| a | 5 ms |\n",
    ],
)
def test_tables_that_promise_no_amount_are_no_trackers(text):
    with pytest.raises(Exception, match="no table of a tracker"):
        imported(text)
