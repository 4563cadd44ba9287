"""What an examination measured beside its verdicts: time, resolution, and whether what was planted was there."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from boss_perf.judge.decision import DecisionRule
from boss_perf.selftest.rates import OtherRun, Rate, Trial, alike, recorded_log_ratios
from boss_perf.stats.boundaries import FIRST_LOOK, boundary
from boss_perf.stats.location import median, standard_deviation, student_t_quantile
from boss_perf.stats.paired import choose_clock, fork_log_ratio


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the tool said it could resolve on equal trees, and how far off it really was, both as ratios.

    `said` is the median half width of the intervals, `error` the median distance of the figures from no change, and
    `held` how many intervals, each at its decision's own error, held no change.
    """

    said: float
    error: float
    held: Rate


def seconds_per_verdict(trials: Sequence[Trial], *, share: float, condition: str) -> float:
    """The median time a live gate took, per piece of work; NaN of nothing."""
    chosen = alike(trials, share=share, condition=condition)
    return median([trial.elapsed_s / len(trial.findings) for trial in chosen])


def other_seconds(runs: Sequence[OtherRun], *, condition: str) -> float:
    """The median time of two default runs of pytest-benchmark, per piece of work; NaN of nothing."""
    return median([2 * run.elapsed_s / len(run.mean_ns) for run in runs if run.condition == condition])


def seen_change(trials: Sequence[Trial], *, share: float, work: str) -> float:
    """The change measured over all forks of one planted size, as a ratio minus 1; NaN of nothing."""
    samples = [sample for trial in trials if trial.share == share for sample in trial.samples.get(work, ())]
    clock = choose_clock(samples)
    ratios = [fork_log_ratio(sample, clock=clock) for sample in samples]
    return math.expm1(median([each for each in ratios if math.isfinite(each)]))


def resolution(trials: Sequence[Trial], *, condition: str) -> Resolution:
    """What the tool says of itself on equal trees, against the truth, which is no change."""
    ratios = [
        finding.comparison.ratio
        for trial in alike(trials, share=0, condition=condition)
        for finding in trial.findings.values()
        if finding.comparison is not None
    ]
    return Resolution(
        said=median([(each.high - each.low) / 2 for each in ratios]),
        error=median([abs(each.value - 1) for each in ratios]),
        held=Rate(sum(1 for each in ratios if each.low <= 1 <= each.high), len(ratios)),
    )


def smallest_change(
    trials: Sequence[Trial], *, condition: str, works: Sequence[str], seconds: float, rule: DecisionRule
) -> float:
    """The smallest change that so many seconds per piece of work would show, as a ratio, median over the work.

    A change is shown when it lies the decision's own half width beyond the line, and the line may be set as near as
    that: it is twice the half width of the forks that fit. NaN without forks over equal trees, infinity when fewer fit
    than a decision takes.
    """
    chosen = alike(trials, share=0, condition=condition)
    forks_taken = sum(len(samples) for trial in chosen for samples in trial.samples.values())
    if not forks_taken:
        return math.nan
    fork_s = sum(trial.elapsed_s for trial in chosen) / forks_taken
    forks = min(rule.fork_limit, int(seconds / fork_s))
    if forks < FIRST_LOOK:
        return math.inf
    reach = student_t_quantile(1 - boundary(rule.alpha, fork_limit=rule.fork_limit), forks - 1)
    widths = [
        reach * standard_deviation(recorded_log_ratios(trials, condition=condition, work=work)) / math.sqrt(forks)
        for work in works
    ]
    return math.expm1(2 * median(widths))
