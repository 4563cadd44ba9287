"""Numbers that a workload reports about itself: recall, a hit ratio, a share of failures."""

import math

from boss_perf.judge.context import ONE_PROCESS, Basis, Outcome, incomplete, outcome, unmeasured
from boss_perf.judge.promises.verdict_bounds import reason_for, verdict_on
from boss_perf.model.estimates import Estimate
from boss_perf.model.samples import Pass, Sample
from boss_perf.model.targets import Budget
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Verdict


def judge_fact(basis: Basis, budget: Budget) -> Outcome:
    """A number that the workload reports: every fork must hold the promise, one without the number proves nothing."""
    name = budget.fact or budget.metric.value
    reporting = {sample.phase for sample in basis.samples if any(key == name for key, _ in sample.facts)}
    samples = tuple(sample for sample in basis.samples if sample.phase in reporting and sample.failure is None)
    if not samples:
        others = sorted({key for sample in basis.samples for key, _ in sample.facts})
        if not basis.measured(*Pass):
            return unmeasured(basis, budget, *Pass)
        known = f", only {', '.join(others)}" if others else ""
        return outcome(budget, Verdict.UNMEASURED, f"not measured: the workload reports no {name}{known}")
    estimate = _fact_estimate(samples, name, budget.unit, basis.policy.confidence_ratio)
    verdict = verdict_on(estimate, budget)
    reason = reason_for(estimate, budget, verdict, count_word="reports", scope="in every report")
    doubt = next((each for each in (incomplete(basis, _of(samples, phase)) for phase in reporting) if each), None)
    if doubt is None and estimate.forks < 2:
        doubt = ONE_PROCESS
    if doubt is not None and verdict is not Verdict.UNDECIDED:
        verdict, reason = Verdict.UNDECIDED, f"{doubt}; {reason}"
    return outcome(budget, verdict, reason, estimate=estimate)


def _of(samples: tuple[Sample, ...], phase: Pass) -> tuple[Sample, ...]:
    return tuple(sample for sample in samples if sample.phase is phase)


def _fact_estimate(samples: tuple[Sample, ...], name: str, unit: Unit, confidence_ratio: float) -> Estimate:
    """Mean and range over the forks; unknown when one does not report it, or reports no number."""
    values = [dict(sample.facts).get(name, math.nan) for sample in samples]
    is_known = all(math.isfinite(value) for value in values)
    return Estimate(
        value=math.fsum(values) / len(values) if is_known else math.nan,
        low=min(values) if is_known else -math.inf,
        high=max(values) if is_known else math.inf,
        unit=unit,
        confidence_ratio=confidence_ratio,
        count=len(values),
        forks=len({sample.fork for sample in samples}),
    )
