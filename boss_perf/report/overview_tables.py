"""The tables that sum up: progress by month, the project's own infrastructure, known bottlenecks."""

from boss_perf.model.targets import Evidenced, Section
from boss_perf.model.verdicts import Judgement, Status, Verdict
from boss_perf.report.cells import NOTHING, day_text, joined, month_text, or_nothing
from boss_perf.report.evidence_cells import status_cell
from boss_perf.report.material import Cell, Material, TableView


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
    completed_now = {
        judgement.target.id
        for judgement in material.in_section(Section.OPTIMIZATIONS)
        if judgement.status is Status.COMPLETED
    }
    once = {target_id for completed in material.completed_by_month.values() for target_id in completed}
    fallen = [name for target_id, name in wanted.items() if target_id in once and target_id not in completed_now]
    if fallen and rows:
        notes = material.footnotes.numbers(f"Completed once, not completed now: {', '.join(fallen)}.")
        rows[-1] = (*rows[-1][:2], Cell(rows[-1][2].text, notes), rows[-1][3])
    columns = ("Month", "Optimizations Completed", "Total Completed", "Total Remaining")
    return TableView("Progress Tracking", columns, tuple(rows))


def infrastructure(material: Material) -> TableView:
    """What the project measures itself with, and the last run that shows it works."""
    rows = tuple(
        (
            Cell(judgement.target.name),
            status_cell(material, judgement),
            Cell(or_nothing(judgement.target.description)),
            _evidence_cell(judgement),
            Cell(or_nothing(judgement.target.notes), material.footnotes.numbers(judgement.target.why)),
        )
        for judgement in material.in_section(Section.INFRASTRUCTURE)
    )
    columns = ("Component", "Status", "Description", "Evidence", "Notes")
    return TableView("Performance Testing Infrastructure", columns, rows)


def bottlenecks(material: Material) -> TableView:
    """Known slow places and how far the targets that remove them have come."""
    rows = []
    for bottleneck in material.target_set.bottlenecks:
        removed_by = [material.judgements[name] for name in bottleneck.targets if name in material.judgements]
        rows.append(
            (
                Cell(bottleneck.name),
                Cell(or_nothing(bottleneck.impact)),
                Cell(or_nothing(bottleneck.approach)),
                Cell(or_nothing(bottleneck.priority)),
                _removal(material, removed_by),
            )
        )
    columns = ("Bottleneck", "Impact", "Optimization Approach", "Priority", "Status")
    return TableView("Known Performance Bottlenecks", columns, tuple(rows))


def _evidence_cell(judgement: Judgement) -> Cell:
    promised = [finding for finding in judgement.findings if isinstance(finding.expectation, Evidenced)]
    shown = [finding.reason for finding in promised if finding.verdict is not Verdict.UNMEASURED]
    if shown:
        return Cell(joined(shown))
    return Cell(day_text(judgement.evidence.measured_at) if judgement.evidence is not None else NOTHING)


def _removal(material: Material, judgements: list[Judgement]) -> Cell:
    if not judgements:
        return Cell(NOTHING)
    done = [judgement for judgement in judgements if judgement.status is Status.COMPLETED]
    status = Status.COMPLETED if len(done) == len(judgements) else Status.IN_PROGRESS
    if all(judgement.status is Status.NOT_STARTED for judgement in judgements):
        status = Status.NOT_STARTED
    named = ", ".join(f"{judgement.target.name} ({judgement.verdict.value.lower()})" for judgement in judgements)
    text = f"{status.emoji} {status.value}, {len(done)} of {len(judgements)} targets"
    return Cell(text, material.footnotes.numbers(f"Removed by {named}."))
