"""Input of github-action-benchmark: a list for `customSmallerIsBetter` and one for `customBiggerIsBetter`."""

import json
import math

from boss_perf.model.units import Unit
from boss_perf.report.digest import Digest
from boss_perf.report.escaping import visible_line

_SMALLER = {Unit.NANOSECONDS: "ns", Unit.BYTES: "bytes", Unit.COUNT: "count"}
_BIGGER = {Unit.PER_SECOND: "1/s"}


def render_github_action_benchmark(digest: Digest, *, is_bigger_better: bool = False) -> str:
    """The readings of one direction; of a gate the head's. Ratios have no direction of their own and are left out."""
    units = _BIGGER if is_bigger_better else _SMALLER
    entries = []
    for row in digest.rows:
        for name, estimate in row.readings:
            is_base = digest.kind == "gate" and name == "base"
            if estimate.unit not in units or is_base or not math.isfinite(estimate.value):
                continue
            entry: dict[str, object] = {
                "name": visible_line(row.label if digest.kind == "gate" else f"{row.name}: {name}"),
                "unit": units[estimate.unit],
                "value": estimate.value,
                "extra": f"{estimate.count} observations in {estimate.forks} forks",
            }
            half_width = (estimate.high - estimate.low) / 2
            if math.isfinite(half_width):
                entry["range"] = f"± {half_width:.3g}"
            entries.append(entry)
    return json.dumps(entries, indent=2, allow_nan=False) + "\n"
