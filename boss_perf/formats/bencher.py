"""Bencher Metric Format: `{benchmark: {measure: {value, lower_value, upper_value}}}`, latency in nanoseconds."""

import json
import math

from boss_perf.model.estimates import Estimate
from boss_perf.model.units import Unit
from boss_perf.report.digest import Digest
from boss_perf.text import visible_line

_MEASURES = {Unit.NANOSECONDS: "latency", Unit.PER_SECOND: "throughput", Unit.BYTES: "memory", Unit.COUNT: "count"}


def render_bencher(digest: Digest) -> str:
    """The newest reading of each row; of a gate that is head. A row without a number does not appear."""
    document: dict[str, dict[str, dict[str, float]]] = {}
    for row, name, estimate in digest.newest_readings:
        if measure := _MEASURES.get(estimate.unit):
            measures = document.setdefault(visible_line(row.key), {})
            measures[measure if measure not in measures else f"{measure}: {visible_line(name)}"] = _metric(estimate)
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _metric(estimate: Estimate) -> dict[str, float]:
    metric = {"value": estimate.value}
    if math.isfinite(estimate.low):
        metric["lower_value"] = estimate.low
    if math.isfinite(estimate.high):
        metric["upper_value"] = estimate.high
    return metric
