"""`targets.yaml` as a TargetSet, or every complaint about it at once.

Reading is strict: unknown fields, anchors, tags, deep nesting and large files are refused before anything is measured,
since the file may come from a stranger's pull request. Scalars are read as written, whatever YAML takes them for.
"""

import hashlib
from functools import partial

from boss_perf.errors import TargetsError
from boss_perf.model.targets import (
    Bottleneck,
    Guideline,
    LegendEntry,
    Location,
    Policy,
    ProgressRow,
    RunPolicy,
    Section,
    Target,
    TargetSet,
)
from boss_perf.targets import fields
from boss_perf.targets.diagnostics import Complaints
from boss_perf.targets.parse_error import known_words_hint
from boss_perf.targets.schema_types import Row
from boss_perf.targets.target_rows import target_of
from boss_perf.targets.yaml_nodes import Scalar, read_tree

LARGEST_BYTES = 1_000_000
_SECTIONS = {
    Section.OPTIMIZATIONS: fields.OPTIMIZATIONS_KEY,
    Section.BUDGETS: fields.BUDGETS_KEY,
    Section.CACHES: fields.CACHES_KEY,
    Section.MEMORY: fields.MEMORY_KEY,
    Section.LOADS: fields.LOADS_KEY,
    Section.INFRASTRUCTURE: fields.INFRASTRUCTURE_KEY,
}


def parse_targets(content: bytes | str, *, path: str) -> TargetSet:
    """The promises in a file's content; TargetsError carries all complaints in file order. `path` is for display."""
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    complaints = Complaints(path)
    tree = read_tree(decoded(raw, path=path), complaints)
    if isinstance(tree, Scalar) and tree.is_null:
        raise TargetsError(
            "the file is empty", where=path, hint="`boss-perf init` writes one, `boss-perf import` reads a tracker"
        )
    root = fields.TARGETS_FILE.read(tree, complaints)
    if root is None:
        complaints.raise_any()
        raise AssertionError("unreachable: a root that was not read was complained about")
    policy = _policy(root)
    targets = _targets(root, policy, complaints)
    _check_trials(targets, complaints)
    bottlenecks = _bottlenecks(root, targets, complaints)
    complaints.raise_any()
    return TargetSet(
        project=root.get(fields.PROJECT) or "",
        path=path,
        digest=hashlib.sha256(raw).hexdigest(),
        policy=policy,
        targets=targets,
        bottlenecks=bottlenecks,
        guidelines=tuple(
            Guideline(row.get(fields.TITLE) or "", row.get(fields.TEXT) or "")
            for row in root.get(fields.GUIDELINES) or ()
        ),
        legend=tuple(
            LegendEntry(row.get(fields.STATUS) or "", row.get(fields.TITLE) or "", row.get(fields.TEXT) or "")
            for row in root.get(fields.LEGEND) or ()
        ),
        progress=tuple(_progress_row(row) for row in root.get(fields.PROGRESS) or ()),
        title=root.get(fields.TITLE_KEY),
        introduction=root.get(fields.INTRODUCTION),
        closing=root.get(fields.CLOSING),
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


def _policy(root: Row) -> RunPolicy:
    row, default = root.get(fields.POLICY_KEY), RunPolicy()
    if row is None:
        return default
    stale_after_s = row.get(fields.STALE_AFTER)
    tolerate, environment = row.get(fields.TOLERATE), row.get(fields.ENVIRONMENT)
    return RunPolicy(
        margin_ratio=row.get(fields.MARGIN_KEY) or default.margin_ratio,
        memory_margin_ratio=row.get(fields.MEMORY_MARGIN) or default.memory_margin_ratio,
        ceiling_ratio=row.get(fields.CEILING) or default.ceiling_ratio,
        false_alarm_ratio=row.get(fields.FALSE_ALARMS_KEY) or default.false_alarm_ratio,
        confidence_ratio=row.get(fields.CONFIDENCE_KEY) or default.confidence_ratio,
        stale_after_days=default.stale_after_days if stale_after_s is None else stale_after_s / 86_400,
        time_budget_s=row.get(fields.TIME_BUDGET) or default.time_budget_s,
        tolerate=default.tolerate if tolerate is None else tolerate,
        environment=default.environment if environment is None else environment,
        ratchet_after=row.get(fields.RATCHET_AFTER) or default.ratchet_after,
    )


def _targets(root: Row, policy: RunPolicy, complaints: Complaints) -> tuple[Target, ...]:
    found: list[Target] = []
    places: dict[str, Location] = {}
    for section, key in _SECTIONS.items():
        for row in root.get(key) or ():
            target = target_of(row, section=section, confidence_ratio=policy.confidence_ratio, complaints=complaints)
            if target is None:
                continue
            place = row.place(fields.ID_KEY)
            if target.id and target.id in places:
                hint = f"first at line {places[target.id].line}; give one of them an id: of its own"
                complaints.add(place, f'duplicate id "{target.id}"', hint=hint)
            places.setdefault(target.id, place)
            found.append(target)
    return tuple(found)


def _check_trials(targets: tuple[Target, ...], complaints: Complaints) -> None:
    """A trial is held to one policy: a second one under the same workload would be taken as kept without a try."""
    first: dict[str, tuple[Target, Policy]] = {}
    for target in targets:
        policy = next((each for each in target.expectations if isinstance(each, Policy)), None)
        if policy is None or target.workload is None:
            continue
        other, its = first.setdefault(target.workload, (target, policy))
        if its != policy:
            message = f'{target.workload} tries the policy of "{other.id}", which is another'
            complaints.add(target.location, message, hint="give each policy a workload of its own")


def _bottlenecks(root: Row, targets: tuple[Target, ...], complaints: Complaints) -> tuple[Bottleneck, ...]:
    known = dict.fromkeys(target.id for target in targets)
    found: list[Bottleneck] = []
    for row in root.get(fields.BOTTLENECKS) or ():
        removed_by = row.get(fields.REMOVED_BY) or ()
        for name in removed_by:
            if name not in known:
                hint = partial(known_words_hint, name, known)
                complaints.add(row.place(fields.REMOVED_BY), f'no target has the id "{name}"', hint=hint)
        found.append(
            Bottleneck(
                row.get(fields.NAME) or "",
                row.get(fields.IMPACT) or "",
                row.get(fields.APPROACH) or "",
                row.get(fields.PRIORITY) or "",
                removed_by,
            )
        )
    return tuple(found)


def _progress_row(row: Row) -> ProgressRow:
    return ProgressRow(
        row.get(fields.MONTH) or "",
        row.get(fields.COMPLETED) or "-",
        row.get(fields.TOTAL_COMPLETED) or 0,
        row.get(fields.TOTAL_REMAINING) or 0,
    )
