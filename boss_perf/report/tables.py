"""The project's own tables: their columns in their order, and in a cell one figure with its interval.

Then those that sum up: further promises by component, progress by month, known bottlenecks.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from boss_perf.model.targets import Evidenced, Section
from boss_perf.model.verdicts import Judgement, Status, Verdict
from boss_perf.report.figures import day_text, figure_text, limit_text, method_text, promise_text
from boss_perf.report.table import NOTHING, Cell, Material, TableView, measured_cell, sides_cell, status_cell

_VARIANT = re.compile(r" \(| over ")
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
    title, names = _TABLES[section]
    made = [[_COLUMNS[name](material, judgement) for name in names] for judgement in material.own(section)]
    rows = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in made]
    kept = [place for place in range(len(names)) if not rows or any(row[place].text for row in rows)]
    return TableView(
        title,
        tuple(names[place] for place in kept),
        tuple(
            tuple(row[place] if row[place].text else Cell(NOTHING, row[place].notes) for place in kept) for row in rows
        ),
    )


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
        ("Expected Improvement", "Target Performance", "Target Memory Usage"), lambda _, each: promise_text(each.target)
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


def further(material: Material) -> TableView:
    """The other promises by component: how many are kept, and folded under it each with its figure."""
    groups: dict[str, list[Judgement]] = {}
    for judgement in material.further():
        target = judgement.target
        groups.setdefault(_VARIANT.split(target.component or target.name)[0], []).append(judgement)
    rows = []
    for component, judgements in groups.items():
        kept = sum(judgement.verdict is Verdict.MET for judgement in judgements)
        lines = tuple(_promise_line(judgement) for judgement in judgements)
        rows.append(
            (Cell(component), Cell(_status_of(judgements).emoji), Cell(f"{kept} of {len(lines)} met", folded=lines))
        )
    return TableView("Further promises", ("Component", "Status", "Promises"), tuple(rows))


def progress(material: Material) -> TableView:
    """Months as people counted them, then those of the history: what was first completed in each, and how many stay.

    Total Completed counts what was ever completed; a status that fell back since is named in a footnote.
    """
    wanted = {target.id: target.name for target in material.target_set.in_section(Section.OPTIMIZATIONS)}
    months = {
        f"{datetime.strptime(month, '%Y-%m'):%B %Y}": [
            wanted[target_id] for target_id in completed if target_id in wanted
        ]
        for month, completed in sorted(material.completed_by_month.items())
    }
    rows = [
        (Cell(row.month), Cell(row.completed), Cell(str(row.total_completed)), Cell(str(row.total_remaining)))
        for row in material.target_set.progress
        if not months.get(row.month)
    ]
    total = 0
    for month, names in months.items():
        total += len(names)
        if names:
            rows.append((Cell(month), Cell(", ".join(names)), Cell(str(total)), Cell(str(len(wanted) - total))))
    once = {target_id for completed in material.completed_by_month.values() for target_id in completed}
    fallen = [
        name
        for target_id, name in wanted.items()
        if target_id in once and material.judgements[target_id].status is not Status.COMPLETED
    ]
    if fallen and rows:
        notes = material.note(f"Completed once, not completed now: {', '.join(fallen)}")
        rows[-1] = (*rows[-1][:2], Cell(rows[-1][2].text, notes), rows[-1][3])
    columns = ("Month", "Optimizations Completed", "Total Completed", "Total Remaining")
    return TableView("Progress Tracking", columns, tuple(rows))


def bottlenecks(material: Material) -> TableView:
    """Known slow places and how far the targets that remove them have come."""
    rows = []
    for bottleneck in material.target_set.bottlenecks:
        removed_by = [material.judgements[name] for name in bottleneck.targets if name in material.judgements]
        cells = (bottleneck.name, bottleneck.impact, bottleneck.approach, bottleneck.priority)
        rows.append((*(Cell(text or NOTHING) for text in cells), _removal(removed_by)))
    columns = ("Bottleneck", "Impact", "Optimization Approach", "Priority", "Status")
    return TableView("Known Performance Bottlenecks", columns, tuple(rows))


def _promise_line(judgement: Judgement) -> str:
    """`🟢 registry-overhead: TaskResolverRegistry over a bare dict, Resolver Lookup: 1.96× (1.89 … 2.02) of ≤ 3×`."""
    target, finding = judgement.target, judgement.deciding
    figure = figure_text(finding) if finding is not None else ""
    limit = limit_text(finding.expectation) if finding is not None else promise_text(target)
    measured = f"{figure}, promised {limit}" if figure else f"promised {limit}"
    verdict = "" if judgement.verdict is Verdict.MET else f" ({judgement.verdict.value.lower()})"
    what = f"{target.component}, {target.operation}" if target.component and target.operation else target.name
    return f"{judgement.status.emoji} {target.id}: {what}: {measured}{verdict}"


def _status_of(judgements: Sequence[Judgement]) -> Status:
    statuses = {judgement.status for judgement in judgements}
    return next(iter(statuses)) if len(statuses) == 1 else Status.IN_PROGRESS


def _removal(judgements: Sequence[Judgement]) -> Cell:
    if not judgements:
        return Cell(NOTHING)
    done = sum(judgement.status is Status.COMPLETED for judgement in judgements)
    status = _status_of(judgements)
    return Cell(f"{status.emoji} {status.value}, {done} of {len(judgements)} targets")
