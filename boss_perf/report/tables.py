"""The project's own tables: their columns in their order, and in a cell one figure with its interval."""

from collections.abc import Callable
from functools import partial

from boss_perf.model.targets import Evidenced, Section
from boss_perf.model.verdicts import Judgement, Status, Verdict
from boss_perf.report.figures import day_text, method_text, promise_text
from boss_perf.report.table import Cell, Material, TableView, measured_cell, sides_cell, status_cell, table_of

_TABLES = {
    Section.OPTIMIZATIONS: (
        "Performance Optimization Status",
        ("Optimization Target", "Status", "Priority", "Assigned To", "Target Completion", "Expected Improvement",
         "Current Performance", "Notes"),
    ),
    Section.BUDGETS: (
        "Performance Benchmarks",
        ("Component", "Operation", "Current Performance", "Target Performance", "Measurement Method", "Status",
         "Priority", "Assigned To", "Target Completion", "Notes"),
    ),
    Section.CACHES: (
        "Caching Strategy Implementation",
        ("Caching Target", "Status", "Cache Type", "Eviction Policy", "Size Limit", "Policy", "Notes"),
    ),
    Section.MEMORY: (
        "Memory Profiling Targets",
        ("Component", "Current Memory Usage", "Target Memory Usage", "Change", "Status", "Notes"),
    ),
    Section.LOADS: (
        "Load Targets",
        ("Load", "Profile", "Current Performance", "Target Performance", "Status", "Notes"),
    ),
    Section.INFRASTRUCTURE: (
        "Performance Testing Infrastructure",
        ("Component", "Status", "Description", "Evidence", "Notes"),
    ),
}  # fmt: skip


def own_table(material: Material, section: Section) -> TableView:
    """The table of a section, without the columns that nobody filled."""
    title, columns = _TABLES[section]
    return table_of(title, material.own(section), {name: partial(_COLUMNS[name], material) for name in columns})


def _component(_: Material, judgement: Judgement) -> str:
    target = judgement.target
    return target.component if target.component and target.section is not Section.INFRASTRUCTURE else target.name


def _due(material: Material, judgement: Judgement) -> str:
    """The promised date, marked when it has passed and the target is not completed."""
    due, as_of = judgement.target.due, material.as_of
    if due is None:
        return ""
    is_overdue = as_of is not None and due < as_of and judgement.status is not Status.COMPLETED
    return f"{due.isoformat()} ⚠ overdue" if is_overdue else due.isoformat()


def _usage(material: Material, judgement: Judgement) -> Cell:
    sides = sides_cell(material, judgement)
    return sides if sides.text else measured_cell(material, judgement)


def _change(material: Material, judgement: Judgement) -> Cell:
    is_compared = bool(sides_cell(material, judgement).text)
    return measured_cell(material, judgement, has_sides=False) if is_compared else Cell("")


def _profile(_: Material, judgement: Judgement) -> str:
    load = judgement.target.load
    return f"{load.users} users, {load.duration_s:g} s" if load else ""


def _evidence(_: Material, judgement: Judgement) -> str:
    """The last run that shows it works."""
    shown = [
        finding.reason
        for finding in judgement.findings
        if isinstance(finding.expectation, Evidenced) and finding.verdict is not Verdict.UNMEASURED
    ]
    return "; ".join(shown) or (day_text(judgement.evidence.measured_at) if judgement.evidence is not None else "")


_COLUMNS: dict[str, Callable[[Material, Judgement], str | Cell]] = {
    **dict.fromkeys(("Optimization Target", "Caching Target", "Load"), lambda _, each: each.target.name),
    **dict.fromkeys(
        ("Expected Improvement", "Target Performance", "Target Memory Usage"),
        lambda _, each: promise_text(each.target),
    ),
    **dict.fromkeys(("Current Performance", "Policy"), measured_cell),
    "Status": status_cell,
    "Component": _component,
    "Operation": lambda _, each: each.target.operation or each.target.name,
    "Priority": lambda _, each: each.target.priority or "",
    "Assigned To": lambda _, each: each.target.owner or "",
    "Target Completion": _due,
    "Measurement Method": lambda _, each: method_text(each.target),
    "Cache Type": lambda _, each: each.target.cache_type or "",
    "Eviction Policy": lambda _, each: each.target.eviction_wording or "",
    "Size Limit": lambda _, each: each.target.size_wording or "",
    "Current Memory Usage": _usage,
    "Change": _change,
    "Profile": _profile,
    "Description": lambda _, each: each.target.description or "",
    "Evidence": _evidence,
    "Notes": lambda _, each: each.target.notes or "",
}
