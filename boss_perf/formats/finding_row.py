"""What every foreign format shows: one row per benchmark and metric of a gate, or per target, worst first.

The formats are written against these rows, so a gate between refs and a judgement of targets look the same in each.
Rows hold raw text; every format escapes for itself.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from boss_perf.model.estimates import Comparison, Estimate
from boss_perf.model.explanations import Explanation
from boss_perf.model.gate import GateItem, GateReport, GateVerdict
from boss_perf.model.targets import Change, Location, Waiver, as_promised
from boss_perf.model.units import format_change, format_quantity, needed_time
from boss_perf.model.verdicts import Judgement, Verdict


class Outcome(StrEnum):
    """What a verdict means to a foreign format, the worst first."""

    FAILURE = "failure"
    ERROR = "error"
    UNDECIDED = "undecided"
    EXCUSED = "excused"
    PASS = "pass"  # noqa: S105 - an outcome, no secret

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return tuple(Outcome).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One line of a result. `key` and `aspect` identify it from run to run; `readings` are named numbers beside it.

    `comparison` is of costs; `change` tells it in the terms of the `promise`, where there is one.
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
    margin_ratio: float | None = None
    needs_s: float | None = None
    is_confirmed: bool = False
    waiver: Waiver | None = None
    readings: tuple[tuple[str, Estimate], ...] = ()
    caveats: tuple[str, ...] = ()
    cause: Explanation | None = None

    @property
    def label(self) -> str:
        """The name, with the aspect where it is not the usual one."""
        return f"{self.name} ({self.aspect})" if self.aspect in ("memory", "walk") else self.name

    @property
    def change(self) -> str:
        """`+5.1 % (+4.2 % to +6.0 %)`, an absolute reading, or nothing."""
        if self.comparison is not None:
            ratio = self.comparison.ratio
            value, low, high = as_promised((ratio.value, ratio.low, ratio.high), self.promise)
            return f"{format_change(value)} ({_bound(low)} to {_bound(high)})"
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
        parts = [self.reason]
        if self.hint:
            parts.append(self.hint)
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


def rows_from_gate(report: GateReport, *, tolerate: Sequence[str] = ()) -> tuple[FindingRow, ...]:
    """One row per item, the worst first, else in the report's order."""
    return _worst_first(
        [
            FindingRow(
                key=item.benchmark,
                aspect=item.metric.value,
                name=item.benchmark,
                verdict=item.verdict.value,
                outcome=_tolerated(_GATE_OUTCOMES[item.verdict], item.verdict, tolerate),
                reason=item.reason,
                hint=item.hint,
                location=item.location,
                comparison=item.comparison,
                margin_ratio=item.margin_ratio,
                needs_s=item.needs_s,
                is_confirmed=item.is_confirmed,
                waiver=item.waiver if item.verdict is GateVerdict.WAIVED else None,
                readings=_sides(item),
                caveats=tuple(caveat.text for caveat in item.caveats),
                cause=item.explanation,
            )
            for item in report.items
        ]
    )


def rows_from_judgements(judgements: Sequence[Judgement], *, tolerate: Sequence[str] = ()) -> tuple[FindingRow, ...]:
    """One row per target, the worst first, else in the file's order; its numbers are those of its expectations."""
    rows = []
    for judgement in judgements:
        target = judgement.target
        deciding = judgement.deciding
        promise = deciding.expectation if deciding is not None else None
        rows.append(
            FindingRow(
                key=target.id,
                aspect=target.section.value,
                name=target.name,
                verdict=judgement.verdict.value,
                outcome=_tolerated(_TARGET_OUTCOMES[judgement.verdict], judgement.verdict, tolerate),
                reason=judgement.reason,
                location=target.location,
                comparison=deciding.comparison if deciding is not None else None,
                promise=promise if isinstance(promise, Change) else None,
                margin_ratio=target.margin_ratio,
                waiver=target.waiver if judgement.verdict is Verdict.WAIVED else None,
                readings=tuple(
                    (finding.expectation.text, finding.estimate)
                    for finding in judgement.findings
                    if finding.estimate is not None
                ),
                caveats=tuple(caveat.text for caveat in judgement.caveats),
            )
        )
    return _worst_first(rows)


_GATE_OUTCOMES = {
    GateVerdict.SLOWER: Outcome.FAILURE,
    GateVerdict.FAILED: Outcome.FAILURE,
    GateVerdict.CHANGED_ANSWER: Outcome.FAILURE,
    GateVerdict.REMOVED: Outcome.ERROR,
    GateVerdict.UNMEASURED: Outcome.ERROR,
    GateVerdict.SKIPPED: Outcome.ERROR,
    GateVerdict.UNDECIDED: Outcome.UNDECIDED,
    GateVerdict.WAIVED: Outcome.EXCUSED,
    GateVerdict.NOT_SLOWER: Outcome.PASS,
    GateVerdict.FASTER: Outcome.PASS,
    GateVerdict.NEW: Outcome.PASS,
}
_TARGET_OUTCOMES = {
    Verdict.MISSED: Outcome.FAILURE,
    Verdict.FAILED: Outcome.FAILURE,
    Verdict.UNMEASURED: Outcome.ERROR,
    Verdict.STALE: Outcome.ERROR,
    Verdict.UNDECIDED: Outcome.UNDECIDED,
    Verdict.WAIVED: Outcome.EXCUSED,
    Verdict.MET: Outcome.PASS,
}


def _tolerated(outcome: Outcome, verdict: GateVerdict | Verdict, tolerate: Sequence[str]) -> Outcome:
    is_tolerated = verdict.value.casefold() in {name.replace("_", " ").casefold() for name in tolerate}
    return Outcome.EXCUSED if is_tolerated and outcome is not Outcome.PASS else outcome


def _sides(item: GateItem) -> tuple[tuple[str, Estimate], ...]:
    if item.comparison is None:
        return ()
    return (("base", item.comparison.baseline), ("head", item.comparison.candidate))


def _worst_first(rows: list[FindingRow]) -> tuple[FindingRow, ...]:
    return tuple(sorted(rows, key=lambda row: row.outcome.rank))


def _bound(ratio: float) -> str:
    return format_change(ratio) if math.isfinite(ratio) else "unknown"
