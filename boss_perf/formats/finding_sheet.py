"""A whole result for foreign formats: the rows and the frame around them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from boss_perf.errors import ExitStatus
from boss_perf.formats.finding_row import FindingRow, rows_from_gate, rows_from_judgements
from boss_perf.model.gate import GateReport, Side
from boss_perf.model.verdicts import Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingSheet:
    """All rows of a run with its frame. `kind` is `gate` or `targets`; `remarks` are sentences about the run."""

    kind: str
    title: str
    exit_status: int
    rows: tuple[FindingRow, ...]
    remarks: tuple[str, ...] = ()
    elapsed_s: float | None = None

    @property
    def is_open(self) -> bool:
        """True when nothing stands in the way."""
        return self.exit_status == ExitStatus.OPEN

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """How many rows carry each verdict, in the order of the rows."""
        return tuple(Counter(row.verdict for row in self.rows).items())

    @property
    def summary(self) -> str:
        """`closed: 1 SLOWER, 2 NOT SLOWER`; a run without rows says so."""
        state = "open" if self.is_open else f"closed (exit status {self.exit_status})"
        return f"{state}: {', '.join(f'{count} {name}' for name, count in self.counts) or 'nothing was declared'}"


def sheet_from_gate(report: GateReport, *, tolerate: Sequence[str] = ()) -> FindingSheet:
    """The gate's report as rows; `tolerate` are the verdicts that the policy excuses."""
    remarks = []
    if report.resolution_ratio is not None:
        remarks.append(f"This machine could see changes of {report.resolution_ratio * 100:.2g} % today.")
    remarks += [f"Disturbed: {disturbance}" for disturbance in report.disturbances]
    remarks += report.notes
    return FindingSheet(
        kind="gate",
        title=f"{described_side(report.base)} → {described_side(report.head)}",
        exit_status=report.exit_status,
        rows=rows_from_gate(report, tolerate=tolerate),
        remarks=tuple(remarks),
        elapsed_s=report.elapsed_s,
    )


def sheet_from_judgements(
    judgements: Sequence[Judgement], *, title: str, exit_status: int, tolerate: Sequence[str] = ()
) -> FindingSheet:
    """Judged targets as rows; `title` names the project."""
    rows = rows_from_judgements(judgements, tolerate=tolerate)
    return FindingSheet(kind="targets", title=title, exit_status=exit_status, rows=rows)


def described_side(side: Side) -> str:
    """The words that named a side, with its commit and a mark when its tree is dirty."""
    commit = f" ({side.commit[:12]})" if side.commit and not side.commit.startswith(side.name) else ""
    return f"{side.name}{commit}{' with uncommitted changes' if side.is_dirty else ''}"
