"""One line of a result: a benchmark and metric of a gate, or a target. Raw text; every renderer escapes for itself."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from boss_perf.model.estimates import Comparison, Estimate
from boss_perf.model.explanations import Explanation
from boss_perf.model.gate import GateItem, GateMetric, GateVerdict
from boss_perf.model.targets import Change, Location, Waiver
from boss_perf.model.units import format_quantity, needed_time
from boss_perf.model.verdicts import Judgement, Verdict
from boss_perf.report.explanation_text import explanation_lines
from boss_perf.report.figures import change_text, figure_text, limit_text, measuring_command, reason_text, sides_text


class Outcome(StrEnum):
    """What a verdict means to a reader, the worst first."""

    FAILURE = "failure"
    ERROR = "error"
    UNDECIDED = "undecided"
    EXCUSED = "excused"
    PASS = "pass"  # noqa: S105 - an outcome, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a result. `key` and `aspect` identify it from run to run; `readings` are named numbers beside it.

    `figure` is what was found of what is `promised`; `advice` is the command that helps. `comparison` is of costs, told
    in the terms of `promise` where there is one. `beside` names what a gate compared beside the time.
    """

    key: str
    aspect: str
    name: str
    verdict: str
    outcome: Outcome
    reason: str
    hint: str | None = None
    location: Location | None = None
    comparison: Comparison | None = None
    promise: Change | None = None
    figure: str = ""
    promised: str = ""
    advice: str = ""
    margin_ratio: float | None = None
    needs_s: float | None = None
    is_confirmed: bool = False
    waiver: Waiver | None = None
    readings: tuple[tuple[str, Estimate], ...] = ()
    caveats: tuple[str, ...] = ()
    beside: str = ""
    cause: Explanation | None = None

    @property
    def cause_lines(self) -> tuple[str, ...]:
        """Why it moved, in at most three lines; nothing where nobody looked."""
        return () if self.cause is None else explanation_lines(self.cause)

    @property
    def label(self) -> str:
        """The name, with the aspect where it is not the usual one."""
        return f"{self.name} ({self.beside})" if self.beside else self.name

    @property
    def change(self) -> str:
        """`355 → 362 µs, +2.1 % (+1.6 … +2.6)`, absolute readings, or nothing."""
        if self.comparison is not None:
            return _compared(self.comparison, self.promise, self.margin_ratio)
        return ", ".join(f"{name}: {format_quantity(number.value, number.unit)}" for name, number in self.readings)

    @property
    def resolution(self) -> str:
        """The change this comparison could see, or nothing."""
        if self.comparison is None or not math.isfinite(self.comparison.resolution_ratio):
            return ""
        return f"±{self.comparison.resolution_ratio * 100:.2g} %"

    @property
    def explanation(self) -> str:
        """The reason with what helps: how much longer it needs, what was meant, who excused it."""
        parts = [self.reason, self.hint]
        if self.needs_s is not None:
            parts.append(needed_time(self.needs_s))
        if self.waiver is not None:
            parts.append(f"waived until {self.waiver.until} by {self.waiver.approver}: {self.waiver.reason}")
        return "; ".join(part for part in parts if part) or "no reason was given"

    @property
    def path(self) -> str:
        """The file to open: of the location, of the benchmark's node id, else `targets.yaml`."""
        if self.location is not None:
            return self.location.path
        file, separator, _ = self.key.partition("::")
        return file if separator else "targets.yaml"

    @property
    def line(self) -> int:
        """The line to open, counted from 1."""
        return self.location.line if self.location is not None else 1


def counted(rows: Sequence[Row]) -> str:
    """`2 slower, 1 new, memory unchanged`, in the order of the rows."""
    memory = [row for row in rows if row.beside == GateMetric.MEMORY]
    is_unchanged = bool(memory) and all(row.verdict == GateVerdict.NOT_SLOWER for row in memory)
    shown = [row for row in rows if not (is_unchanged and row.beside == GateMetric.MEMORY)]
    names = [f"{row.verdict.lower()}{f' in {row.beside}' if row.beside else ''}" for row in shown]
    counts = [f"{count} {name}" for name, count in Counter(names).items()]
    return ", ".join([*counts, "memory unchanged"] if is_unchanged else counts)


def row_of_item(item: GateItem) -> Row:
    """One benchmark and metric of a gate."""
    compared = item.comparison
    return Row(
        key=item.benchmark,
        aspect=item.metric.value,
        name=item.benchmark,
        verdict=item.verdict.value,
        outcome=Outcome.EXCUSED if item.is_below_ceiling else _OUTCOMES[item.verdict],
        reason=item.reason,
        hint=item.hint,
        location=item.location,
        comparison=compared,
        figure="" if compared is None else _compared(compared, None, item.margin_ratio),
        margin_ratio=item.margin_ratio,
        needs_s=item.needs_s,
        is_confirmed=item.is_confirmed,
        waiver=item.waiver if item.verdict is GateVerdict.WAIVED else None,
        readings=() if compared is None else (("base", compared.baseline), ("head", compared.candidate)),
        caveats=tuple(caveat.text for caveat in item.caveats),
        beside=item.metric.value if item.metric in (GateMetric.MEMORY, GateMetric.WALK) else "",
        cause=item.explanation,
    )


def row_of_judgement(judgement: Judgement, tolerate: Sequence[str], cause: Explanation | None = None) -> Row:
    """One target with the figure of the promise that decides; a verdict in `tolerate` is excused.

    `cause` is told beside a promise about memory that is missed.
    """
    target, finding = judgement.target, judgement.deciding
    promise = finding.expectation if finding is not None else next(iter(target.expectations), None)
    return Row(
        key=target.id,
        aspect=target.section.value,
        name=target.name,
        verdict=judgement.verdict.value,
        outcome=Outcome.EXCUSED if judgement.verdict in tolerate else _OUTCOMES[judgement.verdict],
        reason=reason_text(judgement),
        location=target.location,
        comparison=finding.comparison if finding is not None else None,
        promise=promise if isinstance(promise, Change) else None,
        figure=figure_text(finding) if finding is not None else "",
        promised=limit_text(promise) if promise is not None else "",
        advice=measuring_command(target) if judgement.verdict in (Verdict.UNMEASURED, Verdict.STALE) else "",
        margin_ratio=target.margin_ratio,
        waiver=target.waiver if judgement.verdict is Verdict.WAIVED else None,
        readings=tuple(
            (each.expectation.text, each.estimate) for each in judgement.findings if each.estimate is not None
        ),
        caveats=tuple(caveat.text for caveat in judgement.caveats),
        cause=cause.about(is_memory=True) if cause is not None and judgement.misses_memory else None,
    )


def _compared(comparison: Comparison, promise: Change | None, margin_ratio: float | None) -> str:
    return f"{sides_text(comparison)}, {change_text(comparison, promise, margin_ratio=margin_ratio)}"


# A verdict that both kinds of run have means the same in both.
_OUTCOMES: dict[str, Outcome] = {
    GateVerdict.SLOWER: Outcome.FAILURE,
    GateVerdict.FAILED: Outcome.FAILURE,
    GateVerdict.CHANGED_ANSWER: Outcome.FAILURE,
    GateVerdict.WEAKENED: Outcome.FAILURE,
    GateVerdict.REMOVED: Outcome.ERROR,
    GateVerdict.SKIPPED: Outcome.ERROR,
    GateVerdict.UNDECIDED: Outcome.UNDECIDED,
    GateVerdict.WAIVED: Outcome.EXCUSED,
    GateVerdict.NOT_SLOWER: Outcome.PASS,
    GateVerdict.FASTER: Outcome.PASS,
    GateVerdict.NEW: Outcome.PASS,
    Verdict.MISSED: Outcome.FAILURE,
    Verdict.UNMEASURED: Outcome.ERROR,
    Verdict.STALE: Outcome.ERROR,
    Verdict.MET: Outcome.PASS,
}
