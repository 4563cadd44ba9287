"""The full result as JSON: the types below say what it holds, `schema_text` says it to readers in other languages.

Numbers that are not finite (an open side of an interval, an unknown time) are null: JSON has no infinity.
"""

import json
import math
from collections import Counter
from dataclasses import asdict, replace
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, convert, field, to_builtins

from boss_perf import __version__
from boss_perf.model.estimates import Clock
from boss_perf.model.explanations import AllocationSite, Explanation, FunctionShare, InstructionCounts, MemoryLine
from boss_perf.model.gate import GateReport, GateVerdict, Side
from boss_perf.model.targets import Location
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Verdict
from boss_perf.report.digest import Digest
from boss_perf.report.row import Outcome, Row

VERDICTS = {"enum": list(dict.fromkeys([*map(str, GateVerdict), *map(str, Verdict)]))}
_Count = Annotated[int, Meta(ge=0)]


class Figure(Struct, kw_only=True):
    """A number in `unit` with its interval; a side is null where the interval is open."""

    value: float
    low: float
    high: float
    unit: Unit
    confidence_ratio: float
    count: _Count
    forks: _Count


class Reading(Figure, kw_only=True):
    """A figure beside a row, by its name."""

    name: str


class Compared(Struct, kw_only=True):
    """Candidate over baseline; the resolution is half the width of the ratio's interval, relative to the ratio."""

    ratio: Figure
    clock: Clock
    resolution_ratio: float
    pairs: _Count
    fork_log_ratios: tuple[float, ...]


class Excuse(Struct, kw_only=True):
    """A waiver that excuses the row, until a day."""

    until: date
    reason: str
    approver: str


class Why(Struct, kw_only=True, omit_defaults=True):
    """Why a benchmark moved, the most responsible function first; without functions no difference was found.

    `ratio` is head over base, seen in passing in one pair of processes; the verdict rests on `comparison`.
    """

    benchmark: str
    base: str
    head: str
    ratio: float
    ratio_low: float
    ratio_high: float
    functions: tuple[FunctionShare, ...]
    sites: tuple[AllocationSite, ...]
    memory_lines: tuple[MemoryLine, ...]
    instructions: InstructionCounts | None = None
    notes: tuple[str, ...]


class Item(Struct, kw_only=True, omit_defaults=True):
    """One benchmark and metric of a gate, or one target; `explanation` is there only where somebody looked.

    `key` is the node id of the benchmark or the id of the target, with `aspect` the identity over runs. `aspect` of a
    gate is time, memory, walk (through a lazy answer), suite (what the change does to the suite itself) or promise; of
    targets the section of targets.yaml.
    """

    key: str
    aspect: str
    name: str
    verdict: Annotated[str, Meta(extra_json_schema=VERDICTS)]
    outcome: Outcome
    reason: str
    hint: str | None
    margin_ratio: Annotated[float | None, Meta(description="smallest slowdown worth failing")]
    needs_s: Annotated[float | None, Meta(description="further seconds an undecided one would take")]
    is_confirmed: Annotated[bool, Meta(description="shown again in fresh forks")]
    comparison: Compared | None
    readings: tuple[Reading, ...]
    location: Location | None
    waiver: Excuse | None
    caveats: tuple[str, ...]
    cause: Why | None = field(default=None, name="explanation")


class Machine(Struct, kw_only=True):
    """What was measured on."""

    digest: str
    text: str
    fields: dict[str, str | None]


class GateFrame(Struct, kw_only=True):
    """Both sides of a gate, the machine and what disturbed it."""

    base: Side
    head: Side
    machine: Machine
    resolution_ratio: Annotated[float | None, Meta(description="smallest change this machine could see today")]
    false_alarm_ratio: Annotated[float, Meta(description="budget of false alarms for the whole suite")]
    disturbances: tuple[str, ...]
    notes: tuple[str, ...]
    elapsed_s: Annotated[float, Meta(description="wall time of the gate")]


class Result(Struct, kw_only=True, omit_defaults=True):
    """Result of a boss-perf gate or of judged targets; its items worst first, nothing declared is left out.

    The status is 0 open, 2 usage, 3 missed or regressed, 4 undecided or unmeasured, 5 environment, 130 interrupted.
    """

    format: Literal["boss-perf result"]
    format_version: Literal[1]
    tool_version: str
    kind: Annotated[str, Meta(extra_json_schema={"enum": ["gate", "targets"]})]
    title: str
    exit_status: Annotated[int, Meta(extra_json_schema={"enum": [0, 2, 3, 4, 5, 130]})]
    is_open: bool
    counts: Annotated[dict[str, Annotated[int, Meta(ge=1)]], Meta(extra_json_schema={"propertyNames": VERDICTS})]
    items: tuple[Item, ...]
    gate: GateFrame | None = None


def render_json(digest: Digest, *, tool_version: str = __version__) -> str:
    """The rows; of a gate between two trees also both sides, the machine and what disturbed it."""
    result = Result(
        format="boss-perf result",
        format_version=1,
        tool_version=tool_version,
        kind=digest.kind,
        title=digest.title,
        exit_status=digest.exit_status,
        is_open=digest.is_open,
        counts=dict(Counter(row.verdict for row in digest.rows)),
        items=tuple(map(_item, digest.rows)),
        gate=_frame(digest.gate) if digest.gate is not None else None,
    )
    return json.dumps(_plain(result), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def item_document(row: Row) -> dict[str, Any]:
    """One row as `Item` describes it."""
    return _plain(_item(row))


def explanation_document(explanation: Explanation) -> dict[str, Any]:
    """The explanation as `Why` describes it; its stacks have files of their own."""
    return _plain(convert(explanation, Why, from_attributes=True))


def schema_text() -> str:
    """The JSON Schema (draft 2020-12) of `Result`: nothing more than it says, and any number may be null."""
    (root,), parts = msgspec.json.schema_components([Result], ref_template="#/$defs/{name}")
    for part in parts.values():
        if "properties" in part:
            part["additionalProperties"] = False
            part["required"] = [name for name, kind in part["properties"].items() if kind.get("default", 0) is not None]
    frame = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:boss-perf:result:1", **root}
    is_gate = {"properties": {"kind": {"const": "gate"}}}
    frame |= {"if": is_gate, "then": {"required": ["gate"]}, "else": {"not": {"required": ["gate"]}}, "$defs": parts}
    return json.dumps(json.loads(json.dumps(frame), object_hook=_for_readers), indent=2) + "\n"


def _for_readers(schema: dict[str, Any]) -> dict[str, Any]:
    if isinstance(said := schema.get("description"), str):
        schema["description"] = " ".join(said.split())
    return schema | {"type": ["number", "null"]} if schema.get("type") == "number" else schema


def _item(row: Row) -> Item:
    item = convert(replace(row, readings=()), Item, from_attributes=True)
    item.readings = tuple(convert({"name": name, **asdict(each)}, Reading) for name, each in row.readings)
    return item


def _frame(report: GateReport) -> GateFrame:
    machine = report.fingerprint
    return GateFrame(
        base=report.base,
        head=report.head,
        machine=Machine(digest=machine.digest, text=machine.text, fields=dict(machine.fields)),
        resolution_ratio=report.resolution_ratio,
        false_alarm_ratio=report.false_alarm_ratio,
        disturbances=report.disturbances,
        notes=report.notes,
        elapsed_s=report.elapsed_s,
    )


def _plain(document: Struct) -> dict[str, Any]:
    plain: dict[str, Any] = _finite_only(to_builtins(document))
    return plain


def _finite_only(value: Any) -> Any:
    """The value with None for each number in it that is not finite."""
    if isinstance(value, dict):
        return {name: _finite_only(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite_only(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
