"""Relative promises: the second arm against the first, decided so that looking often does no harm; and which clash."""

import math
from collections import defaultdict

from boss_perf.judge.context import JudgeContext, doubted, incomplete, unmeasured
from boss_perf.judge.decision import OVER_ALL, Position, forks_missing, is_hopeless, position_of
from boss_perf.judge.promises.budgets import READINGS, resident_side
from boss_perf.model.estimates import Caveat, CaveatKind, Clock, Comparison
from boss_perf.model.metrics import Metric
from boss_perf.model.samples import Pass, Sample
from boss_perf.model.targets import Change, Target, TargetSet, as_promised
from boss_perf.model.units import format_change, format_changes, several
from boss_perf.model.verdicts import Finding, Verdict
from boss_perf.stats.memory import compare_memory
from boss_perf.stats.paired import compare
from boss_perf.stats.sequential import FORK_LIMIT, Errors

_CLOCK_WORDS = {Clock.CPU: "processor time", Clock.WALL: "wall time"}
_VERDICTS = {Position.BELOW: Verdict.MET, Position.ABOVE: Verdict.MISSED, Position.OPEN: Verdict.UNDECIDED}
_EXACT = 1 + 1e-9


def judge_change(context: JudgeContext, change: Change) -> Finding:
    """MET when the ratio is shown to lie on the promised side of the limit, MISSED on the other, else UNDECIDED.

    A promise is taken as met with the policy's error for this target alone; MISSED is an accusation, and all targets of
    the suite share one budget of false ones. The interval that is shown is the one that decided.
    """
    phase = Pass.MEMORY if change.metric.is_memory else Pass.PAIRS
    samples = context.measured(phase)
    if not samples:
        return unmeasured(context, change, phase)
    if any(len(sample.arms) != 2 for sample in samples):
        return Finding(change, Verdict.UNMEASURED, "not measured: a change needs two arms, the workload has one")
    if change.metric.is_memory:
        return _memory(context, change, samples)
    return _time(context, change, samples)


def _time(context: JudgeContext, change: Change, samples: tuple[Sample, ...]) -> Finding:
    errors = Errors(above=context.alpha, below=context.policy.false_alarm_ratio)
    comparison = compare(samples, errors=errors)
    clock, line_ratio, forks = comparison.clock, change.cost_limit_ratio, comparison.ratio.forks
    verdict, is_given_up, near = _VERDICTS[position_of(comparison, line_ratio)], False, ""
    if verdict is Verdict.UNDECIDED:
        missing = forks_missing(comparison, line_ratio=line_ratio, errors=errors, fork_limit=FORK_LIMIT)
        is_given_up = is_hopeless(forks, missing, fork_limit=FORK_LIMIT)
        near = "too close to the promise to decide" if missing is None else f"about {missing} more forks would decide"
    counted = f"({several(forks, 'fork')}, {comparison.pairs} pairs, {_CLOCK_WORDS[clock]})"
    reason = _reason(comparison, change, counted=counted, lacking="pairs", near=near)
    other = compare(samples, errors=errors, clock=Clock.WALL if clock is Clock.CPU else Clock.CPU)
    side = ((f"{_CLOCK_WORDS[other.clock]} ratio", other.ratio),) if math.isfinite(other.ratio.value) else ()
    doubt = incomplete(context, samples)
    if doubt is None and verdict is Verdict.MET and clock is Clock.CPU:  # one call pushed off its core sways wall sums
        doubt = _objection(samples, other, line_ratio, errors)
    return Finding(change, *doubted(verdict, reason, doubt), comparison=comparison, side=side, is_hopeless=is_given_up)


def _objection(samples: tuple[Sample, ...], on_wall: Comparison, line_ratio: float, errors: Errors) -> str | None:
    """Why processor time proves nothing: wall time shows the opposite, or all calls together do, of which few pay."""
    if position_of(on_wall, line_ratio) is Position.ABOVE:
        changed = format_change(on_wall.ratio.value)
        return f"wall time changed by {changed} only, work was moved out of the clock's sight"
    sums = compare(samples, errors=errors, is_summed=True)
    is_opposite = position_of(sums, line_ratio) is Position.ABOVE
    return f"{format_change(sums.ratio.value)} only {OVER_ALL}" if is_opposite else None


def _memory(context: JudgeContext, change: Change, samples: tuple[Sample, ...]) -> Finding:
    confidence = context.policy.confidence_ratio
    comparison = compare_memory(samples, reading=READINGS[change.metric], confidence_ratio=confidence)
    ratio, line_ratio = comparison.ratio, change.limit_ratio * _EXACT
    verdict, near = Verdict.UNDECIDED, ""
    if math.isfinite(ratio.high) and ratio.high <= line_ratio:
        verdict = Verdict.MET
    elif ratio.low > line_ratio:
        verdict = Verdict.MISSED
    else:
        near = "one fork cannot show that it repeats" if ratio.forks < 2 else "the forks differ too much"
    tracer = samples[0].conditions.tracer
    counted = f"({several(ratio.forks, 'fork')}{f', {tracer}' if tracer else ''})"
    reason = _reason(comparison, change, counted=counted, lacking="reading", near=near)
    doubt = incomplete(context, samples)
    if doubt is None and len({sample.conditions.tracer for sample in samples}) > 1:
        doubt = "the forks were traced by different tools"
    side = resident_side(samples, confidence)
    return Finding(change, *doubted(verdict, reason, doubt), comparison=comparison, side=side)


def _reason(comparison: Comparison, change: Change, *, counted: str, lacking: str, near: str) -> str:
    """`latency −62 % (−63 % to −61 %), −60 % promised (...)`, of the rate for throughput; `near` is why it is open."""
    name, promised = change.metric.value.replace("_", " "), f"{format_change(change.limit_ratio)} promised"
    ratio = comparison.ratio
    if not math.isfinite(ratio.value):
        return f"{name} cannot be compared: a fork gave no usable {lacking}; {promised} {counted}"
    sides = as_promised((ratio.value, ratio.low, ratio.high), change)
    changes = format_changes(*sides, joint="to", apart_from=change.limit_ratio)
    return f"{name} {changes}, {promised} {counted}{f': {near}' if near else ''}"


def contradictions(target_set: TargetSet) -> dict[str, Caveat]:
    """By target id: the caveat of every target that promises another change of a component's metric than a second does.

    Throughput and latency are different metrics here; targets without a component are compared by name.
    """
    promised: defaultdict[tuple[str, Metric], list[tuple[Target, Change]]] = defaultdict(list)
    for target in target_set.targets:
        for expectation in target.expectations:
            if isinstance(expectation, Change):
                subject = (target.component or target.name).strip().casefold()
                promised[subject, expectation.metric].append((target, expectation))
    found: dict[str, Caveat] = {}
    for promises in promised.values():
        for target, change in promises:
            others = [(other, its) for other, its in promises if its.limit_ratio != change.limit_ratio]
            if others and target.id not in found:
                named = ", ".join(f"{its.text} in {other.id} ({other.location})" for other, its in others)
                text = f"{change.text} here, {named}: one of them is wrong or needs its own component"
                found[target.id] = Caveat(CaveatKind.CONFLICTING, text)
    return found
