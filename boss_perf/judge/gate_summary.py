"""What all items of a gate come to: its exit status, and what this machine could see."""

import math
from collections.abc import Sequence
from statistics import median

from boss_perf.errors import ExitStatus
from boss_perf.model.gate import GateItem, GateMetric, GateVerdict


def gate_exit_status(items: Sequence[GateItem]) -> int:
    """Open only when every item opens and at least one was measured or waived."""
    closing = (GateVerdict.SLOWER, GateVerdict.FAILED)
    if any(item.verdict in closing for item in items):
        return ExitStatus.MISSED
    is_open = all(item.verdict.opens or item.is_skipped_on_base for item in items)
    measured = any(item.comparison is not None or item.verdict is GateVerdict.WAIVED for item in items)
    return ExitStatus.OPEN if is_open and measured else ExitStatus.UNDECIDED


def gate_resolution(items: Sequence[GateItem]) -> float | None:
    """The median resolution of the timed benchmarks, as a ratio; None when nothing was timed.

    A plain change is not looked at for long, so it tells nothing of the machine as long as there is anything else.
    """
    timed = [
        (item.verdict, item.comparison.resolution_ratio)
        for item in items
        if item.metric is GateMetric.TIME and item.comparison and math.isfinite(item.comparison.resolution_ratio)
    ]
    alike = [ratio for verdict, ratio in timed if verdict not in (GateVerdict.SLOWER, GateVerdict.FASTER)]
    seen = alike or [ratio for _, ratio in timed]
    return median(seen) if seen else None
