"""Absolute promises: the bound of an estimate against the bound of the promise."""

import math
from dataclasses import replace

from boss_perf.judge.basis import Basis, Outcome, few_forks, incomplete, outcome, unmeasured
from boss_perf.model.estimates import Caveat, CaveatKind, Estimate
from boss_perf.model.metrics import Comparator, Metric, Statistic
from boss_perf.model.samples import Pass, Reading, Sample
from boss_perf.model.targets import Budget
from boss_perf.model.units import Unit, format_quantity
from boss_perf.model.verdicts import Verdict
from boss_perf.stats.loads import estimate_load
from boss_perf.stats.memory import memory_estimate
from boss_perf.stats.paired import mean_estimate
from boss_perf.stats.quantiles import quantile_estimate

READINGS = {
    Metric.PEAK_MEMORY: Reading.PEAK_BYTES,
    Metric.RETAINED_MEMORY: Reading.RETAINED_BYTES,
    Metric.ALLOCATIONS: Reading.ALLOCATION_COUNT,
}
_LOOSE_FACTOR = 10


def judge_budget(basis: Basis, budget: Budget) -> Outcome:
    """MET when the whole interval lies on the promised side, MISSED when it lies on the other, else UNDECIDED."""
    is_load = budget.metric is not Metric.FACT and bool(basis.measured(Pass.LOAD))
    if budget.metric is Metric.FACT or (budget.metric is Metric.FAILURES and not is_load):
        return _judge_fact(basis, budget)
    phases = _phases(budget)
    samples = basis.measured(*phases)
    if not samples:
        return unmeasured(basis, budget, *phases)
    estimate = _estimate(samples, budget, basis.policy.confidence_ratio)
    side: tuple[tuple[str, Estimate], ...] = ()
    if budget.metric.is_memory:
        side = resident_side(samples, basis.policy.confidence_ratio)
    verdict = _verdict(estimate, budget)
    reason = _reason(estimate, budget, verdict, count_word=_count_word(samples, budget))
    doubt = incomplete(basis, samples) or _load_doubt(samples)
    if doubt is None and estimate.forks < 2 and samples[0].phase is not Pass.LOAD:
        doubt = "one process shows nothing about the next"
    if doubt is not None and verdict is not Verdict.UNDECIDED:
        verdict, reason = Verdict.UNDECIDED, f"{doubt}; {reason}"
    caveats = () if samples[0].phase in (Pass.LOAD, Pass.MEMORY) else few_forks(samples)
    known = {caveat.kind for caveat in estimate.caveats}
    caveats = tuple(caveat for caveat in caveats if caveat.kind not in known)
    if verdict is Verdict.MET:
        caveats += _looseness(estimate, budget)
    return outcome(budget, verdict, reason, estimate=estimate, side=side, caveats=caveats)


def resident_side(samples: tuple[Sample, ...], confidence_ratio: float) -> tuple[tuple[str, Estimate], ...]:
    """Resident memory beside the exact count, from the forks that took it."""
    reading = Reading.RESIDENT_BYTES
    taken = tuple(each for each in samples if each.arms and each.values(each.arms[-1], reading))
    resident = memory_estimate(taken, reading=reading, confidence_ratio=confidence_ratio)
    return (("resident memory", resident),) if math.isfinite(resident.value) else ()


def _load_doubt(samples: tuple[Sample, ...]) -> str | None:
    """Why a load run was not the load that was promised."""
    for sample in samples:
        facts = dict(sample.facts)
        if sample.phase is Pass.LOAD and facts.get("users", 0.0) < facts.get("users_asked", 0.0):
            return f"only {facts.get('users', 0.0):.0f} of {facts['users_asked']:.0f} users ever ran at once"
        if sample.phase is Pass.LOAD and (facts.get("is_cut", 0.0) or not facts.get("is_steady", 1.0)):
            return "the load was cut off or never steady"
    return None


def _phases(budget: Budget) -> tuple[Pass, ...]:
    if budget.metric.is_memory:
        return (Pass.MEMORY,)
    if budget.metric is Metric.LATENCY and budget.statistic is not Statistic.MEAN:
        return (Pass.CALLS, Pass.LOAD)
    if budget.metric is Metric.FAILURES:
        return (Pass.LOAD,)
    return (Pass.BATCHES, Pass.PAIRS, Pass.CALLS, Pass.LOAD)


def _estimate(samples: tuple[Sample, ...], budget: Budget, confidence_ratio: float) -> Estimate:
    if budget.metric.is_memory:
        return memory_estimate(samples, reading=READINGS[budget.metric], confidence_ratio=confidence_ratio)
    if samples[0].phase is Pass.LOAD:
        return estimate_load(
            samples, metric=budget.metric, statistic=budget.statistic, confidence_ratio=confidence_ratio
        )
    level = budget.statistic.quantile
    if budget.metric is Metric.LATENCY and level is not None:
        return _quantile(samples, level, confidence_ratio)
    mean = mean_estimate(samples, confidence_ratio=confidence_ratio)
    return mean if budget.metric is Metric.LATENCY else _inverted(mean)


def _quantile(samples: tuple[Sample, ...], level: float, confidence_ratio: float) -> Estimate:
    """The quantile of single calls; unknown when a fork holds no call, a negative one, or batches of several calls."""
    rows = [sample.values(sample.arms[-1] if sample.arms else "", Reading.WALL_NS) for sample in samples]
    estimate = quantile_estimate(rows, level=level, confidence_ratio=confidence_ratio)
    is_single = all(sample.calls_per_batch == 1 for sample in samples)
    if is_single and all(row and min(row) >= 0 and max(row) > 0 for row in rows):
        return estimate
    return replace(estimate, value=math.nan, low=-math.inf, high=math.inf)


def _inverted(mean: Estimate) -> Estimate:
    """Calls per second from nanoseconds per call."""
    return replace(
        mean,
        value=1e9 / mean.value if mean.value > 0 else math.nan,
        low=1e9 / mean.high if mean.high > 0 else 0.0,
        high=1e9 / mean.low if mean.low > 0 else math.inf,
        unit=Unit.PER_SECOND,
    )


def _judge_fact(basis: Basis, budget: Budget) -> Outcome:
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
    verdict = _verdict(estimate, budget)
    reason = _reason(estimate, budget, verdict, count_word="reports")
    doubt = next((each for each in (incomplete(basis, _of(samples, phase)) for phase in reporting) if each), None)
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


def _verdict(estimate: Estimate, budget: Budget) -> Verdict:
    comparator, bound = budget.comparator, budget.bound
    if math.isnan(estimate.value) or not math.isfinite(bound):
        return Verdict.UNDECIDED
    if comparator.wants_low:
        is_met = estimate.high < bound or (comparator is Comparator.AT_MOST and estimate.high == bound)
        is_missed = estimate.low > bound or (comparator is Comparator.BELOW and estimate.low == bound)
    else:
        is_met = estimate.low > bound or (comparator is Comparator.AT_LEAST and estimate.low == bound)
        is_missed = estimate.high < bound or (comparator is Comparator.ABOVE and estimate.high == bound)
    if is_met:
        return Verdict.MET
    return Verdict.MISSED if is_missed else Verdict.UNDECIDED


def _reason(estimate: Estimate, budget: Budget, verdict: Verdict, *, count_word: str) -> str:
    """`p95 ≤ 43.1 ms at 95 % confidence, 50 ms allowed (181 calls, 5 forks)`."""
    name = budget.fact or (budget.statistic.value if budget.metric is Metric.LATENCY else budget.metric.value)
    allowed = f"{format_quantity(budget.bound, budget.unit)} {'allowed' if budget.comparator.wants_low else 'promised'}"
    counted = f"({estimate.count} {count_word}, {estimate.forks} fork{'' if estimate.forks == 1 else 's'})"
    confidence = f"at {estimate.confidence_ratio * 100:g} % confidence"
    if math.isnan(estimate.value):
        return f"{name} is unknown: a fork gave no usable number; {allowed} {counted}"
    low, high = (format_quantity(each, estimate.unit) for each in (estimate.low, estimate.high))
    is_below = budget.comparator.wants_low is (verdict is Verdict.MET)
    if verdict is not Verdict.UNDECIDED:
        return f"{name} {'≤' if is_below else '≥'} {high if is_below else low} {confidence}, {allowed} {counted}"
    shown = format_quantity(estimate.value, estimate.unit)
    if math.isinf(estimate.low) and math.isinf(estimate.high):
        return f"{name} about {shown}, too little was measured to bound it, {allowed} {counted}"
    return f"{name} about {shown}, between {low} and {high} {confidence}, {allowed} {counted}: not proven either way"


def _count_word(samples: tuple[Sample, ...], budget: Budget) -> str:
    if budget.metric.is_memory:
        return "memory runs"
    return {Pass.CALLS: "calls", Pass.LOAD: "requests"}.get(samples[0].phase, "batches")


def _looseness(estimate: Estimate, budget: Budget) -> tuple[Caveat, ...]:
    """Says so when the promise could be broken tenfold before anyone is told."""
    low_bound, high_bound = (
        (estimate.high, budget.bound) if budget.comparator.wants_low else (budget.bound, estimate.low)
    )
    if not high_bound > _LOOSE_FACTOR * low_bound:
        return ()
    shown = format_quantity(budget.bound, budget.unit)
    return (Caveat(CaveatKind.TOO_LOOSE, f"{shown} is so far off that a 10× regression would pass"),)
