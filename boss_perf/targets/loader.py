"""`targets.yaml` as a TargetSet, or every complaint about it at once.

Reading is strict: unknown keys, anchors, tags, deep nesting and large files are refused before anything is measured,
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
from boss_perf.targets import keys
from boss_perf.targets.complaints import Complaints
from boss_perf.targets.misread import known_words_hint
from boss_perf.targets.positions import Scalar, read_tree
from boss_perf.targets.promises import target_of
from boss_perf.targets.shapes import Row

LARGEST_BYTES = 1_000_000
_SECTIONS = {
    Section.OPTIMIZATIONS: keys.OPTIMIZATIONS_KEY,
    Section.BUDGETS: keys.BUDGETS_KEY,
    Section.CACHES: keys.CACHES_KEY,
    Section.MEMORY: keys.MEMORY_KEY,
    Section.LOADS: keys.LOADS_KEY,
    Section.INFRASTRUCTURE: keys.INFRASTRUCTURE_KEY,
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
    root = keys.TARGETS_FILE.read(tree, complaints)
    if root is None:
        complaints.raise_any()
        raise AssertionError("unreachable: a root that was not read was complained about")
    policy = _policy(root)
    targets = _targets(root, policy, complaints)
    _check_trials(targets, complaints)
    bottlenecks = _bottlenecks(root, targets, complaints)
    complaints.raise_any()
    return TargetSet(
        project=root.get(keys.PROJECT) or "",
        path=path,
        digest=hashlib.sha256(raw).hexdigest(),
        policy=policy,
        targets=targets,
        bottlenecks=bottlenecks,
        guidelines=tuple(
            Guideline(row.get(keys.TITLE) or "", row.get(keys.TEXT) or "") for row in root.get(keys.GUIDELINES) or ()
        ),
        legend=tuple(
            LegendEntry(row.get(keys.STATUS) or "", row.get(keys.TITLE) or "", row.get(keys.TEXT) or "")
            for row in root.get(keys.LEGEND) or ()
        ),
        progress=tuple(_progress_row(row) for row in root.get(keys.PROGRESS) or ()),
        title=root.get(keys.TITLE_KEY),
        introduction=root.get(keys.INTRODUCTION),
        closing=root.get(keys.CLOSING),
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
    row, default = root.get(keys.POLICY_KEY), RunPolicy()
    if row is None:
        return default
    stale_after_s = row.get(keys.STALE_AFTER)
    tolerate, environment = row.get(keys.TOLERATE), row.get(keys.ENVIRONMENT)
    return RunPolicy(
        margin_ratio=row.get(keys.MARGIN_KEY) or default.margin_ratio,
        memory_margin_ratio=row.get(keys.MEMORY_MARGIN) or default.memory_margin_ratio,
        ceiling_ratio=row.get(keys.CEILING) or default.ceiling_ratio,
        false_alarm_ratio=row.get(keys.FALSE_ALARMS_KEY) or default.false_alarm_ratio,
        confidence_ratio=row.get(keys.CONFIDENCE_KEY) or default.confidence_ratio,
        stale_after_days=default.stale_after_days if stale_after_s is None else stale_after_s / 86_400,
        time_budget_s=row.get(keys.TIME_BUDGET) or default.time_budget_s,
        tolerate=default.tolerate if tolerate is None else tolerate,
        environment=default.environment if environment is None else environment,
        ratchet_after=row.get(keys.RATCHET_AFTER) or default.ratchet_after,
    )


def _targets(root: Row, policy: RunPolicy, complaints: Complaints) -> tuple[Target, ...]:
    found: list[Target] = []
    places: dict[str, Location] = {}
    for section, key in _SECTIONS.items():
        for row in root.get(key) or ():
            target = target_of(row, section=section, confidence_ratio=policy.confidence_ratio, complaints=complaints)
            if target is None:
                continue
            place = row.place(keys.ID_KEY)
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
    for row in root.get(keys.BOTTLENECKS) or ():
        removed_by = row.get(keys.REMOVED_BY) or ()
        for name in removed_by:
            if name not in known:
                hint = partial(known_words_hint, name, known)
                complaints.add(row.place(keys.REMOVED_BY), f'no target has the id "{name}"', hint=hint)
        found.append(
            Bottleneck(
                row.get(keys.NAME) or "",
                row.get(keys.IMPACT) or "",
                row.get(keys.APPROACH) or "",
                row.get(keys.PRIORITY) or "",
                removed_by,
            )
        )
    return tuple(found)


def _progress_row(row: Row) -> ProgressRow:
    return ProgressRow(
        row.get(keys.MONTH) or "",
        row.get(keys.COMPLETED) or "-",
        row.get(keys.TOTAL_COMPLETED) or 0,
        row.get(keys.TOTAL_REMAINING) or 0,
    )
