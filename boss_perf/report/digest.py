"""What a run came to, for every reader: one row per benchmark and metric of a gate, or per target, worst first.

Terminal, comment, step summary, SARIF, JUnit, GitLab and JSON are renderers of it, so a gate between trees and a
judgement of targets look the same in each. Rows hold raw text; every renderer escapes for itself.

Doubts are what to know before figures are believed: the caveats that count, the worst first, each kind said once.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from boss_perf.errors import ExitStatus
from boss_perf.judge.promises.verdict_bounds import closest_to_limit
from boss_perf.model.estimates import Caveat, CaveatKind, Estimate
from boss_perf.model.explanations import Explanation
from boss_perf.model.gate import GateReport, Side
from boss_perf.model.targets import Budget
from boss_perf.model.units import format_duration, format_quantity, several
from boss_perf.model.verdicts import Finding, Judgement, Verdict, newest_evidence
from boss_perf.report.figures import commit_text, day_text, figure_text, limit_text, machine_text
from boss_perf.report.row import Outcome, Row, counted, row_of_item, row_of_judgement

_NAMED_COUNT = 3
_SHOWING = ("bench", "status", "load")
_WRONG = (Outcome.FAILURE, Outcome.ERROR)
_TOLD_OF_GATES = frozenset({
    CaveatKind.HEAPS_DIFFER, CaveatKind.QUICK_LOOK, CaveatKind.WALL_TIME, CaveatKind.DRIFTING, CaveatKind.OVERDUE,
})  # fmt: skip
"""Of targets these are told beside each alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """All rows of a run with its frame. `kind` is `gate` for two trees, else `targets`.

    `command` is what answered and decides how the last line reads; `setting` says when, where and on what; `remarks`
    are sentences about the run; `closest` names what has the least headroom. `gate` or the `judgements` are what the
    rows are of; `project` is empty where nobody names it.
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
    judgements: tuple[Judgement, ...] = ()
    project: str = ""

    @property
    def is_open(self) -> bool:
        """True when nothing stands in the way; what only measures or shows ends with 0 whatever it found."""
        found_wrong = self.command in _SHOWING and any(row.outcome in _WRONG for row in self.rows)
        return self.exit_status == ExitStatus.OPEN and not found_wrong

    @property
    def newest_readings(self) -> Iterator[tuple[Row, str, Estimate]]:
        """Every finite number beside a row, with its name; of a gate those of head."""
        for row in self.rows:
            for name, estimate in row.readings:
                if math.isfinite(estimate.value) and not (self.kind == "gate" and name == "base"):
                    yield row, name, estimate

    @property
    def closing(self) -> str:
        """The last line: `gate closed (3): 1 slower`, `gate open: 14 not slower`, `105 of 110 met: 1 undecided`."""
        wrong = counted([row for row in self.rows if row.outcome is not Outcome.PASS])
        if self.command in _SHOWING:
            met = sum(row.verdict == Verdict.MET for row in self.rows)
            return f"{met} of {len(self.rows)} met" + (f": {wrong}" if wrong else "")
        if self.is_open:
            return f"{self.command} open: {counted(self.rows) or 'nothing was declared'}"
        closed = counted([row for row in self.rows if row.outcome not in (Outcome.PASS, Outcome.EXCUSED)])
        return f"{self.command} closed ({self.exit_status}): {closed or 'nothing was declared'}"


def digest_of_gate(report: GateReport, *, command: str = "gate", project: str = "") -> Digest:
    """The gate's report, one row per item."""
    seen = [] if report.resolution_ratio is None else [f"sees ±{report.resolution_ratio * 100:.2g} %"]
    benchmarks = len({item.benchmark for item in report.items})
    disturbed = (f"disturbed: {'; '.join(report.disturbances)}",) if report.disturbances else ()
    # Every kind of doubt: a gate has no other place for what is doubtful.
    caveats = ((each.benchmark.partition("::")[2] or each.benchmark, each.caveats) for each in report.items)
    remarks = (*report.notes, *_told(caveats, "benchmarks", CaveatKind), *disturbed)
    return Digest(
        kind="gate",
        command=command,
        title=f"{side_text(report.base)} → {side_text(report.head)}",
        exit_status=report.exit_status,
        rows=_worst_first([row_of_item(item) for item in report.items]),
        setting=(several(benchmarks, "benchmark"), format_duration(report.elapsed_s), *seen),
        remarks=tuple(sorted(remarks, key=lambda each: not each.startswith("interrupted"))),
        elapsed_s=report.elapsed_s,
        gate=report,
        project=project,
    )


def digest_of_judgements(
    judgements: Sequence[Judgement], *, title: str, exit_status: int = 0, command: str = "gate",
    tolerate: Sequence[str] = (), elapsed_s: float | None = None, causes: Mapping[str, Explanation] | None = None,
) -> Digest:  # fmt: skip
    """Judged targets, one row per target; `title` names the project, `causes` tell by workload why one is missed."""
    why = causes or {}
    newest = newest_evidence(judgements)
    setting = [several(len(judgements), "target")]
    if newest is not None:
        when = day_text(newest.measured_at) if elapsed_s is None else format_duration(elapsed_s)
        setting += [when, machine_text(newest.machine_text), commit_text(newest)]
    return Digest(
        kind="targets",
        command=command,
        title=title,
        exit_status=exit_status,
        rows=_worst_first(
            [row_of_judgement(each, tolerate, why.get(each.target.workload or "")) for each in judgements]
        ),
        setting=tuple(setting),
        remarks=doubts_of(judgements),
        closest=_closest(judgements),
        elapsed_s=elapsed_s,
        judgements=tuple(judgements),
        project=title,
    )


def doubts_of(judgements: Iterable[Judgement]) -> tuple[str, ...]:
    """`measured with changes that were not committed (12 targets, such as search)`; the ids where they are few."""
    return _told(
        ((each.target.id, each.caveats) for each in judgements),
        "targets",
        (kind for kind in CaveatKind if kind not in _TOLD_OF_GATES),
    )


def side_text(side: Side) -> str:
    """The words that named a side with its commit: `main 0a1b2c3`, `HEAD 4d5e6f7 with uncommitted changes`."""
    commit = f" {side.commit[:7]}" if side.commit and not side.commit.startswith(side.name[:7]) else ""
    return f"{side.name}{commit}{' with uncommitted changes' if side.is_dirty else ''}"


def _closest(judgements: Sequence[Judgement]) -> str:
    """`hnsw-overhead 1.35× of 1.5×`: the kept promise that has least headroom."""
    nearest = closest_to_limit(tuple(judgement for judgement in judgements if judgement.verdict is Verdict.MET))
    if not nearest:
        return ""
    judgement, finding, _ = nearest[0]
    return f"{judgement.target.id} {figure_text(finding).partition(' (')[0]} of {_allowed(finding)}"


def _allowed(finding: Finding) -> str:
    if isinstance(finding.expectation, Budget):
        return format_quantity(finding.expectation.bound, finding.expectation.unit)
    return limit_text(finding.expectation).lstrip("≤≥ ")


def _worst_first(rows: list[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: tuple(Outcome).index(row.outcome)))


def _told(found: Iterable[tuple[str, Iterable[Caveat]]], noun: str, kinds: Iterable[CaveatKind]) -> tuple[str, ...]:
    texts: dict[CaveatKind, dict[str, str]] = {}
    for name, caveats in found:
        for caveat in caveats:
            texts.setdefault(caveat.kind, {}).setdefault(name, caveat.text)
    return tuple(_line(texts[kind], noun) for kind in kinds if kind in texts)


def _line(texts: dict[str, str], noun: str) -> str:
    name, text = next(iter(texts.items()))
    who = ", ".join(texts) if len(texts) <= _NAMED_COUNT else f"{len(texts)} {noun}, such as {name}"
    return f"{text} ({who})"
