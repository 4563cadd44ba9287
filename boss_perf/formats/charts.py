"""What services take that draw each benchmark's figures over time: Bencher and github-action-benchmark."""

import json
import math

from boss_perf.model.estimates import Estimate
from boss_perf.model.units import Unit
from boss_perf.report.digest import Digest
from boss_perf.text import visible_line

_MEASURES = {Unit.NANOSECONDS: "latency", Unit.PER_SECOND: "throughput", Unit.BYTES: "memory", Unit.COUNT: "count"}
_SMALLER_IS_BETTER = {Unit.NANOSECONDS: "ns", Unit.BYTES: "bytes", Unit.COUNT: "count"}


def render_bencher(digest: Digest) -> str:
    """Bencher Metric Format, `{benchmark: {measure: {value, lower_value, upper_value}}}`, latency in nanoseconds.

    The newest reading of each row; of a gate that is head. A row without a number does not appear.
    """
    document: dict[str, dict[str, dict[str, float]]] = {}
    for row, name, estimate in digest.newest_readings:
        if measure := _MEASURES.get(estimate.unit):
            measures = document.setdefault(visible_line(row.key), {})
            measures[measure if measure not in measures else f"{measure}: {visible_line(name)}"] = _metric(estimate)
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def render_github_action_benchmark(digest: Digest) -> str:
    """The list that github-action-benchmark's `customSmallerIsBetter` takes; of a gate head's.

    Ratios have no direction of their own and are left out.
    """
    entries = []
    for row, name, estimate in digest.newest_readings:
        if estimate.unit not in _SMALLER_IS_BETTER:
            continue
        entry: dict[str, object] = {
            "name": visible_line(row.label if digest.kind == "gate" else f"{row.name}: {name}"),
            "unit": _SMALLER_IS_BETTER[estimate.unit],
            "value": estimate.value,
            "extra": f"{estimate.count} observations in {estimate.forks} forks",
        }
        half_width = (estimate.high - estimate.low) / 2
        if math.isfinite(half_width):
            entry["range"] = f"± {half_width:.3g}"
        entries.append(entry)
    return json.dumps(entries, indent=2, allow_nan=False) + "\n"


def _metric(estimate: Estimate) -> dict[str, float]:
    metric = {"value": estimate.value}
    if math.isfinite(estimate.low):
        metric["lower_value"] = estimate.low
    if math.isfinite(estimate.high):
        metric["upper_value"] = estimate.high
    return metric
