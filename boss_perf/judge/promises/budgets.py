"""Absolute promises: the bound of an estimate, or a number the workload reports, against the bound of the promise."""

import math
from collections.abc import Sequence
from dataclasses import replace

from boss_perf.judge.context import (
    FEWEST_FORKS,
    ONE_PROCESS,
    JudgeContext,
    doubted,
    few_forks,
    incomplete,
    of_one_host,
    unmeasured,
)
from boss_perf.judge.decision import HOPELESS_FORKS
from boss_perf.judge.promises.verdict_bounds import looseness, reason_for, verdict_on
from boss_perf.model.estimates import Estimate
from boss_perf.model.metrics import Metric, Statistic
from boss_perf.model.samples import Pass, Reading, Sample
from boss_perf.model.targets import Budget
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Finding, Verdict
from boss_perf.stats.boundaries import boundary
from boss_perf.stats.loads import estimate_load
from boss_perf.stats.location import median
from boss_perf.stats.memory import memory_estimate
from boss_perf.stats.paired import mean_estimate
from boss_perf.stats.quantiles import allowed_over, quantile_estimate

READINGS = {
    Metric.PEAK_MEMORY: Reading.PEAK_BYTES,
    Metric.RETAINED_MEMORY: Reading.RETAINED_BYTES,
    Metric.ALLOCATIONS: Reading.ALLOCATION_COUNT,
}
_LATER_DOUBT_RATIO = 0.2
PROCESS_SPREAD_RATIO = 1.3
_COMMON_LEVEL = 0.7


def judge_budget(context: JudgeContext, budget: Budget) -> Finding:
    """MET when the whole interval lies on the promised side, MISSED when it lies on the other, else UNDECIDED."""
    if budget.metric is Metric.FACT or (budget.metric is Metric.FAILURES and not context.measured(Pass.LOAD)):
        return _reported(context, budget)
    phases = _phases(budget)
    samples = of_one_host(context.measured(*phases))
    if not samples:
        return unmeasured(context, budget, *phases)
    estimate = _estimate(samples, budget, context.policy.confidence_ratio)
    side = resident_side(samples, context.policy.confidence_ratio) if budget.metric.is_memory else ()
    verdict = verdict_on(estimate, budget)
    reason = reason_for(estimate, budget, verdict, count_word=_count_word(samples, budget))
    doubt = incomplete(context, samples) or _load_doubt(samples)
    if doubt is None and estimate.forks < 2 and samples[0].phase is not Pass.LOAD:
        doubt = ONE_PROCESS
    verdict, reason = doubted(verdict, reason, doubt)
    caveats = () if samples[0].phase in (Pass.LOAD, Pass.MEMORY) else few_forks(samples)
    if verdict is Verdict.MET:
        caveats += looseness(estimate, budget)
    is_given_up = verdict is Verdict.UNDECIDED and _is_hopeless(estimate, budget, samples)
    return Finding(budget, verdict, reason, estimate=estimate, side=side, caveats=caveats, is_hopeless=is_given_up)


def _reported(context: JudgeContext, budget: Budget) -> Finding:
    """A number that the workload reports: every fork must hold the promise, one without the number proves nothing."""
    name = budget.fact or budget.metric.value
    reporting = {sample.phase for sample in context.samples if any(key == name for key, _ in sample.facts)}
    samples = tuple(sample for sample in context.samples if sample.phase in reporting and sample.failure is None)
    if not samples:
        others = sorted({key for sample in context.samples for key, _ in sample.facts})
        if not context.measured(*Pass):
            return unmeasured(context, budget, *Pass)
        known = f", only {', '.join(others)}" if others else ""
        return Finding(budget, Verdict.UNMEASURED, f"not measured: the workload reports no {name}{known}")
    estimate = _fact_estimate(samples, name, budget.unit, context.policy.confidence_ratio)
    verdict = verdict_on(estimate, budget)
    reason = reason_for(estimate, budget, verdict, count_word="reports", scope="in every report")
    by_phase = [[sample for sample in samples if sample.phase is phase] for phase in reporting]
    doubt = next(filter(None, (incomplete(context, each) for each in by_phase if each)), None)
    if doubt is None and estimate.forks < 2:
        doubt = ONE_PROCESS
    return Finding(budget, *doubted(verdict, reason, doubt), estimate=estimate)


def _fact_estimate(samples: tuple[Sample, ...], name: str, unit: Unit, confidence_ratio: float) -> Estimate:
    """Mean and range over the forks; unknown when one does not report it, or reports no number."""
    values = [dict(sample.facts).get(name, math.nan) for sample in samples]
    value, low, high = math.nan, -math.inf, math.inf
    if all(math.isfinite(each) for each in values):
        value, low, high = math.fsum(values) / len(values), min(values), max(values)
    return Estimate(
        value=value, low=low, high=high, unit=unit, confidence_ratio=confidence_ratio, count=len(values),
        forks=len({sample.fork for sample in samples}),
    )  # fmt: skip


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
    if budget.statistic is not Statistic.MEAN:
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
    if level is None:
        time = mean_estimate(samples, confidence_ratio=confidence_ratio)
    else:
        time = _quantile(samples, level, confidence_ratio)
    time = _over_processes(time, _own_ns(samples))
    return _inverted(time) if budget.metric is Metric.THROUGHPUT else time


def _quantile(samples: tuple[Sample, ...], level: float, confidence_ratio: float) -> Estimate:
    """The quantile of single calls; unknown when a fork holds no call, a negative one, or batches of several calls.

    The first look, at five forks, has the whole doubt that the policy allows. Every look after it is so strict that
    all of them together add at most a fifth of that doubt: measuring on until it fits would else prove anything.
    """
    confidence_at_look = confidence_ratio
    if len(samples) > FEWEST_FORKS:
        confidence_at_look = 1 - boundary(_LATER_DOUBT_RATIO * (1 - confidence_ratio))
    rows = [sample.values(sample.arms[-1] if sample.arms else "", Reading.WALL_NS) for sample in samples]
    estimate = quantile_estimate(rows, level=level, confidence_ratio=confidence_at_look)
    estimate = replace(estimate, confidence_ratio=confidence_ratio)
    is_single = all(sample.calls_per_batch == 1 for sample in samples)
    if is_single and all(row and min(row) >= 0 and max(row) > 0 for row in rows):
        return estimate
    return replace(estimate, value=math.nan, low=-math.inf, high=math.inf)


def _over_processes(estimate: Estimate, own_ns: Sequence[float]) -> Estimate:
    """The interval of a time as it holds for other processes too: wider by what processes differ from the middle one.

    That is up to the one at which a slow mode that 30 % of all have would be seen, as sure as the policy asks. Of fewer
    than nine that is none: there the extremes count, and at least the 1.3 by which one CPython process can be slower
    than the next for life.
    """
    if not math.isfinite(estimate.value) or not own_ns[0] > 0:
        return estimate
    beyond = allowed_over(len(own_ns), _COMMON_LEVEL, estimate.confidence_ratio)
    least_ratio = PROCESS_SPREAD_RATIO if beyond < 0 else 1.0
    fast_ratio, slow_ratio = _spread_ratios(own_ns, beyond=max(0, beyond))
    return replace(
        estimate, low=estimate.low * min(1 / least_ratio, fast_ratio), high=estimate.high * max(least_ratio, slow_ratio)
    )


def _own_ns(samples: Sequence[Sample]) -> list[float]:
    """The middle time of a call in each process, the fastest first."""
    return sorted(median(each.values(each.arms[-1], Reading.WALL_NS)) / each.calls_per_batch for each in samples)


def _spread_ratios(own_ns: Sequence[float], *, beyond: int) -> tuple[float, float]:
    """How far processes differ from the middle one, all but so many of the fastest and of the slowest."""
    middle_ns = median(own_ns)
    return own_ns[beyond] / middle_ns, own_ns[-1 - beyond] / middle_ns


def _is_hopeless(estimate: Estimate, budget: Budget, samples: Sequence[Sample]) -> bool:
    """Whether the limit lies among the times that processes commonly have, so that no number of them would decide."""
    if len(samples) < HOPELESS_FORKS or budget.metric.is_memory or samples[0].phase is Pass.LOAD:
        return False
    value, bound, own_ns = estimate.value, budget.bound, _own_ns(samples)
    if not (value > 0 and bound > 0 and own_ns[0] > 0):
        return False
    fast_ratio, slow_ratio = _spread_ratios(own_ns, beyond=math.floor((1 - _COMMON_LEVEL) * len(own_ns)))
    return fast_ratio <= (bound / value if budget.metric is Metric.LATENCY else value / bound) <= slow_ratio


def _inverted(mean: Estimate) -> Estimate:
    """Calls per second from nanoseconds per call."""
    return replace(
        mean, value=1e9 / mean.value if mean.value > 0 else math.nan, low=1e9 / mean.high if mean.high > 0 else 0.0,
        high=1e9 / mean.low if mean.low > 0 else math.inf, unit=Unit.PER_SECOND,
    )  # fmt: skip


def _count_word(samples: tuple[Sample, ...], budget: Budget) -> str:
    if budget.metric.is_memory:
        return "memory runs"
    return {Pass.CALLS: "calls", Pass.LOAD: "requests"}.get(samples[0].phase, "batches")
