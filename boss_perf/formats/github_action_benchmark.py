"""Input of github-action-benchmark: the list that its `customSmallerIsBetter` takes."""

import json
import math

from boss_perf.model.units import Unit
from boss_perf.report.digest import Digest
from boss_perf.text import visible_line

_UNITS = {Unit.NANOSECONDS: "ns", Unit.BYTES: "bytes", Unit.COUNT: "count"}


def render_github_action_benchmark(digest: Digest) -> str:
    """What is better when smaller; of a gate the head's. Ratios have no direction of their own and are left out."""
    entries = []
    for row, name, estimate in digest.newest_readings:
        if estimate.unit not in _UNITS:
            continue
        entry: dict[str, object] = {
            "name": visible_line(row.label if digest.kind == "gate" else f"{row.name}: {name}"),
            "unit": _UNITS[estimate.unit],
            "value": estimate.value,
            "extra": f"{estimate.count} observations in {estimate.forks} forks",
        }
        half_width = (estimate.high - estimate.low) / 2
        if math.isfinite(half_width):
            entry["range"] = f"± {half_width:.3g}"
        entries.append(entry)
    return json.dumps(entries, indent=2, allow_nan=False) + "\n"
