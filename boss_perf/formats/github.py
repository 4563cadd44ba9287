"""What GitHub Actions reads from a run: annotations on stdout and outputs; neither needs a token.

Workflow commands escape `%`, CR and LF in their text, and `:` and `,` as well in their properties, as the runner's
own toolkit does.
"""

from boss_perf.formats.sarif import repository_path
from boss_perf.report.digest import Digest
from boss_perf.report.row import Outcome, Row
from boss_perf.text import clipped, visible_line

ANNOTATIONS_COUNT = 10
_TITLE_LIMIT_COUNT = 200
_MESSAGE_LIMIT_COUNT = 2000


def render_annotations(digest: Digest) -> str:
    """At most 10 errors and 10 warnings, GitHub's limit for a step, then one line that counts what was left out."""
    groups = {
        "error": [row for row in digest.rows if row.outcome in (Outcome.FAILURE, Outcome.ERROR)],
        "warning": [row for row in digest.rows if row.outcome is Outcome.UNDECIDED],
    }
    lines = [_annotation(level, row) for level, rows in groups.items() for row in rows[:ANNOTATIONS_COUNT]]
    if not digest.rows:
        lines.append("::error title=boss-perf::Nothing was declared, so nothing was proven.")
    more = {level: len(rows) - ANNOTATIONS_COUNT for level, rows in groups.items()}
    left_out = ", ".join(f"{count} {level}s" for level, count in more.items() if count > 0)
    lines.append(f"boss-perf {digest.closing}{'; not annotated: ' if left_out else ''}{left_out}")
    return "\n".join(lines) + "\n"


def render_outputs(digest: Digest) -> str:
    """Lines for the file in `GITHUB_OUTPUT`: only words and numbers of ours, so nothing needs a delimiter."""
    lines = [f"verdict={'open' if digest.is_open else 'closed'}", f"exit-status={digest.exit_status}"]
    for name, outcome in zip(("failures", "errors", "undecided", "excused", "passed"), Outcome, strict=True):
        lines.append(f"{name}={sum(row.outcome is outcome for row in digest.rows)}")
    return "\n".join(lines) + "\n"


def escape_message(text: str) -> str:
    """The text of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """The value of a workflow command's property."""
    return escape_message(text).replace(":", "%3A").replace(",", "%2C")


def _annotation(level: str, row: Row) -> str:
    title = clipped(visible_line(f"{row.verdict}: {row.label}"), _TITLE_LIMIT_COUNT)
    properties = [f"file={escape_property(visible_line(repository_path(row.path)))}", f"line={max(row.line, 1)}"]
    if row.location is not None:
        properties.append(f"col={max(row.location.column, 1)}")
    properties.append(f"title={escape_property(title)}")
    message = "\n".join(visible_line(part) for part in (row.explanation, row.change) if part)
    return f"::{level} {','.join(properties)}::{escape_message(clipped(message, _MESSAGE_LIMIT_COUNT))}"
