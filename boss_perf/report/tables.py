"""The tables of the tracker: the seed's columns in the seed's order, and what was measured beside them."""

from boss_perf.model.targets import Section
from boss_perf.report.cells import NOTHING, both_sides, due_text, method_text, or_nothing
from boss_perf.report.evidence_cells import measured_cell, promise_cell, status_cell, trend_cell
from boss_perf.report.material import Cell, Material, TableView


def optimizations(material: Material) -> TableView:
    """What is to become faster or smaller, with both implementations side by side."""
    rows = []
    for judgement in material.in_section(Section.OPTIMIZATIONS):
        target = judgement.target
        baseline, optimized = both_sides(judgement)
        rows.append(
            (
                Cell(target.name),
                status_cell(material, judgement),
                Cell(or_nothing(target.priority)),
                Cell(or_nothing(target.owner)),
                Cell(due_text(judgement, as_of=material.as_of)),
                promise_cell(material, target),
                measured_cell(material, judgement),
                Cell(baseline),
                Cell(optimized),
                trend_cell(material, judgement),
                Cell(or_nothing(target.notes)),
            )
        )
    columns = (
        "Optimization Target", "Status", "Priority", "Assigned To", "Target Completion", "Expected Improvement",
        "Current Performance", "Baseline", "Optimized", "Trend", "Notes",
    )  # fmt: skip
    return TableView("Performance Optimization Status", columns, tuple(rows))


def budgets(material: Material) -> TableView:
    """What an operation may cost, and what it costs."""
    judgements = material.in_section(Section.BUDGETS)
    further: dict[str, list[str | None]] = {
        "Priority": [each.target.priority for each in judgements],
        "Assigned To": [each.target.owner for each in judgements],
        "Target Completion": [due_text(each, as_of=material.as_of) if each.target.due else None for each in judgements],
        "Notes": [each.target.notes for each in judgements],
    }
    filled = {title: said for title, said in further.items() if any(said)}
    rows = tuple(
        (
            Cell(or_nothing(judgement.target.component)),
            Cell(judgement.target.operation or judgement.target.name),
            measured_cell(material, judgement),
            promise_cell(material, judgement.target),
            Cell(method_text(judgement.target)),
            status_cell(material, judgement),
            trend_cell(material, judgement),
            *(Cell(or_nothing(said[at])) for said in filled.values()),
        )
        for at, judgement in enumerate(judgements)
    )
    columns = (
        "Component", "Operation", "Current Performance", "Target Performance", "Measurement Method", "Status", "Trend",
        *filled,
    )  # fmt: skip
    return TableView("Performance Benchmarks", columns, rows)


def caches(material: Material) -> TableView:
    """Caches and whether they keep to their policies."""
    rows = []
    for judgement in material.in_section(Section.CACHES):
        target = judgement.target
        rows.append(
            (
                Cell(target.name),
                status_cell(material, judgement),
                Cell(or_nothing(target.cache_type)),
                Cell(or_nothing(target.eviction_wording), material.footnotes.numbers(target.why)),
                Cell(or_nothing(target.size_wording)),
                measured_cell(material, judgement),
                Cell(or_nothing(target.notes)),
            )
        )
    columns = (
        "Caching Target", "Status", "Cache Type", "Eviction Policy", "Size Limit", "Current Performance", "Notes",
    )  # fmt: skip
    return TableView("Caching Strategy Implementation", columns, tuple(rows))


def memory(material: Material) -> TableView:
    """What components keep in memory."""
    rows = []
    for judgement in material.in_section(Section.MEMORY):
        target = judgement.target
        baseline, optimized = both_sides(judgement)
        rows.append(
            (
                Cell(target.component or target.name),
                measured_cell(material, judgement, opening="" if optimized == NOTHING else optimized),
                promise_cell(material, target),
                status_cell(material, judgement),
                Cell(baseline),
                Cell(optimized),
                trend_cell(material, judgement),
                Cell(or_nothing(target.notes)),
            )
        )
    columns = (
        "Component", "Current Memory Usage", "Target Memory Usage", "Status", "Baseline", "Optimized", "Trend", "Notes",
    )  # fmt: skip
    return TableView("Memory Profiling Targets", columns, tuple(rows))


def loads(material: Material) -> TableView:
    """What a service withstands."""
    rows = []
    for judgement in material.in_section(Section.LOADS):
        target, load = judgement.target, judgement.target.load
        profile = f"{load.users} users, {load.duration_s:g} s" if load is not None else NOTHING
        rows.append(
            (
                Cell(target.name),
                Cell(profile),
                measured_cell(material, judgement),
                promise_cell(material, target),
                status_cell(material, judgement),
                trend_cell(material, judgement),
                Cell(or_nothing(target.notes)),
            )
        )
    columns = ("Load", "Profile", "Current Performance", "Target Performance", "Status", "Trend", "Notes")
    return TableView("Load Targets", columns, tuple(rows))
