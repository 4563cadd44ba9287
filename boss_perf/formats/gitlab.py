"""What GitLab reads from a job: a metrics report (OpenMetrics text) and a code quality report (JSON).

GitLab compares metrics as strings and lists changed ones first, so figures are quantised: a change inside its margin
is exactly 1, others are in whole percents, readings have two digits. Noise then changes nothing.
"""

import hashlib
import json
import math

from boss_perf.formats.openmetrics import Exposition
from boss_perf.formats.sarif import repository_path, stable_fingerprint
from boss_perf.model.units import Unit
from boss_perf.report.digest import Digest
from boss_perf.report.row import Outcome
from boss_perf.text import clipped, visible_line

_DEFAULT_MARGIN_RATIO = 0.015
_LABEL_LIMIT_COUNT = 300
_SEVERITIES = {Outcome.FAILURE: "critical", Outcome.ERROR: "major", Outcome.UNDECIDED: "minor", Outcome.EXCUSED: "info"}
_READINGS = {
    Unit.NANOSECONDS: ("boss_perf_reading_seconds", 1e-9),
    Unit.BYTES: ("boss_perf_reading_bytes", 1.0),
    Unit.PER_SECOND: ("boss_perf_reading_per_second", 1.0),
    Unit.RATIO: ("boss_perf_reading_ratio", 1.0),
    Unit.COUNT: ("boss_perf_reading_count", 1.0),
}


def render_gitlab_metrics(digest: Digest) -> str:
    """OpenMetrics text ending in `# EOF`; samples of a family stand together, every series once."""
    out = Exposition()
    out.add("boss_perf_open", "1 when nothing stands in the way", f"{int(digest.is_open)}")
    for row in digest.rows:
        who = {"name": _label(row.key), "aspect": _label(row.aspect)}
        out.add("boss_perf_verdict", "the verdict each row carries", "1", **who, verdict=_label(row.verdict))
        if row.comparison is None:
            for name, estimate in row.readings:
                family, factor = _READINGS[estimate.unit]
                number = estimate.value * factor
                told = f"{number:.2g}" if math.isfinite(number) else "NaN"
                out.add(family, "what was measured, two digits", told, **who, reading=_label(name))
        elif math.isfinite(ratio := row.comparison.ratio.value):
            margin_ratio = _DEFAULT_MARGIN_RATIO if row.margin_ratio is None else row.margin_ratio
            told = "1" if abs(ratio - 1) <= margin_ratio else f"{ratio:.2f}"
            out.add("boss_perf_change_ratio", "new over old, 1 when inside the margin", told, **who)
    return out.text()


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


def _label(text: str) -> str:
    shown = visible_line(text)
    if len(shown) > _LABEL_LIMIT_COUNT:
        digest = hashlib.sha256(shown.encode()).hexdigest()[:12]
        shown = f"{clipped(shown, _LABEL_LIMIT_COUNT)}{digest}"
    return shown
