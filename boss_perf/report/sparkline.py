"""A target's last figures as a word: `▁▂▃▅█`, and how far the newest moved from the one before."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime

from boss_perf.model.history import VerdictRecord
from boss_perf.model.units import Unit, format_change

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


def trend_figures(records: Iterable[VerdictRecord], *, machine: str | None, limit_count: int = 12) -> tuple[float, ...]:
    """The newest figures that were measured on `machine`, oldest first, each measurement once.

    The ratio where both sides were measured, else the figure: both fall when things get better, save for throughput.
    A promise of several numbers is told by the one that decides, which may change: only figures of the newest kind.
    """
    measured: dict[datetime, tuple[tuple[bool, Unit | None], float]] = {}
    for record in records:
        figure = record.value if record.ratio is None else record.ratio
        if figure is not None and math.isfinite(figure) and record.machine == machine and record.measured_at:
            measured[record.measured_at] = (record.ratio is None, record.unit), figure
    newest_last = [measured[moment] for moment in sorted(measured)]
    return tuple(figure for kind, figure in newest_last if kind == newest_last[-1][0])[-limit_count:]


def trend_text(figures: Sequence[float]) -> str:
    """`▁▂▃▅█ +3.1 %`: the line, and the newest over the one before; empty for fewer than two figures."""
    if len(figures) < 2:
        return ""
    line = sparkline(figures)
    return line if figures[-2] <= 0 else f"{line} {format_change(figures[-1] / figures[-2])}"
