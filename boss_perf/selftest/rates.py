"""What live gates over equal trees and planted slowdowns say about the gate, and about others on the same work.

Beside their verdicts: time, resolution, and whether what was planted was there."""

import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TypeVar

from boss_perf.judge.decision import Decision, DecisionRule, Position
from boss_perf.model.gate import GateVerdict
from boss_perf.model.samples import Reading, Sample
from boss_perf.selftest.other_tools import OtherTool
from boss_perf.stats.boundaries import FIRST_LOOK, boundary
from boss_perf.stats.location import median, standard_deviation, student_t_quantile
from boss_perf.stats.paired import choose_clock, fork_log_ratio
from boss_perf.stats.sequential import interval

CONDITIONS = ("as found", "bursts")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveGate:
    """One live gate over the whole suite: what was planted, under which noise, and what it found per piece of work."""

    share: float
    condition: str
    findings: Mapping[str, Decision]
    samples: Mapping[str, tuple[Sample, ...]]
    elapsed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRun:
    """One run of pytest-benchmark over the plain tree: mean and minimum in ns per call by piece of work."""

    condition: str
    mean_ns: Mapping[str, float]
    min_ns: Mapping[str, float]
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many."""

    hits: int = 0
    count: int = 0

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(self.hits + other.hits, self.count + other.count)

    def __str__(self) -> str:
        return f"{self.hits} of {self.count}"


@dataclass(frozen=True, slots=True)
class PairedTally:
    """How many comparisons of equal twins, and of twins with more work, were called changed."""

    equal: Rate = Rate()
    more: Rate = Rate()


def alike(trials: Sequence[LiveGate], *, share: float, condition: str) -> list[LiveGate]:
    """The trials of one planted share under one condition."""
    return [trial for trial in trials if trial.share == share and trial.condition == condition]


def found_rate(trials: Sequence[LiveGate], *, share: float) -> Rate:
    """How many pieces of work the live gates called slower where so much was planted."""
    found = [each.verdict for trial in trials if trial.share == share for each in trial.findings.values()]
    return Rate(found.count(GateVerdict.SLOWER), len(found))


def suite_rate(trials: Sequence[LiveGate]) -> Rate:
    """How many live gates over equal trees called any piece of work slower."""
    equal = [trial for trial in trials if not trial.share]
    alarms = [any(each.verdict is GateVerdict.SLOWER for each in trial.findings.values()) for trial in equal]
    return Rate(sum(alarms), len(alarms))


def recorded_log_ratios(trials: Sequence[LiveGate], *, condition: str, work: str) -> tuple[float, ...]:
    """The log ratios of all forks over equal trees, in time order."""
    samples = [each for trial in alike(trials, share=0, condition=condition) for each in trial.samples.get(work, ())]
    clock = choose_clock(samples)
    return tuple(each for each in (fork_log_ratio(sample, clock=clock) for sample in samples) if math.isfinite(each))


def draw_gates(
    log_ratios: Sequence[float], *, share: float, rule: DecisionRule, gates: int, seed: int
) -> Counter[Position]:
    """How gates ended whose forks are drawn with replacement from recorded ones, each moved by exactly the share."""
    rng = random.Random(seed)
    shift = math.log1p(share)
    ended = []
    for _ in range(gates if log_ratios else 0):
        position = _draw_stage(log_ratios, shift, rule, rng)
        ended.append(_draw_stage(log_ratios, shift, rule, rng) if position is Position.ABOVE else position)
    return Counter(ended)


def _draw_stage(log_ratios: Sequence[float], shift: float, rule: DecisionRule, rng: random.Random) -> Position:
    forks = [rng.choice(log_ratios) + shift for _ in range(rule.fork_limit)]
    found, line_log = interval(forks, errors=rule.errors, fork_limit=rule.fork_limit), math.log(rule.line_ratio)
    return Position.ABOVE if found.low > line_log else Position.BELOW if found.high < line_log else Position.OPEN


def point_rates(runs: Sequence[OtherRun], *, share: float, condition: str, is_mean: bool) -> Rate:
    """pytest-benchmark's rule at 5 % between neighbouring runs, both ways, the later one moved by the share."""
    values = [run.mean_ns if is_mean else run.min_ns for run in runs if run.condition == condition]
    calls = [second[work] * (1 + share) > first[work] * 1.05 for first, second in _neighbours(values) for work in first]
    return Rate(sum(calls), len(calls))


def stored_rates(runs: Sequence[OtherRun], *, share: float) -> Rate:
    """A number stored on the machine as found against later runs under bursts, the mean at 10 %."""
    stored = [run.mean_ns for run in runs if run.condition == "as found"][:1]
    later = [run.mean_ns for run in runs if run.condition != "as found"]
    calls = [
        run[work] * (1 + share) > mean_ns * 1.10 for first in stored for run in later for work, mean_ns in first.items()
    ]
    return Rate(sum(calls), len(calls))


def process_rates(
    trials: Sequence[LiveGate], *, share: float, condition: str, works: Sequence[str], tool: OtherTool
) -> Rate:
    """Another gate's rule on recorded processes: neighbouring groups of forks, one group moved by the share."""
    calls = []
    for work in works:
        groups = _process_values(trials, condition, work, tool.values)
        sides = [
            list(chain(*groups[i : i + tool.processes]))
            for i in range(0, len(groups) - tool.processes + 1, tool.processes)
        ]
        calls += [tool.rule(base, [value * (1 + share) for value in head]) for base, head in _neighbours(sides)]
    return Rate(sum(calls), len(calls))


def _neighbours(runs: Sequence[T]) -> Iterator[tuple[T, T]]:
    """Each run with the next one, both ways."""
    for before, after in pairwise(runs):
        yield before, after
        yield after, before


def _process_values(trials: Sequence[LiveGate], condition: str, work: str, count: int) -> list[list[float]]:
    found = []
    for trial in alike(trials, share=0, condition=condition):
        for sample in trial.samples.get(work, ()):
            walls = sample.values(sample.arms[0], Reading.WALL_NS)
            step = max(1, len(walls) // count)
            chunks = [walls[i : i + step] for i in range(0, step * count, step)]
            found.append([median(chunk) / sample.calls_per_batch for chunk in chunks if chunk])
    return found


def seconds_per_verdict(trials: Sequence[LiveGate], *, share: float, condition: str) -> float:
    """The median time a live gate took, per piece of work; NaN of nothing."""
    chosen = alike(trials, share=share, condition=condition)
    return median([trial.elapsed_s / len(trial.findings) for trial in chosen])


def other_seconds(runs: Sequence[OtherRun], *, condition: str) -> float:
    """The median time of two default runs of pytest-benchmark, per piece of work; NaN of nothing."""
    return median([2 * run.elapsed_s / len(run.mean_ns) for run in runs if run.condition == condition])


def seen_change(trials: Sequence[LiveGate], *, share: float, work: str) -> float:
    """The change measured over all forks of one planted size, as a ratio minus 1; NaN of nothing."""
    samples = [sample for trial in trials if trial.share == share for sample in trial.samples.get(work, ())]
    clock = choose_clock(samples)
    ratios = [fork_log_ratio(sample, clock=clock) for sample in samples]
    return math.expm1(median([each for each in ratios if math.isfinite(each)]))


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the tool said it could resolve on equal trees, and how far off it really was, both as ratios.

    `said` is the median half width of the intervals, `error` the median distance of the figures from no change, and
    `held` how many intervals, each at its decision's own error, held no change.
    """

    said: float
    error: float
    held: Rate


def resolution(trials: Sequence[LiveGate], *, condition: str) -> Resolution:
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
    trials: Sequence[LiveGate], *, condition: str, works: Sequence[str], seconds: float, rule: DecisionRule
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
