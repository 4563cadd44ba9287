"""What all items of a gate come to: its exit status, and what this machine could see."""

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from boss_perf.errors import ExitStatus
from boss_perf.model.gate import FailOn, GateItem, GateMetric, GateReport, GateVerdict, Side


def gate_exit_status(items: Sequence[GateItem], *, fail_on: FailOn = FailOn.REGRESSION, is_share: bool = False) -> int:
    """MISSED when somebody has to act, OPEN when every item opens and at least one was measured, is new or waived.

    What stays undecided opens when it is proven to be below the ceiling, unless every doubt is to close. A share of a
    suite may hold nothing to measure.
    """
    if any(item.verdict.closes and not item.is_skipped_on_base for item in items):
        return ExitStatus.MISSED
    is_open = all(
        item.verdict.opens or item.is_skipped_on_base or (item.is_below_ceiling and fail_on is FailOn.REGRESSION)
        for item in items
    )
    measured = any(
        item.comparison is not None or item.verdict in (GateVerdict.WAIVED, GateVerdict.NEW) for item in items
    )
    return ExitStatus.OPEN if is_open and (measured or is_share) else ExitStatus.UNDECIDED


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


def merged_report(reports: Sequence[GateReport], *, name: str, fail_on: FailOn = FailOn.REGRESSION) -> GateReport:
    """Gates of one head against several bases as one; `name` stands for the bases where they are more than one."""
    first = reports[0]
    items = tuple(dict.fromkeys(item for each in reports for item in each.items))
    is_interrupted = any(each.is_interrupted for each in reports)
    return replace(
        first,
        base=first.base if len(reports) == 1 else Side(name, None),
        items=items,
        resolution_ratio=gate_resolution(items),
        disturbances=tuple(dict.fromkeys(text for each in reports for text in each.disturbances)),
        false_alarm_ratio=sum(each.false_alarm_ratio for each in reports),
        elapsed_s=sum(each.elapsed_s for each in reports),
        exit_status=ExitStatus.INTERRUPTED if is_interrupted else gate_exit_status(items, fail_on=fail_on),
        notes=tuple(dict.fromkeys(text for each in reports for text in each.notes)),
        is_interrupted=is_interrupted,
    )
