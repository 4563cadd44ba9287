"""What a run came to, for every reader: one row per benchmark and metric of a gate, or per target, worst first.

Terminal, comment, step summary, SARIF, JUnit, GitLab and JSON are renderers of it, so a gate between trees and a
judgement of targets look the same in each. Rows hold raw text; every renderer escapes for itself.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from boss_perf.errors import ExitStatus
from boss_perf.judge.headroom import closest_to_limit
from boss_perf.model.estimates import Comparison, Estimate
from boss_perf.model.gate import GateItem, GateMetric, GateReport, GateVerdict, Side
from boss_perf.model.targets import Budget, Change, Location, Waiver
from boss_perf.model.units import format_duration, format_quantity, needed_time
from boss_perf.model.verdicts import Finding, Judgement, Verdict
from boss_perf.report.doubts import doubts_of
from boss_perf.report.figures import (
    change_text,
    commit_text,
    day_text,
    deciding,
    figure_text,
    limit_text,
    machine_text,
    measuring_command,
    reason_text,
    sides_text,
)


class Outcome(StrEnum):
    """What a verdict means to a reader, the worst first."""

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
class Row:
    """One line of a result. `key` and `aspect` identify it from run to run; `readings` are named numbers beside it.

    `figure` is what was found of what is `promised`; `advice` is the command that helps. `comparison` is of costs, told
    in the terms of `promise` where there is one. `is_memory`: a gate's comparison of memory beside that of time.
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
    is_memory: bool = False

    @property
    def label(self) -> str:
        """The name, with the aspect where it is not the usual one."""
        return f"{self.name} ({self.aspect})" if self.is_memory else self.name

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """All rows of a run with its frame. `kind` is `gate` for two trees, else `targets`.

    `command` is what answered and decides how the last line reads; `setting` says when, where and on what; `remarks`
    are sentences about the run; `closest` names what has the least headroom.
    """

    kind: str
    command: str
    title: str
    exit_status: int
    rows: tuple[Row, ...]
    setting: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    closest: str = ""
    elapsed_s: float | None = None
    gate: GateReport | None = None

    @property
    def is_open(self) -> bool:
        """True when nothing stands in the way."""
        return self.exit_status == ExitStatus.OPEN

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """How many rows carry each verdict, in the order of the rows."""
        return tuple(Counter(row.verdict for row in self.rows).items())

    @property
    def closing(self) -> str:
        """The last line: `gate closed (3): 1 slower`, `gate open: 14 not slower`, `105 of 110 met: 1 undecided`."""
        wrong = counted([row for row in self.rows if row.outcome is not Outcome.PASS])
        if self.command in ("bench", "status", "load"):
            met = sum(row.verdict == Verdict.MET for row in self.rows)
            return f"{met} of {len(self.rows)} met" + (f": {wrong}" if wrong else "")
        if self.is_open:
            return f"{self.command} open: {counted(self.rows) or 'nothing was declared'}"
        closed = counted([row for row in self.rows if row.outcome not in (Outcome.PASS, Outcome.EXCUSED)])
        return f"{self.command} closed ({self.exit_status}): {closed or 'nothing was declared'}"


def counted(rows: Sequence[Row]) -> str:
    """`2 slower, 1 new, memory unchanged`, in the order of the rows."""
    memory = [row for row in rows if row.is_memory]
    is_unchanged = bool(memory) and all(row.verdict == GateVerdict.NOT_SLOWER for row in memory)
    names = [row.verdict.lower() for row in rows if row not in memory]
    names += [] if is_unchanged else [f"{row.verdict.lower()} in memory" for row in memory]
    counts = [f"{count} {name}" for name, count in Counter(names).items()]
    return ", ".join([*counts, "memory unchanged"] if is_unchanged else counts)


def digest_of_gate(report: GateReport, *, command: str = "gate", tolerate: Sequence[str] = ()) -> Digest:
    """The gate's report, one row per item; `tolerate` are the verdicts that the policy excuses."""
    seen = [] if report.resolution_ratio is None else [f"sees ±{report.resolution_ratio * 100:.2g} %"]
    benchmarks = len({item.benchmark for item in report.items})
    return Digest(
        kind="gate",
        command=command,
        title=f"{side_text(report.base)} → {side_text(report.head)}",
        exit_status=report.exit_status,
        rows=_worst_first([_row_of_item(item, tolerate) for item in report.items]),
        setting=(_number(benchmarks, "benchmark"), format_duration(report.elapsed_s), *seen),
        remarks=(*(f"disturbed: {disturbance}" for disturbance in report.disturbances), *report.notes),
        elapsed_s=report.elapsed_s,
        gate=report,
    )


def digest_of_judgements(
    judgements: Sequence[Judgement], *, title: str, exit_status: int = 0, command: str = "gate",
    tolerate: Sequence[str] = (), elapsed_s: float | None = None, remarks: Sequence[str] = (),
) -> Digest:  # fmt: skip
    """Judged targets, one row per target; `title` names the project."""
    evidence = [each.evidence for each in judgements if each.evidence is not None]
    newest = max(evidence, key=lambda each: (each.measured_at, each.run_id), default=None)
    setting = [_number(len(judgements), "target")]
    if newest is not None:
        when = day_text(newest.measured_at) if elapsed_s is None else format_duration(elapsed_s)
        setting += [when, machine_text(newest.machine_text), commit_text(newest)]
    return Digest(
        kind="targets",
        command=command,
        title=title,
        exit_status=exit_status,
        rows=_worst_first([_row_of_judgement(judgement, tolerate) for judgement in judgements]),
        setting=tuple(setting),
        remarks=(*remarks, *doubts_of(judgements)),
        closest=_closest(judgements),
        elapsed_s=elapsed_s,
    )


def side_text(side: Side) -> str:
    """The words that named a side with its commit: `main 0a1b2c3`, `HEAD 4d5e6f7 with uncommitted changes`."""
    commit = f" {side.commit[:7]}" if side.commit and not side.commit.startswith(side.name[:7]) else ""
    return f"{side.name}{commit}{' with uncommitted changes' if side.is_dirty else ''}"


# A verdict that both kinds of run have means the same in both.
_OUTCOMES: dict[str, Outcome] = {
    GateVerdict.SLOWER: Outcome.FAILURE,
    GateVerdict.FAILED: Outcome.FAILURE,
    GateVerdict.CHANGED_ANSWER: Outcome.FAILURE,
    GateVerdict.MISSING: Outcome.ERROR,
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


def _row_of_item(item: GateItem, tolerate: Sequence[str]) -> Row:
    compared = item.comparison
    return Row(
        key=item.benchmark,
        aspect=item.metric.value,
        name=item.benchmark,
        verdict=item.verdict.value,
        outcome=_outcome(item.verdict, tolerate),
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
        is_memory=item.metric is GateMetric.MEMORY,
    )


def _row_of_judgement(judgement: Judgement, tolerate: Sequence[str]) -> Row:
    target, finding = judgement.target, deciding(judgement)
    promise = finding.expectation if finding is not None else next(iter(target.expectations), None)
    return Row(
        key=target.id,
        aspect=target.section.value,
        name=target.name,
        verdict=judgement.verdict.value,
        outcome=_outcome(judgement.verdict, tolerate),
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
    )


def _compared(comparison: Comparison, promise: Change | None, margin_ratio: float | None) -> str:
    return f"{sides_text(comparison)}, {change_text(comparison, promise, margin_ratio=margin_ratio)}"


def _outcome(verdict: GateVerdict | Verdict, tolerate: Sequence[str]) -> Outcome:
    outcome = _OUTCOMES[verdict]
    is_tolerated = verdict.value.casefold() in {name.replace("_", " ").casefold() for name in tolerate}
    return Outcome.EXCUSED if is_tolerated and outcome is not Outcome.PASS else outcome


def _closest(judgements: Sequence[Judgement]) -> str:
    """`hnsw-overhead 1.35× of 1.5×`: the kept promise that has least headroom."""
    met = tuple(judgement for judgement in judgements if judgement.verdict is Verdict.MET)
    for judgement, finding, (share, *_) in closest_to_limit(met):
        if math.isfinite(share):
            figure = figure_text(finding).partition(" (")[0]
            return f"{judgement.target.id} {figure} of {_allowed(finding)}"
    return ""


def _allowed(finding: Finding) -> str:
    if isinstance(finding.expectation, Budget):
        return format_quantity(finding.expectation.bound, finding.expectation.unit)
    return limit_text(finding.expectation).lstrip("≤≥ ")


def _worst_first(rows: list[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: row.outcome.rank))


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
