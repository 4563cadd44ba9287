"""The full result as JSON, described by `gate.schema.json` beside this file.

Numbers that are not finite (an open side of an interval, an unknown time) are null: JSON has no infinity.
"""

import json
import math
from importlib.resources import files
from typing import Any

from boss_perf.model.estimates import Comparison, Estimate
from boss_perf.model.gate import Side
from boss_perf.report.digest import Digest
from boss_perf.report.explanation_text import explanation_object
from boss_perf.report.row import Row

FORMAT_VERSION = 1


def render_json(digest: Digest, *, tool_version: str) -> str:
    """The rows; of a gate between two trees also both sides, the machine and what disturbed it."""
    document = _frame(digest, tool_version)
    if (report := digest.gate) is not None:
        document["gate"] = {
            "base": _side(report.base),
            "head": _side(report.head),
            "machine": {
                "digest": report.fingerprint.digest,
                "text": report.fingerprint.text,
                "fields": dict(report.fingerprint.fields),
            },
            "resolution_ratio": _finite(report.resolution_ratio),
            "false_alarm_ratio": report.false_alarm_ratio,
            "disturbances": list(report.disturbances),
            "notes": list(report.notes),
            "elapsed_s": _finite(report.elapsed_s),
        }
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def schema_text() -> str:
    """The JSON Schema (draft 2020-12) that both documents follow."""
    return files("boss_perf.formats").joinpath("gate.schema.json").read_text(encoding="utf-8")


def _frame(digest: Digest, tool_version: str) -> dict[str, Any]:
    return {
        "format": "boss-perf result",
        "format_version": FORMAT_VERSION,
        "tool_version": tool_version,
        "kind": digest.kind,
        "title": digest.title,
        "exit_status": digest.exit_status,
        "is_open": digest.is_open,
        "counts": dict(digest.counts),
        "items": [item_document(row) for row in digest.rows],
    }


def item_document(row: Row) -> dict[str, Any]:
    """One row as the schema's `items` describe it."""
    location, waiver = row.location, row.waiver
    return {
        "key": row.key,
        "aspect": row.aspect,
        "name": row.name,
        "verdict": row.verdict,
        "outcome": row.outcome.value,
        "reason": row.reason,
        "hint": row.hint,
        "margin_ratio": _finite(row.margin_ratio),
        "needs_s": _finite(row.needs_s),
        "is_confirmed": row.is_confirmed,
        "comparison": _comparison(row.comparison) if row.comparison is not None else None,
        "readings": [{"name": name, **_estimate(estimate)} for name, estimate in row.readings],
        "location": None
        if location is None
        else {"path": location.path, "line": location.line, "column": location.column},
        "waiver": None
        if waiver is None
        else {"until": waiver.until.isoformat(), "reason": waiver.reason, "approver": waiver.approver},
        "caveats": list(row.caveats),
        **({"explanation": explanation_object(row.cause)} if row.cause is not None else {}),
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "ratio": _estimate(comparison.ratio),
        "clock": comparison.clock.value,
        "resolution_ratio": _finite(comparison.resolution_ratio),
        "pairs": comparison.pairs,
        "fork_log_ratios": [_finite(value) for value in comparison.fork_log_ratios],
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": _finite(estimate.value),
        "low": _finite(estimate.low),
        "high": _finite(estimate.high),
        "unit": estimate.unit.value,
        "confidence_ratio": estimate.confidence_ratio,
        "count": estimate.count,
        "forks": estimate.forks,
    }


def _side(side: Side) -> dict[str, Any]:
    return {"name": side.name, "commit": side.commit, "is_dirty": side.is_dirty}


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None
