"""A floor that only rises: slow boiling shows against the best level that several runs reached, not against last week.

A level counts as reached when so many independent runs (`policy.ratchet_after`) lie wholly on its better side with
their whole interval. Today's figure is worse when its whole interval lies beyond that level by the margin.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from boss_perf.judge.promises.freshness import as_utc
from boss_perf.model.estimates import Caveat, CaveatKind, Estimate
from boss_perf.model.history import VerdictRecord, figure_of
from boss_perf.model.targets import Budget, RunPolicy
from boss_perf.model.units import Unit, format_quantity
from boss_perf.model.verdicts import Finding, Judgement


@dataclass(frozen=True, slots=True)
class Floor:
    """The best level that enough runs confirm, and when the last of them measured it."""

    level: float
    reached_at: datetime


@dataclass(frozen=True, slots=True)
class _Reached:
    """The side of a run's interval that is the worse one, as the level it certainly reached."""

    level: float
    measured_at: datetime


def ratchet_caveats(records: Sequence[VerdictRecord], judgement: Judgement, *, policy: RunPolicy) -> tuple[Caveat, ...]:
    """One caveat when a target fell behind its best confirmed level on this machine, else none.

    Records of other targets, other machines, the judgement's own run, or another kind of figure are left out.
    """
    finding = judgement.deciding
    evidence = judgement.evidence
    if finding is None or evidence is None:
        return ()
    is_relative = finding.comparison is not None
    today = finding.comparison.ratio if finding.comparison is not None else finding.estimate
    if today is None:
        return ()
    is_higher_better = _is_higher_better(finding)
    earlier = [
        each
        for each in records
        if each.target_id == judgement.target.id
        and each.figure_of == figure_of(finding.expectation)
        and each.machine == evidence.machine
        and (each.evidence_run_id or each.run_id) != evidence.run_id
    ]
    floor = floor_of(
        earlier, is_relative=is_relative, is_higher_better=is_higher_better, run_count=policy.ratchet_after
    )
    own = judgement.target.margin_ratio
    margin = policy.margin_ratio if own is None else own
    if floor is None or not _is_behind(today, floor.level, margin_ratio=margin, is_higher_better=is_higher_better):
        return ()
    unit = Unit.RATIO if is_relative else today.unit
    text = (
        f"worse than the best level that {policy.ratchet_after} runs confirmed, {format_quantity(floor.level, unit)} "
        f"on {floor.reached_at:%Y-%m-%d}: {format_quantity(today.value, unit)} now"
    )
    return (Caveat(CaveatKind.BELOW_BEST, text),)


def floor_of(
    records: Sequence[VerdictRecord], *, is_relative: bool, is_higher_better: bool, run_count: int
) -> Floor | None:
    """The best level on whose better side `run_count` runs lie wholly; None when there are not so many runs."""
    best: dict[str, _Reached] = {}
    for record in records:
        low, high = (record.ratio_low, record.ratio_high) if is_relative else (record.low, record.high)
        level = low if is_higher_better else high
        if level is None or not math.isfinite(level) or record.measured_at is None:
            continue
        best[record.evidence_run_id or record.run_id] = _Reached(level, as_utc(record.measured_at))
    reached = sorted(best.values(), key=lambda each: each.level, reverse=is_higher_better)
    if run_count < 1 or len(reached) < run_count:
        return None
    witnesses = reached[:run_count]
    return Floor(witnesses[-1].level, max(each.measured_at for each in witnesses))


def _is_higher_better(finding: Finding) -> bool:
    """Comparisons are of times or bytes, even where a throughput is promised, so less is better there."""
    return isinstance(finding.expectation, Budget) and not finding.expectation.comparator.wants_low


def _is_behind(today: Estimate, level: float, *, margin_ratio: float, is_higher_better: bool) -> bool:
    if is_higher_better:
        return today.high < level / (1 + margin_ratio)
    return today.low > level * (1 + margin_ratio)
