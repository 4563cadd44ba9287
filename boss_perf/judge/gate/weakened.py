"""What a change promises less than its base did: every promise removed or loosened, and every rule relaxed, by name.

Only base's targets judge the change itself; this is about what would hold after the merge.
"""

from collections.abc import Iterable, Iterator

from boss_perf.judge.gate.terms import GateTerms
from boss_perf.model.gate import GateItem, GateMetric, GateVerdict
from boss_perf.model.history import figure_of
from boss_perf.model.targets import (
    Budget,
    CachePolicy,
    Change,
    Expectation,
    LoadProfile,
    Location,
    RunPolicy,
    Target,
    Waiver,
)
from boss_perf.text import closest

_RELAXED_UPWARDS = {
    "margin": "margin_ratio", "memory_margin": "memory_margin_ratio", "ceiling": "ceiling_ratio",
    "false_alarms": "false_alarm_ratio", "stale_after": "stale_after_days", "ratchet_after": "ratchet_after",
}  # fmt: skip
_RELAXED_DOWNWARDS = {"confidence": "confidence_ratio"}


def weakened_items(terms: GateTerms) -> list[GateItem]:
    """One item for each weaker promise of head's targets, named by its id, and one for each relaxed rule."""
    base, head = terms.base_targets, terms.head_targets
    if base is None or terms.looks_back:
        return []
    if head is None:
        return [_item(terms, base.path, f"it is gone with its {len(base.targets)} promises", None)]
    items = [_item(terms, f"policy.{name}", said, Location(head.path, 1, 1))
             for name, said in _relaxed(base.policy, head.policy)]  # fmt: skip
    by_id = {target.id: target for target in head.targets}
    promises = {(target.workload, target.expectations): target for target in head.targets}
    for before in base.targets:
        after = by_id.get(before.id) or promises.get((before.workload, before.expectations))
        if after is None:
            hint = closest(before.id, by_id, cutoff_ratio=0.7)
            promised = "; ".join(each.text for each in before.expectations)
            items.append(_item(terms, before.id, f"no longer promised: {promised}", Location(head.path, 1, 1), hint))
            continue
        said = list(_weaker(before, after, base.policy, head.policy))
        if said:
            items.append(_item(terms, before.id, "; ".join(said), after.location))
    return items


def _item(terms: GateTerms, name: str, reason: str, location: Location | None, renamed: str | None = None) -> GateItem:
    return GateItem(
        benchmark=name, metric=GateMetric.PROMISE, verdict=GateVerdict.WEAKENED, reason=reason,
        margin_ratio=terms.margin_ratio, location=location, hint=f"did you mean {renamed}" if renamed else None,
    )  # fmt: skip


def _relaxed(before: RunPolicy, after: RunPolicy) -> Iterator[tuple[str, str]]:
    for direction, names in ((1, _RELAXED_UPWARDS), (-1, _RELAXED_DOWNWARDS)):
        for name, attribute in names.items():
            old, new = getattr(before, attribute), getattr(after, attribute)
            if direction * new > direction * old:
                yield name, f"{new:.4g} instead of {old:.4g}"
    more = sorted({*after.tolerate} - {*before.tolerate})
    if more:
        yield "tolerate", f"also {', '.join(more)}"


def _weaker(before: Target, after: Target, old_policy: RunPolicy, new_policy: RunPolicy) -> Iterator[str]:
    for promise in before.expectations:
        if not any(_is_as_strict(each, promise) for each in after.expectations):
            now = next((each.text for each in after.expectations if figure_of(each) == figure_of(promise)), "nothing")
            yield f"expect: {promise.text} became {now}"
    if before.workload is not None and after.workload != before.workload:
        yield f"workload: {before.workload} became {after.workload or 'none'}"
    if before.margin_ratio is not None or after.margin_ratio is not None:
        old = old_policy.margin_ratio if before.margin_ratio is None else before.margin_ratio
        new = new_policy.margin_ratio if after.margin_ratio is None else after.margin_ratio
        if new > old:
            yield f"margin: {old:.4g} became {new:.4g}"
    if before.load is not None and not _is_as_heavy(after.load, before.load):
        yield "the load became lighter, or another"
    yield from _wider(before.waiver, after.waiver)


def _is_as_strict(new: Expectation, old: Expectation) -> bool:
    """Whether whoever keeps the new promise keeps the old one; of policies only the same is."""
    if type(new) is not type(old) or figure_of(new) != figure_of(old):
        return isinstance(new, CachePolicy) and isinstance(old, CachePolicy) and new.terms == old.terms
    if isinstance(new, Budget) and isinstance(old, Budget):
        wants_low = old.comparator.wants_low
        is_alike = new.comparator.wants_low is wants_low and new.unit is old.unit
        return is_alike and (new.bound <= old.bound if wants_low else new.bound >= old.bound)
    if isinstance(new, Change) and isinstance(old, Change):
        return new.cost_limit_ratio <= old.cost_limit_ratio
    return True


def _is_as_heavy(new: LoadProfile | None, old: LoadProfile) -> bool:
    if new is None or (new.locustfile, new.host) != (old.locustfile, old.host):
        return False
    return all(getattr(new, each) >= getattr(old, each) for each in ("users", "duration_s", "spawn_rate_per_s"))


def _wider(before: Waiver | None, after: Waiver | None) -> Iterable[str]:
    if after is None:
        return
    if before is None:
        yield f"waive: added until {after.until}, for {', '.join(after.excuses)}"
        return
    if after.until > before.until:
        yield f"waive: {before.until} became {after.until}"
    more = [each for each in after.excuses if each not in before.excuses]
    if more:
        yield f"waive: it now also excuses {', '.join(more)}"
