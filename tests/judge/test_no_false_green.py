"""Attempts to get a green light that the evidence does not carry; each names a way in which such a light was got."""

import math
from dataclasses import replace
from datetime import timedelta
from statistics import NormalDist

import pytest
from evidence_of import (
    ARMS,
    EVIDENCE,
    FASTER,
    LEANER,
    MEAN,
    NOW,
    P95,
    batches,
    calls,
    failed,
    memory,
    pairs,
    target,
    trials,
    verdict_of,
)
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.metrics import Comparator, Metric, Statistic
from boss_perf.model.runs import RunKind
from boss_perf.model.samples import Pass, Reading, Series
from boss_perf.model.targets import Budget, CachePolicy, Change
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Status, Verdict

LRU = CachePolicy("lru", 1000, None, None, "lru, 1000 entries")
RECALL = Budget(Metric.FACT, Statistic.MEAN, Comparator.AT_LEAST, 0.95, Unit.RATIO, "recall >= 0.95", fact="recall")


def facts(*values):
    return [
        replace(each, facts=(("recall", value),))
        for each, value in zip(calls(1e6, forks=len(values)), values, strict=True)
    ]


def emptied(samples, arm=None):
    """The first fork without the readings of one arm, or of any."""
    kept = tuple(each for each in samples[0].series if arm is not None and each.arm != arm)
    return [replace(samples[0], series=kept), *samples[1:]]


def rewritten(samples, values):
    """The first fork's readings replaced."""
    series = tuple(Series(each.arm, each.reading, values) for each in samples[0].series)
    return [replace(samples[0], series=series), *samples[1:]]


def sparing(samples, *, times):
    """Each tenth batch of the second arm, of which the processor's time alone is read, pays for the others."""
    return [
        replace(each, series=tuple(
            replace(series, values=tuple(
                value * times if turn % 10 == 9 else value for turn, value in enumerate(series.values)
            )) if series.arm == ARMS[1] and series.reading is Reading.CPU_NS else series
            for series in each.series
        ))
        for each in samples
    ]  # fmt: skip


def mirrored(samples):
    """The first fork with its arms turned round."""
    return [replace(samples[0], arms=ARMS[::-1]), *samples[1:]]


GREEN = {
    "calls": (P95, calls(1e6)),
    "batches": (MEAN, batches(1e6)),
    "pairs": (FASTER, pairs(0.3)),
    "memory": (LEANER, memory(1000, 500)),
    "trial": (LRU, trials(True, True)),
    "fact": (RECALL, facts(0.99, 0.98)),
}
SABOTAGE = {
    "no samples": (P95, []),
    "one empty series": (P95, emptied(calls(1e6))),
    "empty batches": (MEAN, emptied(batches(1e6))),
    "an arm without readings": (FASTER, emptied(pairs(0.3), "baseline")),
    "an arm without memory readings": (LEANER, emptied(memory(1000, 500), "optimized")),
    "mismatched lengths": (FASTER, [replace(pairs(0.3)[0], series=(
        Series("baseline", Reading.CPU_NS, (100,) * 8), Series("optimized", Reading.CPU_NS, (1,) * 6))),
        *pairs(0.3)[1:]]),
    "arms turned round in one fork": (FASTER, mirrored(pairs(0.3))),
    "memory arms turned round in one fork": (LEANER, mirrored(memory(1000, 500))),
    "batches of zero time": (MEAN, rewritten(batches(1e6), (0,) * 20)),
    "calls of zero time": (P95, rewritten(calls(1e6), (0,) * 200)),
    "negative calls": (P95, rewritten(calls(1e6), (-1,) * 200)),
    "pairs of zero time": (FASTER, rewritten(pairs(0.3), (0,) * 40)),
    "no memory on either side": (LEANER, memory(0, 0)),
    "freed more than allocated": (LEANER, memory(1000, -5)),
    "batches where calls were promised": (P95, [replace(each, calls_per_batch=100) for each in calls(1e6)]),
    "a fact that is no number": (RECALL, facts(0.99, math.nan)),
    "an infinite fact": (RECALL, facts(0.99, math.inf)),
    "a fork without the fact": (RECALL, [facts(0.99)[0], *calls(1e6, forks=2)[1:]]),
    "a fact of another name": (RECALL, [replace(each, facts=(("recall_at_1", 1.0),)) for each in calls(1e6)]),
    "the wrong pass": (FASTER, calls(1e6)),
    "a mean from nothing but memory": (MEAN, memory(1000, 500)),
    "one arm only": (FASTER, [replace(each, arms=ARMS[:1]) for each in pairs(0.3)]),
    "one fork": (P95, calls(1e6, forks=1)),
    "one fork repeated": (P95, calls(1e6, forks=1) * 5),
    "one pair fork repeated": (FASTER, pairs(0.3, forks=1) * 5),
    "one memory fork repeated": (LEANER, memory(1000, 500, forks=1) * 5),
    "a fork that raised": (FASTER, [failed(pairs(0.3)[0], "raised"), *pairs(0.3)[1:]]),
    "arms that disagreed in a memory run": (FASTER, [*pairs(0.3), failed(memory(1, 1)[0], "disagreed")]),
    "a fork that was skipped": (FASTER, [*pairs(0.3), failed(replace(pairs(0.3)[0], fork=9), "skipped")]),
    "forks that were not collected": (P95, [failed(each, "not_collected") for each in calls(1e6)]),
    "confirming forks alone": (FASTER, pairs(0.3, is_confirmation=True)),
    "confirming forks that deny it": (FASTER, [*pairs(0.3), *pairs(0.9, is_confirmation=True)]),
    "samples of another test": (P95, [
        replace(each, workload="benchmarks/test_search.py::test_other") for each in calls(1e6)]),
    "two parameter sets pooled": (P95, [
        replace(each, workload=f"{each.workload}[{each.fork % 2}]") for each in calls(1e6)]),
    "a file edited between forks": (P95, [
        replace(each, dependencies_digest=f"b{each.fork}") for each in calls(1e6)]),
    "work moved out of the clock's sight": (FASTER, pairs(0.3, wall_ratio=0.35 / 0.3)),
    "work that few calls do for the others": (FASTER, sparing(pairs(0.3), times=8)),
    "a trial without checks": (LRU, trials()),
    "one check of one fork broken": (LRU, [*trials(True, True), *trials(True, False, forks=1)]),
    "an impossible limit": (Change(Metric.LATENCY, math.nan, "latency ?"), pairs(0.3)),
    "a bound that is no number": (replace(P95, bound=math.nan), calls(1e6)),
    "an infinite bound": (replace(P95, bound=math.inf), calls(1e6)),
    "tracers mixed": (LEANER, [
        replace(each, conditions=replace(each.conditions, tracer=f"t{each.fork}")) for each in memory(1000, 500)]),
}  # fmt: skip


@pytest.mark.parametrize("name", GREEN)
def test_honest_evidence_is_green(name):
    promise, samples = GREEN[name]
    judgement = verdict_of(target(promise), samples)
    assert judgement.verdict is Verdict.MET, judgement.reason


@pytest.mark.parametrize("name", SABOTAGE)
def test_sabotaged_evidence_is_not_green(name):
    promise, samples = SABOTAGE[name]
    judgement = verdict_of(target(promise), samples)
    assert judgement.verdict is not Verdict.MET
    assert judgement.status is not Status.COMPLETED
    assert all(finding.verdict is not Verdict.MET for finding in judgement.findings)
    assert len(judgement.reason) > 10


@pytest.mark.parametrize("name", list(GREEN))
def test_circumstances_that_never_are_green(name):
    promise, samples = GREEN[name]
    quick = verdict_of(target(promise), samples, kind=RunKind.QUICK)
    assert quick.verdict is Verdict.UNDECIDED
    assert CaveatKind.QUICK_LOOK in [caveat.kind for caveat in quick.caveats]
    doubt = Caveat(CaveatKind.CONSUMED_INPUT, "the work uses up its input: the list is empty")
    used_up = verdict_of(target(promise), [replace(samples[0], caveats=(doubt,)), *samples[1:]])
    assert doubt in used_up.caveats
    unstored = verdict_of(target(promise), samples, evidence=None)
    ahead = verdict_of(target(promise), samples, evidence=replace(EVIDENCE, measured_at=NOW + timedelta(days=1)))
    old_evidence = verdict_of(
        target(promise), samples, evidence=replace(EVIDENCE, measured_at=NOW - timedelta(days=90))
    )
    old_part = [replace(samples[0], started_at=NOW - timedelta(days=90)), *samples[1:]]
    old_samples = verdict_of(target(promise), old_part)
    without = verdict_of(target(promise), [])
    second_unmeasured = verdict_of(target(promise, replace(RECALL, fact="other")), samples)
    for judgement in (quick, used_up, unstored, ahead, old_evidence, old_samples, without, second_unmeasured):
        assert judgement.verdict is not Verdict.MET
        assert judgement.status is not Status.COMPLETED


def test_a_miss_that_fresh_forks_do_not_confirm_is_undecided():
    found = pairs(0.45)
    assert verdict_of(target(FASTER), found).verdict is Verdict.MISSED
    again = [*found, *pairs(0.45, seed=2, is_confirmation=True)]
    assert verdict_of(target(FASTER), again).verdict is Verdict.MISSED
    denied = [*found, *pairs(0.3, seed=2, is_confirmation=True)]
    assert verdict_of(target(FASTER), denied).verdict is Verdict.UNDECIDED


def test_two_stages_that_both_show_a_miss_may_each_be_less_sure_than_one_alone():
    found = pairs(0.402, forks=8)
    again = pairs(0.402, forks=8, seed=2, is_confirmation=True)
    assert verdict_of(target(FASTER), found, suite_size=121).verdict is Verdict.UNDECIDED
    assert verdict_of(target(FASTER), found, suite_size=121, is_stage=True).verdict is Verdict.MISSED
    assert verdict_of(target(FASTER), [*found, *again], suite_size=121).verdict is Verdict.MISSED


@given(st.integers(1, 400), st.sampled_from([20, 58, 60, 400]))
def test_a_p95_is_met_only_with_its_bound_below(centre_ms, count):
    judgement = verdict_of(target(P95), calls(centre_ms * 1e6, forks=2, count=count // 2, seed=centre_ms))
    estimate = judgement.findings[0].estimate
    assert (judgement.verdict is Verdict.MET) == (estimate.high < 50e6)
    if judgement.verdict is Verdict.MET:
        assert estimate.count >= 59


def test_the_pass_of_another_kind_of_sample_is_not_lost():
    judgement = verdict_of(target(P95, FASTER), [*calls(1e6), *pairs(0.3)])
    assert judgement.verdict is Verdict.MET
    assert [each.phase for each in calls(1e6)] == [Pass.CALLS] * 5


@pytest.mark.slow
def test_measuring_on_until_it_fits_does_not_prove_a_p95():
    """The true p95 is the bound: looks after 5 to 16 forks may be wrong in 6 % of runs, plus two standard errors."""
    bound = replace(P95, bound=40e6 * math.exp(0.05 * NormalDist().inv_cdf(0.95)))
    trials, wrong = 150, 0
    for seed in range(trials):
        samples = calls(40e6, forks=16, count=60, seed=seed)
        wrong += any(verdict_of(target(bound), samples[:count]).verdict is Verdict.MET for count in range(5, 17))
    assert wrong <= trials * 0.06 + 2 * math.sqrt(trials * 0.06)
