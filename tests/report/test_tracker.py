import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from builders import explanation
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tracker_examples import (
    CACHING,
    COMPLETED,
    EVIDENCE,
    HOSTILE,
    JUDGEMENTS,
    NEWEST,
    RECORDS,
    RUN,
    TARGETS,
    judged,
)

from boss_perf.errors import ReportError
from boss_perf.model.targets import Section, TargetSet
from boss_perf.model.verdicts import Verdict
from boss_perf.report.tracker import render_tracker
from boss_perf.report.view import TrackerView, build_view

SEED_SECTIONS = [
    "Read before you trust",
    "Optimization Status Legend",
    "Performance Optimization Status",
    "Performance Benchmarks",
    "Caching Strategy Implementation",
    "Memory Profiling Targets",
    "Load Targets",
    "Progress Tracking",
    "Performance Testing Infrastructure",
    "Further promises",
    "Optimization Guidelines",
    "Known Performance Bottlenecks",
]
OPTIMIZATIONS, BUDGETS, CACHES, MEMORY, _LOADS, PROGRESS, _INFRASTRUCTURE, FURTHER = range(8)
GFM = MarkdownIt("gfm-like")


@pytest.fixture
def view() -> TrackerView:
    return build_view(TARGETS, JUDGEMENTS, records=RECORDS, completed_by_month=COMPLETED, runs=(RUN,))


def rows_of(text: str, heading: str) -> list[list[str]]:
    """The cells of a section's table as a Markdown renderer sees them."""
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    tokens = GFM.parse(section)
    rows: list[list[str]] = []
    for token, following in pairwise(tokens):
        if token.type == "tr_open":
            rows.append([])
        if token.type in ("td_open", "th_open"):
            rows[-1].append("".join(child.content for child in following.children or ()))
    return rows


def test_the_tracker_of_every_verdict(view: TrackerView) -> None:
    """`BOSS_PERF_ACCEPT=1` rewrites the golden file."""
    path = Path(__file__).parent / "golden" / "tracker.md"
    text = render_tracker(view)
    if os.environ.get("BOSS_PERF_ACCEPT"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
    assert text.encode() == path.read_bytes()


def test_sections_come_in_the_order_of_the_seed(view: TrackerView) -> None:
    text = render_tracker(view)
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == SEED_SECTIONS
    no_loads = replace(TARGETS, targets=tuple(t for t in TARGETS.targets if t.section is not Section.LOADS))
    assert "Load Targets" not in render_tracker(build_view(no_loads, JUDGEMENTS))


def test_the_columns_of_the_seed_keep_their_order(view: TrackerView) -> None:
    seed = {
        "Performance Optimization Status": "Optimization Target,Status,Priority,Assigned To,Target Completion,"
        "Expected Improvement,Notes",
        "Performance Benchmarks": "Component,Operation,Current Performance,Target Performance,Measurement Method",
        "Caching Strategy Implementation": "Caching Target,Status,Cache Type,Eviction Policy,Size Limit,Notes",
        "Memory Profiling Targets": "Component,Current Memory Usage,Target Memory Usage,Status,Notes",
        "Progress Tracking": "Month,Optimizations Completed,Total Completed,Total Remaining",
        "Performance Testing Infrastructure": "Component,Status,Description,Notes",
        "Known Performance Bottlenecks": "Bottleneck,Impact,Optimization Approach,Priority",
    }
    text = render_tracker(view)
    for heading, columns in seed.items():
        header = rows_of(text, heading)[0]
        filled = [column for column in columns.split(",") if (heading, column) != ("Memory Profiling Targets", "Notes")]
        filled = [column for column in filled if heading != "Performance Testing Infrastructure" or column != "Notes"]
        assert [column for column in header if column in columns.split(",")] == filled


def test_every_target_has_a_row_of_the_full_width(view: TrackerView) -> None:
    text = render_tracker(view)
    counts = {Section.OPTIMIZATIONS: 3, Section.BUDGETS: 2, Section.CACHES: 2, Section.MEMORY: 1}
    for heading, count in zip(SEED_SECTIONS[2:6], counts.values(), strict=True):
        header, *rows = rows_of(text, heading)
        assert len(rows) == count
        assert {len(row) for row in rows} == {len(header)}


def test_only_what_is_met_is_green(view: TrackerView) -> None:
    shown = {
        row[0].text: row[table.columns.index("Status")].text
        for table in (view.tables[OPTIMIZATIONS], view.tables[CACHES], view.tables[MEMORY])
        for row in table.rows
    }
    assert shown == {
        "VectorSearchResolver Caching": "🟢 Completed",
        "Scheduling": "🟡 In Progress (missed)",
        "Lookup": "🔴 Not Started",
        "Vector Embeddings": "🟢 Completed",
        "Files": "🟡 In Progress (waived)",
        "Task Objects": "🟢 Completed",
    }


def test_a_past_date_is_marked_until_the_target_is_completed(view: TrackerView) -> None:
    due = {row[0].text: row[4].text for row in view.tables[OPTIMIZATIONS].rows}
    assert due["Scheduling"] == "2024-11-30 ⚠ overdue"
    assert due["VectorSearchResolver Caching"] == "2024-07-15"
    assert due["Lookup"] == "2027-01-01"
    newest = replace(JUDGEMENTS[0].evidence, measured_at=datetime(2027, 1, 2, tzinfo=UTC))
    later = build_view(TARGETS, [replace(JUDGEMENTS[0], evidence=newest), *JUDGEMENTS[1:]])
    assert later.tables[OPTIMIZATIONS].rows[2][4].text == "2027-01-01 ⚠ overdue"


def test_a_cell_holds_one_figure_with_its_interval_and_below_it_both_sides_and_the_trend(view: TrackerView) -> None:
    place = view.tables[OPTIMIZATIONS].columns.index("Current Performance")
    assert [(row[place].text, [each.text for each in row[place].below]) for row in view.tables[OPTIMIZATIONS].rows] == [
        ("−65 % (−66 … −64)", ["10.0 → 3.50 ms", "█▆▃▁ −13 %"]),
        ("+11 % (+9 … +13)", ["2.00 → 1.80 ms"]),
        ("-", []),
    ]
    assert (view.tables[BUDGETS].rows[0][2].text, view.tables[BUDGETS].rows[0][2].below) == (
        "49.0 ms (47.0 … 52.0)",
        (),
    )
    assert [cell.text for cell in view.tables[MEMORY].rows[0][1:4]] == ["12.1 → 8.35 MB", "30% reduction", "−31 %"]


def test_a_column_that_nobody_filled_is_left_out(view: TrackerView) -> None:
    assert "Assigned To" in view.tables[OPTIMIZATIONS].columns
    nobody = replace(TARGETS, targets=tuple(replace(target, owner=None) for target in TARGETS.targets))
    judgements = [replace(each, target=replace(each.target, owner=None)) for each in JUDGEMENTS]
    assert "Assigned To" not in build_view(nobody, judgements).tables[OPTIMIZATIONS].columns


def test_rows_that_nobody_worded_stand_folded_by_component_beside_those_that_people_did(view: TrackerView) -> None:
    assert [(row[0].text, row[2].text) for row in view.tables[FURTHER].rows] == [("DatabaseTaskResolver", "0 of 1 met")]
    assert view.tables[FURTHER].rows[0][2].folded == (
        "🟡 query: DatabaseTaskResolver, Query Execution: 42.0 ms (41.2 … ∞), promised p95 < 50 ms (stale)",
    )
    unworded = replace(TARGETS, targets=tuple(replace(target, wording=None) for target in TARGETS.targets))
    judgements = [replace(each, target=replace(each.target, wording=None)) for each in JUDGEMENTS]
    assert "query" not in str(build_view(unworded, judgements).tables[FURTHER].rows)


def test_what_speaks_against_the_figures_comes_first_and_once(view: TrackerView) -> None:
    assert [doubt.rpartition(" (")[2] for doubt in view.doubts] == ["hostile).", "query).", "search-caching)."]
    many = [replace(each, caveats=JUDGEMENTS[0].caveats) for each in JUDGEMENTS]
    assert build_view(TARGETS, many).doubts == ("The machine was noisy: ±1.2 % (11 targets, such as search-caching).",)


def test_a_remark_has_one_number_and_a_row_has_one_remark_at_most(view: TrackerView) -> None:
    assert len(set(view.footnotes)) == len(view.footnotes)
    tables = (*view.tables, view.bottlenecks)
    rows = [[each for cell in row for each in (cell, *cell.below)] for table in tables for row in table.rows]
    notes = [[number for cell in row for number in cell.notes] for row in rows]
    assert max(map(len, notes)) == 1
    assert {number for row in notes for number in row} == set(range(1, len(view.footnotes) + 1))


def test_progress_adds_the_months_of_the_history_to_those_that_people_wrote(view: TrackerView) -> None:
    assert [[cell.text for cell in row] for row in view.tables[PROGRESS].rows] == [
        ["July 2024", "-", "0", "3"],
        ["October 2026", "VectorSearchResolver Caching", "1", "2"],
        ["November 2026", "Scheduling", "2", "1"],
    ]
    assert view.footnotes[view.tables[PROGRESS].rows[-1][2].notes[0] - 1].endswith("not completed now: Scheduling.")


def test_a_bottleneck_follows_the_targets_that_remove_it(view: TrackerView) -> None:
    assert [row[4].text for row in view.bottlenecks.rows] == ["🟡 In Progress, 1 of 2 targets", "-"]
    done = [replace(judgement, status=JUDGEMENTS[0].status) for judgement in JUDGEMENTS]
    assert build_view(TARGETS, done).bottlenecks.rows[0][4].text == "🟢 Completed, 2 of 2 targets"


def test_the_head_counts_and_names_the_newest_evidence(view: TrackerView) -> None:
    assert view.summary == (
        "As of 2026-11-03, 11 targets: 5 met, 1 missed, 1 undecided, 1 failed, 1 unmeasured, 1 stale, 1 waived."
    )
    assert view.provenance == ("Measured 2026-11-03 on AMD EPYC, 2 cores, commit 0123456, boss-perf 0.1.0.")


def test_nothing_measured_is_a_tracker_too() -> None:
    text = render_tracker(build_view(TargetSet(project="x", path="targets.yaml", digest=""), ()))
    assert "0 targets: none." in text
    assert "Nothing was measured yet" in text


def test_the_same_evidence_gives_the_same_bytes_in_any_order(view: TrackerView) -> None:
    again = build_view(TARGETS, JUDGEMENTS[::-1], records=RECORDS[::-1], completed_by_month=COMPLETED, runs=(RUN,))
    assert render_tracker(again) == render_tracker(view)


def test_a_hostile_name_stays_text(view: TrackerView) -> None:
    text = render_tracker(view)
    html = GFM.render(text)
    assert "<script" not in html
    assert "<a href" not in html
    assert "{{ 7 \\* 7 }}" in text
    assert "<strong>" not in html.split("Performance Benchmarks", 1)[1].split("Guidelines", 1)[0]
    budgets = rows_of(text, "Performance Benchmarks")
    assert all(len(row) == len(budgets[0]) for row in budgets)
    assert "a|b # <script>" in budgets[2][0]


@given(name=st.text(st.characters() | st.sampled_from("|\\`*_[]<>\n\r#"), min_size=1, max_size=40))
def test_no_name_breaks_the_table(name: str) -> None:
    target = replace(CACHING, name=name, notes=name, why=name, owner=name, wording=name)
    target_set = replace(TARGETS, targets=(target, *TARGETS.targets[1:]))
    judgements = (judged(target, Verdict.MISSED, name), *JUDGEMENTS[1:])
    rows = rows_of(render_tracker(build_view(target_set, judgements)), "Performance Optimization Status")
    assert len(rows) == 4
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows[0]) >= 8


def test_a_project_may_replace_one_block(view: TrackerView, tmp_path: Path) -> None:
    template = tmp_path / "own.md.j2"
    template.write_text(
        '{% extends "tracker.md.j2" %}{% block closing %}Ours: {{ tracker.closing }} {{ "*x*" }}{% endblock %}'
    )
    text = render_tracker(view, template_path=template)
    assert "Ours: This document is updated weekly. \\*x\\*" in text
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == SEED_SECTIONS


@pytest.mark.parametrize(
    ("source", "line", "complaint"),
    [
        ("# fine\n{% if %}\n", 2, "template"),
        ("# fine\n\n{{ tracker.tittle }}\n", 3, "tittle"),
        ("{{ nothing }}", 1, "nothing"),
        ("\n{{ 1 / 0 }}", 2, "ZeroDivisionError"),
        ("\n\n{{ tracker.__class__.__mro__ }}", 3, "unsafe"),
        ('{% include "/etc/passwd" %}', 1, "passwd"),
    ],
)
def test_a_template_that_fails_is_named_with_its_line(
    view: TrackerView, tmp_path: Path, source: str, line: int, complaint: str
) -> None:
    template = tmp_path / "own.md.j2"
    template.write_text(source)
    with pytest.raises(ReportError, match=complaint) as caught:
        render_tracker(view, template_path=template)
    assert caught.value.where == f"{template}:{line}"


def test_a_template_that_cannot_be_read_is_named(view: TrackerView, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be read"):
        render_tracker(view, template_path=tmp_path / "missing.j2")
    (tmp_path / "binary.j2").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReportError, match="cannot be read"):
        render_tracker(view, template_path=tmp_path / "binary.j2")


def test_evidence_of_several_machines_is_said() -> None:
    elsewhere = replace(EVIDENCE, machine="m2", machine_text="Ryzen", measured_at=NEWEST - timedelta(days=1))
    judgements = (replace(JUDGEMENTS[0], evidence=elsewhere), *JUDGEMENTS[1:])
    view = build_view(TARGETS, judgements)
    assert "from 2 machines" in view.provenance
    assert "Measured on 2026-11-02, on Ryzen." in view.footnotes


def test_the_hostile_example_is_as_hostile_as_it_says() -> None:
    assert {"|", "\n", "<", "[", "`", "@"} <= set(HOSTILE)


def test_a_comparison_that_was_explained_leads_to_its_flame_graph() -> None:
    explained = {CACHING.id: explanation("t.py::t", name="[a](https://evil.example)|")}
    text = render_tracker(build_view(TARGETS, JUDGEMENTS, explanations=explained))
    assert text.count("](dashboard.html#target-") == 1
    assert f"](dashboard.html#target-{CACHING.id})[^" in text
    assert "Where it comes from: shop." in text
    links = [
        each.attrs["href"] for token in GFM.parse(text) for each in token.children or () if each.type == "link_open"
    ]
    assert f"dashboard.html#target-{CACHING.id}" in links and not any("evil" in link for link in links)
