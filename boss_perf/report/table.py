"""What the tracker's tables are made of: cells with footnotes, judgements by section."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from urllib.parse import quote

from boss_perf.model.explanations import Explanation
from boss_perf.model.history import VerdictRecord
from boss_perf.model.targets import Section, Target, TargetSet
from boss_perf.model.verdicts import Evidence, Judgement, Status, Verdict
from boss_perf.report.explanation_text import explanation_lines
from boss_perf.report.figures import (
    commit_text,
    day_text,
    figure_text,
    machine_text,
    reason_text,
    sides_text,
    trend_text,
)

NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Cell:
    """A text with its footnotes and where it leads, what stands below it, and the lines that are folded under it."""

    text: str
    notes: tuple[int, ...] = ()
    folded: tuple[str, ...] = ()
    below: tuple["Cell", ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class TableView:
    """A section of the tracker: its heading, its columns and its rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What the tables are made of; `judgements` has one for every target, `newest` is the evidence named on top.

    `explanations` are by target id, between its two implementations. `footnotes` number the remarks made so far.
    """

    target_set: TargetSet
    judgements: Mapping[str, Judgement]
    records: Mapping[str, Sequence[VerdictRecord]]
    completed_by_month: Mapping[str, Sequence[str]]
    newest: Evidence | None
    explanations: Mapping[str, Explanation]
    footnotes: dict[str, int] = field(default_factory=dict)

    @property
    def as_of(self) -> date | None:
        """The day the tracker speaks of."""
        return self.newest.measured_at.astimezone(UTC).date() if self.newest is not None else None

    def note(self, remark: str) -> tuple[int, ...]:
        """The number of a remark, the same one each time it is made; none for an empty one."""
        said = sentence(remark)
        return (self.footnotes.setdefault(said, len(self.footnotes) + 1),) if said else ()

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


def sentence(text: str) -> str:
    """With a capital and a full stop, so that remarks of any make read alike; `p95` is no word to capitalise."""
    said = text.strip()
    opening = said[:1].upper() if said.split(" ", 1)[0].isalpha() else said[:1]
    return f"{opening}{said[1:]}{'' if said.endswith(('.', '!', '?', '…')) or not said else '.'}"


def status_cell(material: Material, judgement: Judgement) -> Cell:
    """`🟢 Completed`, `🔴 Not Started`, `🟡 In Progress (missed)`; what is not met says why in a footnote."""
    status, verdict = judgement.status, judgement.verdict
    text = f"{status.emoji} {status.value}"
    if status is Status.IN_PROGRESS or verdict is Verdict.WAIVED:
        text = f"{text} ({verdict.value.lower()})"
    return Cell(text, () if verdict is Verdict.MET else material.note(reason_text(judgement)))


def measured_cell(material: Material, judgement: Judgement, *, has_sides: bool = True) -> Cell:
    """The figure, below it both sides and the last figures of the machine that the evidence is from, as a sparkline.

    That it comes from elsewhere than the newest is said in a footnote, unless there is one already.
    """
    finding = judgement.deciding
    text = figure_text(finding) if finding is not None else ""
    trend = Cell(trend_text(material.records.get(judgement.target.id, ()), judgement))
    lines = (sides_cell(material, judgement), trend) if has_sides else (trend,)
    below = tuple(each for each in lines if each.text and text)
    evidence, newest = judgement.evidence, material.newest
    if not text or evidence is None or newest is None or judgement.verdict is not Verdict.MET:
        return Cell(text, below=below)
    parts = []
    if day_text(evidence.measured_at) != day_text(newest.measured_at):
        parts.append(f"on {day_text(evidence.measured_at)}")
    if evidence.machine != newest.machine:
        parts.append(f"on {machine_text(evidence.machine_text)}")
    if (evidence.commit, evidence.is_dirty) != (newest.commit, newest.is_dirty):
        parts.append(f"at {commit_text(evidence)}")
    return Cell(text, material.note(f"Measured {', '.join(parts)}") if parts else (), below=below)


def sides_cell(material: Material, judgement: Judgement) -> Cell:
    """`84.5 → 24.8 ms`, empty when nothing was compared; where somebody looked why, it leads to the flame graph."""
    finding = next((each for each in judgement.findings if each.comparison is not None), None)
    text = sides_text(finding.comparison) if finding is not None and finding.comparison is not None else ""
    explanation = material.explanations.get(judgement.target.id)
    if not text or explanation is None or finding is None:
        return Cell(text)
    told = explanation.about(is_memory=finding.is_of_memory)
    notes = material.note(f"where it comes from: {explanation_lines(told)[0]}")
    return Cell(text, notes, link=f"dashboard.html#target-{quote(judgement.target.id, safe='')}")
