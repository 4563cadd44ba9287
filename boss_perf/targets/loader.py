"""`targets.yaml` as a TargetSet, or every complaint about it at once.

Reading is strict: unknown fields, anchors, tags, deep nesting and large files are refused before anything is measured,
since the file may come from a stranger's pull request. Scalars are read as written, whatever YAML takes them for.
"""

import hashlib
from functools import partial
from typing import Any

from boss_perf.errors import TargetsError
from boss_perf.model.targets import (
    Bottleneck,
    CachePolicy,
    Guideline,
    LegendEntry,
    Location,
    ProgressRow,
    RunPolicy,
    Section,
    Target,
    TargetSet,
)
from boss_perf.targets.diagnostics import Diagnostics, known_words_hint
from boss_perf.targets.fields import TARGETS_FILE
from boss_perf.targets.schema_types import Row
from boss_perf.targets.target_rows import target_of
from boss_perf.targets.yaml_nodes import Scalar, read_tree

LARGEST_BYTES = 1_000_000
_TABLES: tuple[tuple[str, type], ...] = (
    ("bottlenecks", Bottleneck), ("guidelines", Guideline), ("legend", LegendEntry), ("progress", ProgressRow),
)  # fmt: skip
"""Those whose keys are the fields of what they hold."""
_POLICY = {
    "margin": "margin_ratio", "memory_margin": "memory_margin_ratio", "ceiling": "ceiling_ratio",
    "false_alarms": "false_alarm_ratio", "confidence": "confidence_ratio", "time_budget": "time_budget_s",
    "tolerate": "tolerate", "environment": "environment", "ratchet_after": "ratchet_after",
}  # fmt: skip


def parse_targets(content: bytes | str, *, path: str) -> TargetSet:
    """The promises in a file's content; TargetsError carries all diagnostics in file order. `path` is for display."""
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    diagnostics = Diagnostics(path)
    tree = read_tree(decoded(raw, path=path), diagnostics)
    if isinstance(tree, Scalar) and tree.is_null:
        raise TargetsError(
            "the file is empty", where=path, hint="`boss-perf init` writes one, `boss-perf import` reads a tracker"
        )
    root = TARGETS_FILE.read(tree, diagnostics)
    if root is None:
        raise diagnostics.error()
    policy = _policy(root.get("policy"))
    targets = _targets(root, policy, diagnostics)
    _check_trials(targets, diagnostics)
    _check_bottlenecks(root, targets, diagnostics)
    diagnostics.raise_any()
    tables: dict[str, Any] = {}
    for name, kind in _TABLES:
        tables[name] = tuple(kind(**row.values) for row in root.get(name) or ())
    return TargetSet(
        project=root.get("project") or "",
        path=path,
        digest=hashlib.sha256(raw).hexdigest(),
        policy=policy,
        targets=targets,
        **tables,
        title=root.get("title"),
        introduction=root.get("introduction"),
        closing=root.get("closing"),
    )


def decoded(content: bytes, *, path: str) -> str:
    """The text of a file that people wrote; TargetsError for one that is too large, binary or not UTF-8."""
    if len(content) > LARGEST_BYTES:
        raise TargetsError(
            f"{len(content) / 1e6:.1f} MB are too large, {LARGEST_BYTES / 1e6:g} MB are allowed",
            where=path,
            hint="is this the right file?",
        )
    if b"\0" in content:
        raise TargetsError("a binary file, not YAML", where=path, hint="is this the right file? UTF-8 is expected")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        place = Location(path, line, column)
        raise TargetsError(
            f"not UTF-8: byte 0x{content[error.start]:02x}", where=str(place), hint="save the file as UTF-8"
        ) from None


def _policy(row: Row | None) -> RunPolicy:
    if row is None:
        return RunPolicy()
    stated = {attribute: row.get(name) for name, attribute in _POLICY.items() if row.get(name) is not None}
    if row.get("stale_after") is not None:
        stated["stale_after_days"] = row.get("stale_after") / 86_400
    return RunPolicy(**stated)


def _targets(root: Row, policy: RunPolicy, diagnostics: Diagnostics) -> tuple[Target, ...]:
    found: list[Target] = []
    places: dict[str, Location] = {}
    for section in Section:
        for row in root.get(section.value) or ():
            target = target_of(row, section=section, confidence_ratio=policy.confidence_ratio, diagnostics=diagnostics)
            if target is None:
                continue
            place = row.place("id")
            if target.id and target.id in places:
                hint = f"first at line {places[target.id].line}; give one of them an id: of its own"
                diagnostics.add(place, f'duplicate id "{target.id}"', hint=hint)
            places.setdefault(target.id, place)
            found.append(target)
    return tuple(found)


def _check_trials(targets: tuple[Target, ...], diagnostics: Diagnostics) -> None:
    """A trial is held to one policy: a second one under the same workload would be taken as kept without a try."""
    first: dict[str, tuple[Target, CachePolicy]] = {}
    for target in targets:
        policy = next((each for each in target.expectations if isinstance(each, CachePolicy)), None)
        if policy is None or target.workload is None:
            continue
        other, its = first.setdefault(target.workload, (target, policy))
        if its != policy:
            message = f'{target.workload} tries the policy of "{other.id}", which is another'
            diagnostics.add(target.location, message, hint="give each policy a workload of its own")


def _check_bottlenecks(root: Row, targets: tuple[Target, ...], diagnostics: Diagnostics) -> None:
    known = dict.fromkeys(target.id for target in targets)
    for row in root.get("bottlenecks") or ():
        for name in row.get("targets") or ():
            if name not in known:
                hint = partial(known_words_hint, name, known)
                diagnostics.add(row.place("targets"), f'no target has the id "{name}"', hint=hint)
