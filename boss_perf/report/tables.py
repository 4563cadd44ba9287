"""The tables of the tracker: the project's own columns in their order, and in a cell one figure with its interval."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from boss_perf.model.history import VerdictRecord
from boss_perf.model.targets import Evidenced, Section, Target, TargetSet
from boss_perf.model.verdicts import Evidence, Judgement, Status, Verdict
from boss_perf.report.figures import (
    commit_text,
    day_text,
    deciding,
    figure_text,
    limit_text,
    machine_text,
    method_text,
    month_text,
    promise_text,
    reason_text,
    sides_text,
)
from boss_perf.report.sparkline import trend_figures, trend_text

NOTHING = "-"
_VARIANT = re.compile(r" \(| over ")


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, the numbers of the footnotes behind it, and the lines that are folded under it."""

    text: str
    notes: tuple[int, ...] = ()
    folded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableView:
    """A section of the tracker: its heading, its columns and its rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Footnotes:
    """Numbers for remarks in the order in which they are first made; the same remark has one number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, remark: str) -> tuple[int, ...]:
        """The remark's number, none for an empty one."""
        said = sentence(remark)
        return (self._numbers.setdefault(said, len(self._numbers) + 1),) if said else ()

    @property
    def texts(self) -> tuple[str, ...]:
        """All remarks so far, number 1 first."""
        return tuple(self._numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What the tables are made of; `judgements` has one for every target, `newest` is the evidence named on top."""

    target_set: TargetSet
    judgements: Mapping[str, Judgement]
    records: Mapping[str, tuple[VerdictRecord, ...]]
    completed_by_month: Mapping[str, Sequence[str]]
    as_of: date | None
    newest: Evidence | None
    footnotes: Footnotes

    def own(self, section: Section) -> tuple[Judgement, ...]:
        """The judgements of a table in the file's order.

        Of budgets and memory those that people wrote about, where they did so of any: each may have harder ones beside.
        """
        targets = self.target_set.in_section(section)
        may_fold = section in (Section.BUDGETS, Section.MEMORY)
        own = tuple(target for target in targets if may_fold and _is_written_about(target))
        return tuple(self.judgements[target.id] for target in own or targets)

    def further(self) -> tuple[Judgement, ...]:
        """All others: harder promises and overheads that stand beside them."""
        own = {judgement.target.id for section in Section for judgement in self.own(section)}
        return tuple(self.judgements[target.id] for target in self.target_set.targets if target.id not in own)


def _is_written_about(target: Target) -> bool:
    return bool(target.wording or target.priority or target.owner or target.due or target.notes)


Column = Callable[[Judgement], str | Cell]


def optimizations(material: Material) -> TableView:
    """What is to become faster or smaller, with both implementations side by side."""
    return _table(
        "Performance Optimization Status",
        material.own(Section.OPTIMIZATIONS),
        {
            "Optimization Target": lambda each: each.target.name,
            "Status": lambda each: _status(material, each),
            "Priority": lambda each: each.target.priority or "",
            "Assigned To": lambda each: each.target.owner or "",
            "Target Completion": lambda each: due_text(each, as_of=material.as_of),
            "Expected Improvement": lambda each: promise_text(each.target),
            "Current Performance": lambda each: _measured(material, each),
            "Baseline → Optimized": _sides,
            "Trend": lambda each: _trend(material, each),
            "Notes": lambda each: each.target.notes or "",
        },
    )


def budgets(material: Material) -> TableView:
    """What an operation may cost, and what it costs."""
    return _table(
        "Performance Benchmarks",
        material.own(Section.BUDGETS),
        {
            "Component": lambda each: each.target.component or "",
            "Operation": lambda each: each.target.operation or each.target.name,
            "Current Performance": lambda each: _measured(material, each),
            "Target Performance": lambda each: promise_text(each.target),
            "Measurement Method": lambda each: method_text(each.target),
            "Status": lambda each: _status(material, each),
            "Trend": lambda each: _trend(material, each),
        },
    )


def caches(material: Material) -> TableView:
    """Caches and whether they keep to their policies."""
    return _table(
        "Caching Strategy Implementation",
        material.own(Section.CACHES),
        {
            "Caching Target": lambda each: each.target.name,
            "Status": lambda each: _status(material, each),
            "Cache Type": lambda each: each.target.cache_type or "",
            "Eviction Policy": lambda each: each.target.eviction_wording or "",
            "Size Limit": lambda each: each.target.size_wording or "",
            "Policy": lambda each: _measured(material, each),
            "Notes": lambda each: each.target.notes or "",
        },
    )


def memory(material: Material) -> TableView:
    """What components keep in memory."""
    return _table(
        "Memory Profiling Targets",
        material.own(Section.MEMORY),
        {
            "Component": lambda each: each.target.component or each.target.name,
            "Current Memory Usage": lambda each: _sides(each) or _measured(material, each),
            "Target Memory Usage": lambda each: promise_text(each.target),
            "Change": lambda each: _measured(material, each) if _sides(each) else "",
            "Status": lambda each: _status(material, each),
            "Trend": lambda each: _trend(material, each),
            "Notes": lambda each: each.target.notes or "",
        },
    )


def loads(material: Material) -> TableView:
    """What a service withstands."""
    return _table(
        "Load Targets",
        material.own(Section.LOADS),
        {
            "Load": lambda each: each.target.name,
            "Profile": lambda each: f"{load.users} users, {load.duration_s:g} s" if (load := each.target.load) else "",
            "Current Performance": lambda each: _measured(material, each),
            "Target Performance": lambda each: promise_text(each.target),
            "Status": lambda each: _status(material, each),
            "Trend": lambda each: _trend(material, each),
            "Notes": lambda each: each.target.notes or "",
        },
    )


def infrastructure(material: Material) -> TableView:
    """What the project measures itself with, and the last run that shows it works."""
    return _table(
        "Performance Testing Infrastructure",
        material.own(Section.INFRASTRUCTURE),
        {
            "Component": lambda each: each.target.name,
            "Status": lambda each: _status(material, each),
            "Description": lambda each: each.target.description or "",
            "Evidence": _evidence,
            "Notes": lambda each: each.target.notes or "",
        },
    )


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
        month_text(month): [wanted[target_id] for target_id in completed if target_id in wanted]
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
        notes = material.footnotes.number(f"Completed once, not completed now: {', '.join(fallen)}")
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


def sentence(text: str) -> str:
    """With a capital and a full stop, so that remarks of any make read alike; `p95` is no word to capitalise."""
    said = text.strip()
    opening = said[:1].upper() if said.split(" ", 1)[0].isalpha() else said[:1]
    return f"{opening}{said[1:]}{'' if said.endswith(('.', '!', '?', '…')) or not said else '.'}"


def due_text(judgement: Judgement, *, as_of: date | None) -> str:
    """The promised date, marked when it has passed and the target is not completed."""
    due = judgement.target.due
    if due is None:
        return ""
    is_overdue = as_of is not None and due < as_of and judgement.status is not Status.COMPLETED
    return f"{due.isoformat()} ⚠ overdue" if is_overdue else due.isoformat()


def _table(title: str, judgements: Iterable[Judgement], columns: Mapping[str, Column]) -> TableView:
    """One row for each judgement, without the columns that nobody filled."""
    made = [[column(judgement) for column in columns.values()] for judgement in judgements]
    rows = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in made]
    kept = [place for place in range(len(columns)) if not rows or any(row[place].text for row in rows)]
    names = tuple(columns)
    return TableView(
        title,
        tuple(names[place] for place in kept),
        tuple(
            tuple(cell if cell.text else Cell(NOTHING, cell.notes) for cell in (row[place] for place in kept))
            for row in rows
        ),
    )


def _status(material: Material, judgement: Judgement) -> Cell:
    """`🟢 Completed`, `🔴 Not Started`, `🟡 In Progress (missed)`; what is not met says why in a footnote."""
    status, verdict = judgement.status, judgement.verdict
    text = f"{status.emoji} {status.value}"
    if status is Status.IN_PROGRESS or verdict is Verdict.WAIVED:
        text = f"{text} ({verdict.value.lower()})"
    return Cell(text, () if verdict is Verdict.MET else material.footnotes.number(reason_text(judgement)))


def _measured(material: Material, judgement: Judgement) -> Cell:
    """The figure; that it comes from elsewhere than the newest is said in a footnote, unless there is one already."""
    finding = deciding(judgement)
    text = figure_text(finding) if finding is not None else ""
    evidence, newest = judgement.evidence, material.newest
    if not text or evidence is None or newest is None or judgement.verdict is not Verdict.MET:
        return Cell(text)
    parts = []
    if day_text(evidence.measured_at) != day_text(newest.measured_at):
        parts.append(f"on {day_text(evidence.measured_at)}")
    if evidence.machine != newest.machine:
        parts.append(f"on {machine_text(evidence.machine_text)}")
    if (evidence.commit, evidence.is_dirty) != (newest.commit, newest.is_dirty):
        parts.append(f"at {commit_text(evidence)}")
    return Cell(text, material.footnotes.number(f"Measured {', '.join(parts)}") if parts else ())


def _sides(judgement: Judgement) -> str:
    finding = next((each for each in judgement.findings if each.comparison is not None), None)
    return sides_text(finding.comparison) if finding is not None and finding.comparison is not None else ""


def _trend(material: Material, judgement: Judgement) -> str:
    """The last figures of the machine that the evidence is from, as a sparkline."""
    machine = judgement.evidence.machine if judgement.evidence is not None else None
    return trend_text(trend_figures(material.records.get(judgement.target.id, ()), machine=machine))


def _evidence(judgement: Judgement) -> str:
    shown = [
        finding.reason
        for finding in judgement.findings
        if isinstance(finding.expectation, Evidenced) and finding.verdict is not Verdict.UNMEASURED
    ]
    return "; ".join(shown) or (day_text(judgement.evidence.measured_at) if judgement.evidence is not None else "")


def _promise_line(judgement: Judgement) -> str:
    """`🟢 registry-overhead: TaskResolverRegistry over a bare dict, Resolver Lookup: 1.96× (1.89 … 2.02) of ≤ 3×`."""
    target, finding = judgement.target, deciding(judgement)
    figure = figure_text(finding) if finding is not None else ""
    limit = limit_text(finding.expectation) if finding is not None else promise_text(target)
    measured = f"{figure}, promised {limit}" if figure else f"promised {limit}"
    verdict = "" if judgement.verdict is Verdict.MET else f" ({judgement.verdict.value.lower()})"
    return f"{judgement.status.emoji} {target.id}: {_what(target)}: {measured}{verdict}"


def _what(target: Target) -> str:
    return f"{target.component}, {target.operation}" if target.component and target.operation else target.name


def _status_of(judgements: Sequence[Judgement]) -> Status:
    statuses = {judgement.status for judgement in judgements}
    return next(iter(statuses)) if len(statuses) == 1 else Status.IN_PROGRESS


def _removal(judgements: Sequence[Judgement]) -> Cell:
    if not judgements:
        return Cell(NOTHING)
    done = sum(judgement.status is Status.COMPLETED for judgement in judgements)
    status = _status_of(judgements)
    return Cell(f"{status.emoji} {status.value}, {done} of {len(judgements)} targets")
