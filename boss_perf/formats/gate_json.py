"""The full result as JSON, described by `gate.schema.json` beside this file.

Numbers that are not finite (an open side of an interval, an unknown time) are null: JSON has no infinity.
"""

import json
from dataclasses import asdict
from importlib.resources import files
from typing import Any

from boss_perf.model.estimates import Comparison, Estimate
from boss_perf.report.digest import Digest
from boss_perf.report.explanation_text import explanation_object, finite_only
from boss_perf.report.row import Row

FORMAT_VERSION = 1


def render_json(digest: Digest, *, tool_version: str) -> str:
    """The rows; of a gate between two trees also both sides, the machine and what disturbed it."""
    document: dict[str, Any] = {
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
    if (report := digest.gate) is not None:
        document["gate"] = {
            "base": asdict(report.base),
            "head": asdict(report.head),
            "machine": asdict(report.fingerprint) | {"fields": dict(report.fingerprint.fields)},
            "resolution_ratio": report.resolution_ratio,
            "false_alarm_ratio": report.false_alarm_ratio,
            "disturbances": report.disturbances,
            "notes": report.notes,
            "elapsed_s": report.elapsed_s,
        }
    return json.dumps(finite_only(document), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def schema_text() -> str:
    """The JSON Schema (draft 2020-12) that both documents follow."""
    return files("boss_perf.formats").joinpath("gate.schema.json").read_text(encoding="utf-8")


def item_document(row: Row) -> dict[str, Any]:
    """One row as the schema's `items` describe it."""
    waiver = row.waiver
    document = {
        "key": row.key,
        "aspect": row.aspect,
        "name": row.name,
        "verdict": row.verdict,
        "outcome": row.outcome.value,
        "reason": row.reason,
        "hint": row.hint,
        "margin_ratio": row.margin_ratio,
        "needs_s": row.needs_s,
        "is_confirmed": row.is_confirmed,
        "comparison": row.comparison and _comparison(row.comparison),
        "readings": [{"name": name, **_estimate(estimate)} for name, estimate in row.readings],
        "location": row.location and asdict(row.location),
        "waiver": waiver and {"until": f"{waiver.until}", "reason": waiver.reason, "approver": waiver.approver},
        "caveats": row.caveats,
        **({"explanation": explanation_object(row.cause)} if row.cause is not None else {}),
    }
    plain: dict[str, Any] = finite_only(document)
    return plain


def _comparison(comparison: Comparison) -> dict[str, Any]:
    kept = {name: value for name, value in asdict(comparison).items() if name not in ("baseline", "candidate")}
    return kept | {"ratio": _estimate(comparison.ratio)}


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {name: value for name, value in asdict(estimate).items() if name != "caveats"}
