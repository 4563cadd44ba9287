"""A target's last figures as a word: `▁▂▃▅█`, and how far the newest moved from the one before."""

from collections.abc import Iterable, Sequence

from boss_perf.model.history import VerdictRecord, figure_of, measurements
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


def trend_figures(records: Iterable[VerdictRecord], judgement: Judgement, *, limit_count: int = 8) -> tuple[float, ...]:
    """The newest figures of what decides, measured on the machine of the evidence, oldest first.

    The ratio where both sides were measured, else the figure: both fall when things get better, save for throughput.
    """
    decided, evidence = judgement.deciding, judgement.evidence
    if decided is None or evidence is None:
        return ()
    measured = measurements(records, figure_of(decided.expectation), machine=evidence.machine)
    return tuple(each.number for each in measured if each.number is not None)[-limit_count:]


def trend_text(figures: Sequence[float]) -> str:
    """`▁▂▃▅█ +3.1 %`: the line, and the newest over the one before; empty for fewer than two figures."""
    if len(figures) < 2:
        return ""
    line = sparkline(figures)
    return line if figures[-2] <= 0 else f"{line} {format_change(figures[-1] / figures[-2])}"
