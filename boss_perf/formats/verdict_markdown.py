"""A result as Markdown that may hold strangers' words: the body of a comment or of a step summary.

Rows come worst first; when the body would grow over its limit the rest is left out and counted in a last line.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from boss_perf.formats.finding_row import FindingRow, Outcome
from boss_perf.formats.finding_sheet import FindingSheet
from boss_perf.report.escaping import (
    clipped,
    markdown_cell,
    markdown_code,
    markdown_code_cell,
    markdown_text,
    visible_line,
)
from boss_perf.report.explanation_text import explanation_lines

_NAME_LIMIT_COUNT = 200
_REASON_LIMIT_COUNT = 500
_REMARK_LIMIT_COUNT = 300
_REMARKS_COUNT = 12
_FOOT_SIZE = 600
_HEAD = "| | Verdict | Benchmark | Change | Resolution | Why |\n|---|---|---|---|---|---|\n"
_MARKS = {
    Outcome.FAILURE: "🔴",
    Outcome.ERROR: "🔴",
    Outcome.UNDECIDED: "🟡",
    Outcome.EXCUSED: "⚪",
    Outcome.PASS: "🟢",
}


def render_body(sheet: FindingSheet, *, limit: int, measured: Callable[[str], int]) -> str:
    """The Markdown, `measured(body) <= limit`; `measured` counts characters or bytes and must be additive."""
    body = _opening(sheet)
    room = limit - measured(body) - measured(_HEAD) - _FOOT_SIZE
    lines: list[str] = []
    for row in sheet.rows:
        line = _line(row)
        room -= measured(line)
        if room < 0:
            break
        lines.append(line)
    if lines:
        body += _HEAD + "".join(lines)
    body += _left_out(sheet.rows[len(lines) :])
    for row in sheet.rows:
        cause = _cause(row)
        if measured(body) + measured(cause) > limit:
            break
        body += cause
    return body


def _opening(sheet: FindingSheet) -> str:
    gate = "Performance gate" if sheet.kind == "gate" else "Performance targets"
    lines = [f"### {_MARKS[Outcome.PASS if sheet.is_open else Outcome.FAILURE]} {gate} {sheet.summary}", ""]
    lines += [markdown_text(_short(sheet.title, _REMARK_LIMIT_COUNT)), ""]
    shown = sheet.remarks[:_REMARKS_COUNT]
    lines += [f"- {markdown_text(_short(remark, _REMARK_LIMIT_COUNT))}" for remark in shown]
    if len(sheet.remarks) > len(shown):
        lines.append(f"- … and {len(sheet.remarks) - len(shown)} more remarks")
    if shown:
        lines.append("")
    return "\n".join(lines) + "\n"


def _line(row: FindingRow) -> str:
    why = _short(". ".join((row.explanation, *row.caveats)), _REASON_LIMIT_COUNT)
    name = markdown_code_cell(_short(row.name, _NAME_LIMIT_COUNT))
    aspect = f" {row.aspect}" if row.aspect in ("memory", "walk") else ""
    cells = (
        _MARKS[row.outcome],
        row.verdict,
        name + aspect,
        markdown_cell(_short(row.change, _NAME_LIMIT_COUNT)) or "—",
        row.resolution or "—",
        markdown_cell(why),
    )
    return f"| {' | '.join(cells)} |\n"


def _cause(row: FindingRow) -> str:
    """Why a row moved, in at most three lines; nothing where nobody looked."""
    if row.cause is None:
        return ""
    lines = [_short(line, _REASON_LIMIT_COUNT) for line in explanation_lines(row.cause)]
    title = f"\n**Why** {markdown_code(_short(row.name, _NAME_LIMIT_COUNT))}\n"
    return title + "".join(f"- {markdown_text(line)}\n" for line in lines)


def _left_out(rows: Sequence[FindingRow]) -> str:
    if not rows:
        return ""
    counts = ", ".join(f"{count} {verdict}" for verdict, count in Counter(row.verdict for row in rows).items())
    return f"\n… {len(rows)} more rows left out for want of room: {counts}. The JSON report has them all.\n"


def _short(text: str, limit_count: int) -> str:
    return clipped(visible_line(text), limit_count)
