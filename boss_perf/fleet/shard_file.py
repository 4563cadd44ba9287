"""What one share of a gate came to, as a file, and the shares put together as one gate.

A file holds the whole report, so that what comes of the merged one is what one machine would have told. Numbers that
JSON does not have (an open side of an interval) are objects: {"number": "inf"}.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import msgspec

from boss_perf.errors import MeasureError
from boss_perf.fleet.shards import Shard
from boss_perf.judge.gate.summary import merged_report
from boss_perf.model.gate import FailOn, GateMetric, GateReport

FORMAT = "boss-perf shard"
VERSION = 1
LARGEST_BYTES = 64 * 2**20


def declared_digest(report: GateReport, *, tool_version: str) -> str:
    """What all shares of one gate have in common: the declared set with its margins, both commits, the version."""
    commits = [report.base.commit, report.head.commit]
    said = [sorted(report.declared), commits, report.false_alarm_ratio, tool_version]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def encode_shard(report: GateReport, *, shard: Shard, tool_version: str) -> str:
    """The file of a share."""
    digest = declared_digest(report, tool_version=tool_version)
    frame = {"format": FORMAT, "version": VERSION, "index": shard.index, "count": shard.count, "declared": digest}
    return json.dumps({**frame, "report": _plain(asdict(report))}, indent=1, allow_nan=False) + "\n"


def merge_shards(texts: Mapping[str, bytes], *, fail_on: FailOn = FailOn.REGRESSION) -> GateReport:
    """One gate from the files of all its shares, by name; MeasureError names what is missing, double or foreign."""
    shares: dict[int, tuple[str, GateReport]] = {}
    first: tuple[str, int, str] | None = None
    for name, text in texts.items():
        shard, digest, report = _decoded(name, text)
        if first is None:
            first = name, shard.count, digest
        if (shard.count, digest) != first[1:]:
            what = "of another number of shares" if shard.count != first[1] else "of another gate"
            raise MeasureError(
                f"this is a share {what} than {first[0]}", where=name,
                hint="shares belong together that have the same commits, suite, margins and version",
            )  # fmt: skip
        if shard.index in shares:
            raise MeasureError(
                f"share {shard} is there twice", where=name, hint=f"the other is {shares[shard.index][0]}"
            )
        shares[shard.index] = name, report
    if first is None:
        raise MeasureError("no share was named")
    missing = [str(index) for index in range(1, first[1] + 1) if index not in shares]
    if missing:
        raise MeasureError(f"of {first[1]} shares {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    _refuse_gaps(dict(shares.values()))
    return _joined([report for _, (_, report) in sorted(shares.items())], fail_on)


def _refuse_gaps(reports: Mapping[str, GateReport]) -> None:
    """Every declared benchmark was measured in exactly one share: machines that know other histories pack otherwise."""
    seen: dict[str, str] = {}
    hint = "let all shares see the same history, or none"
    for name, report in reports.items():
        for item in report.items:
            if item.metric is not GateMetric.TIME:
                continue
            if item.benchmark in seen:
                raise MeasureError(f"{item.benchmark} is in {seen[item.benchmark]} too", where=name, hint=hint)
            seen[item.benchmark] = name
        lacking = [benchmark for benchmark, _ in report.declared if benchmark not in seen]
    if lacking:
        raise MeasureError(f"{lacking[0]} is in no share", hint=hint)


def _joined(reports: Sequence[GateReport], fail_on: FailOn) -> GateReport:
    """One report: the budget of false alarms was shared over the whole set, so it is counted once."""
    whole = merged_report(reports, name=reports[0].base.name, fail_on=fail_on)
    machines = sorted({report.fingerprint.text for report in reports})
    note = f"measured in {len(reports)} shares on {', '.join(machines)}"
    return replace(
        whole,
        base=reports[0].base,
        false_alarm_ratio=reports[0].false_alarm_ratio,
        elapsed_s=max(report.elapsed_s for report in reports),
        notes=(*whole.notes, note),
    )


def _decoded(name: str, text: bytes) -> tuple[Shard, str, GateReport]:
    if len(text) > LARGEST_BYTES:
        raise MeasureError("larger than 64 MiB: this is no share of a gate", where=name)
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise ValueError("another format")
        if document["version"] != VERSION:
            raise MeasureError(
                f"written in version {document['version']} of the format, {VERSION} is known", where=name
            )
        shard = Shard(int(document["index"]), int(document["count"]))
        if not 1 <= shard.index <= shard.count:
            raise ValueError("a share that cannot be")
        report = msgspec.convert(_numbers(document["report"]), GateReport)
    except (ValueError, TypeError, KeyError, RecursionError, msgspec.ValidationError) as error:
        raise MeasureError(
            "this is no share of a gate", where=name, hint="`boss-perf gate --shard 1/2 -o shard=FILE` writes one"
        ) from error
    return shard, str(document["declared"]), report


def _plain(value: Any) -> Any:
    """The value in what JSON has."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": str(value)}
    return value.isoformat() if isinstance(value, date) else value


def _numbers(value: Any) -> Any:
    """`_plain` undone for numbers; the types do the rest."""
    if isinstance(value, dict):
        if value.keys() == {"number"} and value["number"] in ("inf", "-inf", "nan"):
            return float(value["number"])
        return {key: _numbers(each) for key, each in value.items()}
    return [_numbers(each) for each in value] if isinstance(value, list) else value
