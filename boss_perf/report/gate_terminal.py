"""The gate in a terminal: what the machine could see, one line per benchmark, worst first, and what it comes to."""

from io import StringIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from boss_perf.model.gate import GateItem, GateMetric, GateReport, GateVerdict, Side
from boss_perf.model.units import format_change, needed_time
from boss_perf.report.escaping import visible_line
from boss_perf.report.explanation_text import explanation_lines

_ORDER = (
    GateVerdict.SLOWER,
    GateVerdict.CHANGED_ANSWER,
    GateVerdict.FAILED,
    GateVerdict.REMOVED,
    GateVerdict.SKIPPED,
    GateVerdict.UNDECIDED,
    GateVerdict.UNMEASURED,
    GateVerdict.WAIVED,
    GateVerdict.FASTER,
    GateVerdict.NEW,
    GateVerdict.NOT_SLOWER,
)
_STYLES = {
    GateVerdict.UNDECIDED: "yellow",
    GateVerdict.UNMEASURED: "yellow",
    GateVerdict.WAIVED: "yellow",
    GateVerdict.FASTER: "bold green",
    GateVerdict.NEW: "green",
    GateVerdict.NOT_SLOWER: "green",
}
_COMMAND_BREAK = "\u200b"


def render_gate_terminal(report: GateReport, *, width_count: int = 100, is_colored: bool = False) -> str:
    """The report as text, its table at most `width_count` columns wide; without colour it holds no escape sequence.

    Every line opens with a word or a border of ours, so no name can start a line that a CI server takes for a command.
    """
    out = StringIO()
    console = Console(
        file=out,
        width=width_count,
        force_terminal=is_colored,
        color_system="standard" if is_colored else None,
        no_color=not is_colored,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    for line in _opening(report):
        console.print(Text(line), soft_wrap=True)
    if report.items:
        console.print(_table(report))
    for note in report.notes:
        console.print(Text(f"note: {_plain(note)}"), soft_wrap=True)
    console.print(Text(_summary(report), style="bold"), soft_wrap=True)
    return out.getvalue()


def _opening(report: GateReport) -> list[str]:
    seen = "nothing was measured"
    if report.resolution_ratio is not None:
        seen = f"can see changes of {report.resolution_ratio * 100:.2g} % today"
    return [
        f"base  {_side(report.base)}",
        f"head  {_side(report.head)}",
        f"machine  {_plain(report.fingerprint.text)}",
        f"resolution  {seen}; false alarms at most {report.false_alarm_ratio * 100:.2g} % per run",
        *(f"disturbed  {_plain(disturbance)}" for disturbance in report.disturbances),
    ]


def _table(report: GateReport) -> Table:
    table = Table(box=box.SQUARE, expand=False, show_lines=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("change", no_wrap=True)
    table.add_column("benchmark", overflow="fold")
    for item in sorted(report.items, key=lambda item: _ORDER.index(item.verdict)):
        verdict = Text(item.verdict.value, style=_STYLES.get(item.verdict, "bold red"))
        cause = explanation_lines(item.explanation) if item.explanation is not None else ()
        about = Text("\n").join(Text(line) for line in (_name(item), _why(item), *map(_plain, cause)) if line)
        table.add_row(verdict, Text(_change(item)), about)
    return table


def _name(item: GateItem) -> str:
    return _plain(item.benchmark) + ("" if item.metric is GateMetric.TIME else f" ({item.metric.value})")


def _change(item: GateItem) -> str:
    if item.comparison is None:
        return "—"
    ratio = item.comparison.ratio
    low, high = (format_change(side) if 0 < side < float("inf") else "?" for side in (ratio.low, ratio.high))
    lines = [format_change(ratio.value), f"{low} … {high}"]
    if item.comparison.resolution_ratio < 1:
        lines.append(f"sees ±{item.comparison.resolution_ratio * 100:.2g} %")
    return "\n".join(lines)


def _why(item: GateItem) -> str:
    parts = [item.reason]
    if item.hint:
        parts.append(item.hint)
    if item.waiver is not None and item.verdict is GateVerdict.WAIVED:
        parts.append(f"until {item.waiver.until} by {item.waiver.approver}: {item.waiver.reason}")
    if item.needs_s is not None:
        parts.append(needed_time(item.needs_s))
    parts += [caveat.text for caveat in item.caveats]
    return _plain("; ".join(part for part in parts if part))


def _summary(report: GateReport) -> str:
    counts = [(verdict, sum(item.verdict is verdict for item in report.items)) for verdict in _ORDER]
    listed = " · ".join(f"{count} {verdict.value}" for verdict, count in counts if count) or "nothing was declared"
    state = "gate open" if report.exit_status == 0 else f"gate closed (exit status {report.exit_status})"
    return f"{state}: {listed} in {report.elapsed_s:.0f} s"


def _side(side: Side) -> str:
    commit = f" ({side.commit[:12]})" if side.commit and not side.commit.startswith(side.name) else ""
    return _plain(f"{side.name}{commit}") + (" with uncommitted changes" if side.is_dirty else "")


def _plain(text: str) -> str:
    return visible_line(text).replace("##[", f"##{_COMMAND_BREAK}[")
