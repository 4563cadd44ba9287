import math

import pytest

from boss_perf.judge.gate_summary import gate_resolution
from boss_perf.model.estimates import Clock, Comparison, Estimate
from boss_perf.model.gate import GateItem, GateMetric, GateVerdict
from boss_perf.model.units import Unit


def item(
    resolution_ratio: float | None,
    verdict: GateVerdict = GateVerdict.NOT_SLOWER,
    metric: GateMetric = GateMetric.TIME,
) -> GateItem:
    one = Estimate(value=1, low=1, high=1, unit=Unit.RATIO, confidence_ratio=0.95, count=1, forks=8)
    comparison = resolution_ratio and Comparison(
        ratio=one, baseline=one, candidate=one, clock=Clock.CPU, resolution_ratio=resolution_ratio, pairs=9,
        fork_log_ratios=(),
    )  # fmt: skip
    return GateItem(
        benchmark="t.py::t", metric=metric, verdict=verdict, reason="", margin_ratio=0.03, comparison=comparison or None
    )


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], None),
        ([item(None), item(math.inf)], None),
        ([item(0.01), item(0.02), item(0.04)], 0.02),
        ([item(0.01), item(0.02)], 0.015),
        ([item(0.01), item(0.001, metric=GateMetric.MEMORY), item(math.inf)], 0.01),
        ([item(0.01), item(0.08, GateVerdict.SLOWER), item(0.09, GateVerdict.FASTER)], 0.01),
        ([item(0.08, GateVerdict.SLOWER)], 0.08),
    ],
)
def test_what_the_machine_could_see(items: list[GateItem], expected: float | None) -> None:
    assert gate_resolution(items) == expected
