"""How much of what is allowed a figure uses."""

import math

import pytest

from boss_perf.judge.promises.verdict_bounds import closest_to_limit, used_share
from boss_perf.model.estimates import Estimate
from boss_perf.model.metrics import Comparator, Metric, Statistic
from boss_perf.model.targets import Budget, Location, Section, Target
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Finding, Judgement, Status, Verdict


def found(value: float, low: float, high: float, *, bound: float, comparator: Comparator, unit: Unit) -> Finding:
    budget = Budget(Metric.LATENCY, Statistic.MEAN, comparator, bound, unit, "as promised")
    estimate = Estimate(value=value, low=low, high=high, unit=unit, confidence_ratio=0.95, count=5, forks=5)
    return Finding(expectation=budget, verdict=Verdict.MET, reason="", estimate=estimate)


@pytest.mark.parametrize(
    ("finding", "share"),
    [
        (found(20, 10, 40, bound=50, comparator=Comparator.BELOW, unit=Unit.NANOSECONDS), (0.4, 0.2, 0.8)),
        (found(20, -math.inf, 40, bound=50, comparator=Comparator.AT_MOST, unit=Unit.BYTES), (0.4, 0.0, 0.8)),
        (found(0.99, 0.98, 1, bound=0.95, comparator=Comparator.AT_LEAST, unit=Unit.RATIO), (0.2, 0.0, 0.4)),
        (found(200, 100, 400, bound=50, comparator=Comparator.ABOVE, unit=Unit.PER_SECOND), (0.25, 0.125, 0.5)),
        (found(200, -math.inf, math.inf, bound=50, comparator=Comparator.ABOVE, unit=Unit.COUNT), (0.25, 0, math.inf)),
    ],
)
def test_one_is_the_limit_whatever_is_promised(finding: Finding, share: tuple[float, float, float]) -> None:
    assert used_share(finding) == pytest.approx(share)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_has_no_share(value: float) -> None:
    assert used_share(found(value, 0, 1, bound=5, comparator=Comparator.BELOW, unit=Unit.COUNT)) is None


def test_what_has_to_be_whole_and_is_has_no_headroom_to_be_near_to() -> None:
    whole = {"bound": 1, "comparator": Comparator.AT_LEAST, "unit": Unit.RATIO}
    assert used_share(found(1, 1, 1, **whole)) is None
    assert used_share(found(0.8, 0.8, 0.8, **whole)) == pytest.approx((1.25, 1.25, 1.25))


def test_the_finding_that_uses_most_stands_for_its_target() -> None:
    def judged(name: str, *values: float) -> Judgement:
        target = Target(id=name, section=Section.BUDGETS, name=name, location=Location("targets.yaml", 1, 1))
        findings = tuple(found(v, v, v, bound=10, comparator=Comparator.BELOW, unit=Unit.COUNT) for v in values)
        return Judgement(target=target, verdict=Verdict.MET, status=Status.COMPLETED, reason="", findings=findings)

    order = closest_to_limit((judged("far", 1, 2), judged("nothing"), judged("near", 9, 3)))
    assert [(judgement.target.id, share[0]) for judgement, _, share in order] == [("near", 0.9), ("far", 0.2)]
