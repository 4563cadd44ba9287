"""A target's last figures as a word: `▁▂▃▅█`, and how far the newest moved from the one before."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime

from boss_perf.model.history import VerdictRecord, figure_of
from boss_perf.model.units import format_change
from boss_perf.model.verdicts import Judgement

_LEVELS = "▁▂▃▄▅▆▇█"
_LEAST_SPREAD_RATIO = 0.02


def sparkline(figures: Sequence[float]) -> str:
    """One block per figure, oldest first; figures within 2 % of each other show as a flat line."""
    if not figures:
        return ""
    low, high = min(figures), max(figures)
    middle = (low + high) / 2
    spread = max(high - low, abs(middle) * _LEAST_SPREAD_RATIO * 2)
    if spread == 0:
        return _LEVELS[3] * len(figures)
    floor = middle - spread / 2
    steps = [round((figure - floor) / spread * (len(_LEVELS) - 1)) for figure in figures]
    return "".join(_LEVELS[max(0, min(step, len(_LEVELS) - 1))] for step in steps)


def trend_figures(
    records: Iterable[VerdictRecord], judgement: Judgement, *, limit_count: int = 12
) -> tuple[float, ...]:
    """The newest figures of what decides, measured on the machine of the evidence, oldest first, each measurement once.

    The ratio where both sides were measured, else the figure: both fall when things get better, save for throughput.
    """
    decided, evidence = judgement.deciding, judgement.evidence
    if decided is None or evidence is None:
        return ()
    measured: dict[datetime, float] = {}
    for record in records:
        figure = record.value if record.ratio is None else record.ratio
        is_alike = record.figure_of == figure_of(decided.expectation) and record.machine == evidence.machine
        if is_alike and figure is not None and math.isfinite(figure) and record.measured_at:
            measured[record.measured_at] = figure
    return tuple(measured[moment] for moment in sorted(measured))[-limit_count:]


def trend_text(figures: Sequence[float]) -> str:
    """`▁▂▃▅█ +3.1 %`: the line, and the newest over the one before; empty for fewer than two figures."""
    if len(figures) < 2:
        return ""
    line = sparkline(figures)
    return line if figures[-2] <= 0 else f"{line} {format_change(figures[-1] / figures[-2])}"
