"""What earlier runs say against a judgement of their target: a level that several reached, or that most missed it.

A level counts as reached when so many independent runs (`policy.ratchet_after`) lie wholly on its better side with
their whole interval: slow boiling shows against the best such level, not against last week. And whoever measures until
it is green gets a green light: earlier runs of the very same code are counted.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.history import VerdictRecord, figure_of
from boss_perf.model.targets import Budget, RunPolicy
from boss_perf.model.units import format_quantity
from boss_perf.model.verdicts import Judgement, Verdict


class Reached(NamedTuple):
    """A level that was certainly reached, and when."""

    level: float
    at: datetime


def ratchet_caveats(records: Sequence[VerdictRecord], judgement: Judgement, *, policy: RunPolicy) -> tuple[Caveat, ...]:
    """One caveat when a target fell behind its best confirmed level on this machine by its margin, else none.

    Records of other machines, the judgement's own run, or another kind of figure are left out.
    """
    finding, evidence = judgement.deciding, judgement.evidence
    if finding is None or evidence is None:
        return ()
    is_relative = finding.comparison is not None
    today = finding.comparison.ratio if finding.comparison else finding.estimate
    if today is None:
        return ()
    # comparisons are of times or bytes, even where a throughput is promised, so less is better there
    is_higher_better = isinstance(finding.expectation, Budget) and not finding.expectation.comparator.wants_low
    earlier = [
        each
        for each in records
        if each.figure_of == figure_of(finding.expectation)
        and each.machine == evidence.machine
        and each.source != evidence.run_id
    ]
    best = floor_of(earlier, is_relative=is_relative, is_higher_better=is_higher_better, run_count=policy.ratchet_after)
    own = judgement.target.margin_ratio
    factor = 1 + (policy.margin_ratio if own is None else own)
    if best is None:
        return ()
    if not (today.high < best.level / factor if is_higher_better else today.low > best.level * factor):
        return ()
    reached, now = (format_quantity(each, today.unit) for each in (best.level, today.value))
    floor = f"the best level that {policy.ratchet_after} runs confirmed, {reached} on {best.at:%Y-%m-%d}"
    return (Caveat(CaveatKind.BELOW_BEST, f"worse than {floor}: {now} now"),)


def floor_of(
    records: Sequence[VerdictRecord], *, is_relative: bool, is_higher_better: bool, run_count: int
) -> Reached | None:
    """The best level on whose better side `run_count` runs lie wholly; None when there are not so many runs."""
    best: dict[str, Reached] = {}
    for record in records:
        low, high = (record.ratio_low, record.ratio_high) if is_relative else (record.low, record.high)
        level = low if is_higher_better else high
        if level is not None and math.isfinite(level) and record.measured_at is not None:
            best[record.source] = Reached(level, record.measured_at)
    reached = sorted(best.values(), key=lambda each: each.level, reverse=is_higher_better)
    if len(reached) < run_count:
        return None
    return Reached(reached[run_count - 1].level, max(each.at for each in reached[:run_count]))


def lucky_run_caveats(records: Iterable[VerdictRecord], judgement: Judgement) -> tuple[Caveat, ...]:
    """One caveat when a target is met, while more runs of the same files on this machine missed it than met it.

    Records of what is no longer promised, and judgements of the same evidence, do not count.
    """
    evidence = judgement.evidence
    if judgement.verdict is not Verdict.MET or evidence is None or not evidence.dependencies_digest:
        return ()
    promised = {(figure_of(each), each.text) for each in judgement.target.expectations}
    is_met = {
        each.evidence_run_id: each.verdict is Verdict.MET
        for each in records
        if each.is_deciding
        and each.verdict in (Verdict.MET, Verdict.MISSED)
        and (each.figure_of, each.expectation) in promised
        and each.dependencies_digest == evidence.dependencies_digest
        and each.machine == evidence.machine
        and each.evidence_run_id not in (None, evidence.run_id)
    }
    met = 1 + sum(is_met.values())
    missed = len(is_met) + 1 - met
    if missed <= met:
        return ()
    text = f"the same code missed it in {missed} of {missed + met} runs: this one may be lucky"
    return (Caveat(CaveatKind.LUCKY_RUN, text),)
