"""A digest as Markdown that may hold strangers' words: a pull request's comment, a step summary.

What is not well comes first, the rest is folded. Where the body would outgrow its limit, rows are left out and counted.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from boss_perf.report.digest import Digest
from boss_perf.report.row import Outcome, Row, counted
from boss_perf.text import clipped, markdown_cell, markdown_code, markdown_code_cell, markdown_text, visible_line

MARKER = "<!-- boss-perf -->"
COMMENT_LIMIT_COUNT = 65_536
SUMMARY_LIMIT_BYTES = 1024 * 1024
_NAME_LIMIT_COUNT = 200
_REASON_LIMIT_COUNT = 500
_REMARK_LIMIT_COUNT = 300
_REMARKS_COUNT = 12
_FOOT_SIZE = 900
_HEAD = "| | Verdict | Id | Change | Why |\n|---|---|---|---|---|\n"
_MARKS = {
    Outcome.FAILURE: "🔴",
    Outcome.ERROR: "🔴",
    Outcome.UNDECIDED: "🟡",
    Outcome.EXCUSED: "⚪",
    Outcome.PASS: "🟢",
}


def render_comment(digest: Digest) -> str:
    """Markdown of at most 65 536 characters (counted as UTF-16 does); its marker lets one comment be updated."""
    opening = f"{MARKER}\n"
    limit = COMMENT_LIMIT_COUNT - len(opening)
    return opening + _body(digest, limit=limit, measured=lambda text: len(text.encode("utf-16-le")) // 2)


def render_step_summary(digest: Digest) -> str:
    """Markdown of at most 1 MiB."""
    return _body(digest, limit=SUMMARY_LIMIT_BYTES, measured=lambda text: len(text.encode()))


def _body(digest: Digest, *, limit: int, measured: Callable[[str], int]) -> str:
    """`measured(body) <= limit`; `measured` counts characters or bytes and must be additive."""
    body = _opening(digest)
    room = limit - measured(body) - 2 * measured(_HEAD) - _FOOT_SIZE
    lines: list[str] = []
    for row in digest.rows:
        line = _line(row)
        room -= measured(line)
        if room < 0:
            break
        lines.append(line)
    wrong_count = sum(row.outcome is not Outcome.PASS for row in digest.rows)
    if lines[:wrong_count]:
        body += _HEAD + "".join(lines[:wrong_count]) + "\n"
    if lines[wrong_count:]:
        kept = counted(digest.rows[wrong_count:])
        body += f"<details><summary>{kept}</summary>\n\n{_HEAD}{''.join(lines[wrong_count:])}\n</details>\n"
    body += _left_out(digest.rows[len(lines) :])
    room = limit - measured(body)
    for row in digest.rows:
        cause = _cause(row)
        room -= measured(cause)
        if room < 0:
            break
        body += cause
    return body


def _opening(digest: Digest) -> str:
    mark = _MARKS[Outcome.PASS if digest.is_open else Outcome.FAILURE]
    frame = " · ".join(text for text in (digest.title, *digest.setting) if text)
    lines = [f"### {mark} Performance {digest.closing}", "", markdown_text(_short(frame, _REMARK_LIMIT_COUNT)), ""]
    shown = digest.remarks[:_REMARKS_COUNT]
    lines += [f"- {markdown_text(_short(remark, _REMARK_LIMIT_COUNT))}" for remark in shown]
    if len(digest.remarks) > len(shown):
        lines.append(f"- … and {len(digest.remarks) - len(shown)} more remarks")
    if shown:
        lines.append("")
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    why = _short(". ".join((row.explanation, *row.caveats)), _REASON_LIMIT_COUNT)
    name = markdown_code_cell(_short(row.key, _NAME_LIMIT_COUNT))
    aspect = f" {row.beside}" if row.beside else ""
    change = markdown_cell(_short(row.change, _NAME_LIMIT_COUNT)) or "—"
    return f"| {_MARKS[row.outcome]} | {row.verdict} | {name}{aspect} | {change} | {markdown_cell(why)} |\n"


def _cause(row: Row) -> str:
    if not row.cause_lines:
        return ""
    lines = [f"- {markdown_text(_short(line, _REASON_LIMIT_COUNT))}\n" for line in row.cause_lines]
    return f"\n**Why** {markdown_code(_short(row.key, _NAME_LIMIT_COUNT))}\n{''.join(lines)}"


def _left_out(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    counts = ", ".join(f"{count} {verdict}" for verdict, count in Counter(row.verdict for row in rows).items())
    return f"\n… {len(rows)} more rows left out for want of room: {counts}. The JSON report has them all.\n"


def _short(text: str, limit_count: int) -> str:
    return clipped(visible_line(text), limit_count)
