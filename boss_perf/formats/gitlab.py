"""What GitLab reads from a job: a code quality report."""

import json

from boss_perf.formats.sarif import repository_path, stable_fingerprint
from boss_perf.report.digest import Digest
from boss_perf.report.row import Outcome
from boss_perf.text import clipped, visible_line

_SEVERITIES = {Outcome.FAILURE: "critical", Outcome.ERROR: "major", Outcome.UNDECIDED: "minor", Outcome.EXCUSED: "info"}


def render_code_quality(digest: Digest) -> str:
    """GitLab's code quality issues: every row that is not in order."""
    issues = [
        {
            "description": clipped(visible_line(f"{row.verdict}: {row.label}. {row.explanation}"), 1000),
            "check_name": f"boss-perf {row.verdict.lower()}",
            "fingerprint": stable_fingerprint(row, kind=digest.kind),
            "severity": _SEVERITIES[row.outcome],
            "location": {"path": visible_line(repository_path(row.path)), "lines": {"begin": max(row.line, 1)}},
        }
        for row in digest.rows
        if row.outcome is not Outcome.PASS
    ]
    return json.dumps(issues, indent=2, ensure_ascii=True) + "\n"
