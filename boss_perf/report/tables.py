"""The project's own tables: their columns in their order, and in a cell one figure with its interval."""

from datetime import date

from boss_perf.model.targets import Section
from boss_perf.model.verdicts import Judgement, Status
from boss_perf.report.figures import method_text, promise_text
from boss_perf.report.table import Cell, Material, TableView, measured_cell, sides_cell, status_cell, table_of


def optimizations(material: Material) -> TableView:
    """What is to become faster or smaller, with both implementations side by side."""
    return table_of(
        "Performance Optimization Status",
        material.own(Section.OPTIMIZATIONS),
        {
            "Optimization Target": lambda each: each.target.name,
            "Status": lambda each: status_cell(material, each),
            "Priority": lambda each: each.target.priority or "",
            "Assigned To": lambda each: each.target.owner or "",
            "Target Completion": lambda each: due_text(each, as_of=material.as_of),
            "Expected Improvement": lambda each: promise_text(each.target),
            "Current Performance": lambda each: measured_cell(material, each),
            "Notes": lambda each: each.target.notes or "",
        },
    )


def budgets(material: Material) -> TableView:
    """What an operation may cost, and what it costs."""
    return table_of(
        "Performance Benchmarks",
        material.own(Section.BUDGETS),
        {
            "Component": lambda each: each.target.component or "",
            "Operation": lambda each: each.target.operation or each.target.name,
            "Current Performance": lambda each: measured_cell(material, each),
            "Target Performance": lambda each: promise_text(each.target),
            "Measurement Method": lambda each: method_text(each.target),
            "Status": lambda each: status_cell(material, each),
            "Priority": lambda each: each.target.priority or "",
            "Assigned To": lambda each: each.target.owner or "",
            "Target Completion": lambda each: due_text(each, as_of=material.as_of),
            "Notes": lambda each: each.target.notes or "",
        },
    )


def caches(material: Material) -> TableView:
    """Caches and whether they keep to their policies."""
    return table_of(
        "Caching Strategy Implementation",
        material.own(Section.CACHES),
        {
            "Caching Target": lambda each: each.target.name,
            "Status": lambda each: status_cell(material, each),
            "Cache Type": lambda each: each.target.cache_type or "",
            "Eviction Policy": lambda each: each.target.eviction_wording or "",
            "Size Limit": lambda each: each.target.size_wording or "",
            "Policy": lambda each: measured_cell(material, each),
            "Notes": lambda each: each.target.notes or "",
        },
    )


def memory(material: Material) -> TableView:
    """What components keep in memory."""
    return table_of(
        "Memory Profiling Targets",
        material.own(Section.MEMORY),
        {
            "Component": lambda each: each.target.component or each.target.name,
            "Current Memory Usage": lambda each: _usage_cell(material, each),
            "Target Memory Usage": lambda each: promise_text(each.target),
            "Change": lambda each: (
                measured_cell(material, each, has_sides=False) if sides_cell(material, each).text else ""
            ),
            "Status": lambda each: status_cell(material, each),
            "Notes": lambda each: each.target.notes or "",
        },
    )


def _usage_cell(material: Material, judgement: Judgement) -> Cell:
    sides = sides_cell(material, judgement)
    return sides if sides.text else measured_cell(material, judgement)


def loads(material: Material) -> TableView:
    """What a service withstands."""
    return table_of(
        "Load Targets",
        material.own(Section.LOADS),
        {
            "Load": lambda each: each.target.name,
            "Profile": lambda each: f"{load.users} users, {load.duration_s:g} s" if (load := each.target.load) else "",
            "Current Performance": lambda each: measured_cell(material, each),
            "Target Performance": lambda each: promise_text(each.target),
            "Status": lambda each: status_cell(material, each),
            "Notes": lambda each: each.target.notes or "",
        },
    )


def due_text(judgement: Judgement, *, as_of: date | None) -> str:
    """The promised date, marked when it has passed and the target is not completed."""
    due = judgement.target.due
    if due is None:
        return ""
    is_overdue = as_of is not None and due < as_of and judgement.status is not Status.COMPLETED
    return f"{due.isoformat()} ⚠ overdue" if is_overdue else due.isoformat()
