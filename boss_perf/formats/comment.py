"""The body of a pull request's comment; the marker finds it again, so that one comment is updated, not many written."""

from boss_perf.formats.finding_sheet import FindingSheet
from boss_perf.formats.verdict_markdown import render_body

MARKER = "<!-- boss-perf -->"
LIMIT_COUNT = 65_536


def render_comment(sheet: FindingSheet) -> str:
    """Markdown of at most 65 536 characters (counted as UTF-16 does) that opens with the marker."""
    opening = f"{MARKER}\n"
    return opening + render_body(sheet, limit=LIMIT_COUNT - len(opening), measured=_utf16_count)


def _utf16_count(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
