"""SARIF 2.1.0 of a result: what is not in order, on the line of `targets.yaml` or of the benchmark.

Fingerprints rest on the target's id or the benchmark's name, so an alert stays the same one when its figures or its
line move. Paths that would leave the repository are not linked.
"""

import hashlib
import json
import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from boss_perf import __version__
from boss_perf.report.digest import Digest
from boss_perf.report.row import Outcome, Row
from boss_perf.text import clipped, visible_line

_LEVELS = {Outcome.FAILURE: "error", Outcome.ERROR: "error", Outcome.UNDECIDED: "warning", Outcome.EXCUSED: "note"}
_RULES = {
    "SLOWER": "The change made this benchmark slower than its margin allows.",
    "FAILED": "The workload raised, hung, died or gave a wrong answer.",
    "CHANGED ANSWER": "The two sides gave different answers, so their times cannot be compared.",
    "WEAKENED": "The change promises less than its base did.",
    "REMOVED": "The change removes this benchmark from the suite.",
    "SKIPPED": "A declared benchmark was skipped.",
    "UNDECIDED": "Measured, but not proven either way.",
    "WAIVED": "Excused until a date, with a reason and a name.",
    "MISSED": "Proven on the wrong side of the promise.",
    "UNMEASURED": "Nothing was measured for this promise.",
    "STALE": "The evidence is too old, or the code under it changed.",
}
_TEXT_LIMIT_COUNT = 1000
_PLACEHOLDER = re.compile(r"\{(\d+)\}")
_FALLBACK_PATH = "targets.yaml"


def render_sarif(digest: Digest, *, tool_version: str = __version__) -> str:
    """The JSON text; a row in order is no result."""
    rows = [row for row in digest.rows if row.outcome is not Outcome.PASS]
    verdicts = sorted({row.verdict for row in rows})
    rules = [{"id": rule_id(verdict), "shortDescription": {"text": _RULES[verdict]}} for verdict in verdicts]
    run = {
        "tool": {"driver": {"name": "boss-perf", "version": tool_version, "rules": rules}},
        "automationDetails": {"id": f"boss-perf/{digest.kind}/"},
        "columnKind": "unicodeCodePoints",
        "results": [_result(row, digest.kind, verdicts.index(row.verdict)) for row in rows],
    }
    document = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def rule_id(verdict: str) -> str:
    """`boss-perf/changed-answer`."""
    return f"boss-perf/{verdict.lower().replace(' ', '-')}"


def stable_fingerprint(row: Row, *, kind: str) -> str:
    """The identity of a finding over runs: what it is about, not what was found."""
    return hashlib.sha256("\0".join((kind, row.key, row.aspect)).encode("utf-8", "backslashreplace")).hexdigest()


def repository_path(path: str) -> str:
    """The path when it stays inside the repository, else `targets.yaml`; forward slashes, no `./`."""
    pure = PurePosixPath(path.replace("\\", "/"))
    is_inside = not pure.is_absolute() and ".." not in pure.parts and ":" not in path and pure.parts
    return str(pure) if is_inside else _FALLBACK_PATH


def _result(row: Row, kind: str, rule_index: int) -> dict[str, Any]:
    message = f"{row.label}: {row.verdict}. {row.explanation}"
    if row.change:
        message += f" [{row.change}]"
    if row.cause_lines:
        message += f" Why: {row.cause_lines[0]}"
    region: dict[str, int] = {"startLine": max(row.line, 1)}
    if row.location is not None and row.location.column > 0:
        region["startColumn"] = row.location.column
    uri = quote(visible_line(repository_path(row.path)))
    result: dict[str, Any] = {
        "ruleId": rule_id(row.verdict),
        "ruleIndex": rule_index,
        "level": _LEVELS[row.outcome],
        "message": {"text": _plain(message)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}],
        "partialFingerprints": {"bossPerfFinding/v1": stable_fingerprint(row, kind=kind)},
        "properties": {"verdict": row.verdict, "isConfirmed": row.is_confirmed},
    }
    if row.waiver is not None:
        result["suppressions"] = [{"kind": "external", "justification": _plain(row.explanation)}]
    return result


def _plain(text: str) -> str:
    """No embedded link (`[text](target)`) and no placeholder (`{0}`), which SARIF viewers would act on."""
    shown = clipped(visible_line(text), _TEXT_LIMIT_COUNT).replace("](", "] (")
    return _PLACEHOLDER.sub("{{\\1}}", shown)
