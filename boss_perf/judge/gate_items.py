"""From what was seen of two trees to items: every declared benchmark gets one, whatever became of it.

A margin that head would widen stays base's: a change cannot edit what it is held to.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from boss_perf.judge.answers import weigh_answers
from boss_perf.judge.decision import Decision, DecisionRule, decide_time
from boss_perf.judge.memory_decision import decide_memory, memory_rule
from boss_perf.judge.walks import walks_of
from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.gate import FailOn, GateItem, GateMetric, GateVerdict
from boss_perf.model.samples import Failure, Sample
from boss_perf.model.targets import Location, TargetSet
from boss_perf.stats.boundaries import FIRST_LOOK


@dataclass(frozen=True, slots=True, kw_only=True)
class GateTerms:
    """On what terms a gate is held; `suite` are the paths it looks at, `only` a regular expression over node ids.

    `looks_back`: all that lies between base and head was gated when it came in, so neither an edited benchmark nor
    another answer closes anything now. `pursues_faster`: what is not slower is measured on until it is known whether it
    is faster.
    """

    suite: tuple[str, ...]
    today: date
    margin_ratio: float = 0.015
    memory_margin_ratio: float = 0.01
    ceiling_ratio: float = 0.10
    false_alarm_ratio: float = 0.01
    head_targets: TargetSet | None = None
    base_targets: TargetSet | None = None
    only: str | None = None
    looks_back: bool = False
    pursues_faster: bool = False
    fail_on: FailOn = FailOn.REGRESSION


@dataclass(slots=True)
class Observed:
    """Everything seen of one benchmark; `late_s` is what one look at it takes at least, where that was too long."""

    timed: list[Sample] = field(default_factory=list)
    traced: list[Sample] = field(default_factory=list)
    failures: dict[str, Failure] = field(default_factory=dict)
    spent_s: float = 0.0
    late_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The declared set: `names` are what the exam's suite times on either product, `added` what only head's suite does.

    `collected` is all that any suite has, `left_out` what only base's has where another one examines. Of the change's
    own edits of the suite: `removed` are base's benchmarks that head's suite no longer has, `skipped` those that its
    marks skip now, with the reason, `revised` those it still has, perhaps in another version. `unknown_to_base` are
    names that base does not have itself. `errors` are files of head's suite that cannot be imported, `base_errors`
    base's. `loaded` are the top-level modules the suite imports, `plugins` the modules of installed pytest plugins and
    `plugins_loaded` what is loaded when those are.
    """

    names: tuple[str, ...]
    added: tuple[str, ...] = ()
    collected: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    removed: frozenset[str] = frozenset()
    skipped: Mapping[str, str] = field(default_factory=dict)
    revised: frozenset[str] = frozenset()
    unknown_to_base: frozenset[str] = frozenset()
    errors: tuple[tuple[str, str], ...] = ()
    base_errors: tuple[tuple[str, str], ...] = ()
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    loaded: frozenset[str] = frozenset()
    plugins: tuple[str, ...] = ()
    plugins_loaded: frozenset[str] = frozenset()

    def wants_heads_suite(self, benchmark: str, seen: Observed) -> bool:
        """Whether base's version could not be run on both sides and head's own version may tell more."""
        kinds = {failure.kind for failure in seen.failures.values()}
        return bool(kinds) and kinds != {"skipped"} and benchmark in self.revised


def items_of(
    terms: GateTerms,
    declared: Declared,
    *,
    benchmark: str,
    seen: Observed,
    rule: DecisionRule,
    again: Observed | None = None,
) -> list[GateItem]:
    """The items of one benchmark: its time, and its memory if traced.

    `again` is what was seen of it with head's own suite, where the exam's could not be run on both sides.
    """
    if seen.failures:
        return [_unrun_item(terms, declared, benchmark=benchmark, seen=seen, rule=rule, again=again)]
    finding = decide_time(seen.timed, rule=rule)
    verdict = finding.verdict
    reason = finding.reason if seen.timed else _unmeasured(seen)
    verdict, reason, caveats = weigh_answers(verdict, reason, seen.timed, looks_back=terms.looks_back)
    if benchmark in declared.added:
        verdict, reason = GateVerdict.NEW, f"new in head; with head's suite on both sides: {reason}"
    item = _time_item(terms, declared, benchmark, verdict, reason, rule=rule, finding=finding, seen=seen)
    is_below_ceiling = finding.is_below_ceiling and verdict is finding.verdict
    items = [replace(item, caveats=(*caveats, *_heap_doubts(seen.timed)), is_below_ceiling=is_below_ceiling)]
    if benchmark not in declared.added:
        items += _walk_items(items[0], seen, rule)
    if seen.traced:
        memory = decide_memory(seen.traced, rule=memory_rule(rule, margin_ratio=terms.memory_margin_ratio))
        is_new = benchmark in declared.added
        items.append(
            GateItem(
                benchmark=benchmark,
                metric=GateMetric.MEMORY,
                verdict=GateVerdict.NEW if is_new else memory.verdict,
                reason=memory.reason,
                margin_ratio=terms.memory_margin_ratio,
                comparison=memory.comparison,
                is_confirmed=memory.is_confirmed,
                is_below_ceiling=memory.is_below_ceiling,
                location=items[0].location,
            )
        )
    return items


def _heap_doubts(samples: Sequence[Sample]) -> list[Caveat]:
    """A caveat when memory lay differently in the two arms before either ran any code of its own."""
    apart = sum(sample.conditions.is_heap_shared is False for sample in samples)
    text = f"the arms did not share a memory layout in {apart} of {len(samples)} forks: one may be faster by luck"
    return [Caveat(CaveatKind.HEAPS_DIFFER, text)] if apart else []


def _walk_items(timed: GateItem, seen: Observed, rule: DecisionRule) -> list[GateItem]:
    """Lazy answers do their work when they are walked: a line of its own."""
    walks = walks_of(seen.timed)
    finding = decide_time(walks, rule=rule)
    item = replace(
        timed, metric=GateMetric.WALK, verdict=finding.verdict, reason=finding.reason,
        comparison=finding.comparison, is_confirmed=finding.is_confirmed, needs_s=None, caveats=(),
        is_below_ceiling=finding.is_below_ceiling,
    )  # fmt: skip
    return [item] if walks else []


def _time_item(
    terms: GateTerms, declared: Declared, benchmark: str, verdict: GateVerdict, reason: str, *, rule: DecisionRule,
    finding: Decision | None = None, seen: Observed | None = None,
) -> GateItem:  # fmt: skip
    return GateItem(
        benchmark=benchmark,
        metric=GateMetric.TIME,
        verdict=verdict,
        reason=reason,
        margin_ratio=rule.margin_ratio,
        comparison=finding.comparison if finding else None,
        is_confirmed=bool(finding and finding.is_confirmed),
        needs_s=_needs_s(finding, seen) if finding and seen else None,
        location=location_of(terms, declared, benchmark),
    )


def _unrun_item(
    terms: GateTerms, declared: Declared, *, benchmark: str, seen: Observed, rule: DecisionRule, again: Observed | None
) -> GateItem:
    """What becomes of a benchmark that could not be run on both sides."""
    base, head = seen.failures.get("base"), seen.failures.get("head")
    is_skipped_on_base = base is not None and base.kind == "skipped"
    finding = None
    if head is not None and head.kind == "skipped":
        verdict, reason = GateVerdict.SKIPPED, f"{head.message}{' (on base too)' if is_skipped_on_base else ''}"
    elif again is not None and not again.failures:
        finding = decide_time(again.timed, rule=rule)
        verdict = GateVerdict.UNDECIDED
        reason = (
            f"the exam itself had to change ({_said(base, head)}); with head's version on both sides: {finding.reason}"
        )
    elif again is not None and "head" not in again.failures:
        verdict = GateVerdict.UNDECIDED
        reason = f"new interface: base's version {_said(base, head)}, head's on base: {again.failures['base'].message}"
    elif head is not None:
        verdict, reason = GateVerdict.FAILED, f"on head: {head.kind}: {head.message}"
    elif base is None:
        verdict, reason = GateVerdict.UNDECIDED, "not measured"
    elif benchmark in declared.added or benchmark in declared.unknown_to_base:
        verdict, reason = GateVerdict.NEW, f"cannot run on base: {base.message}"
    elif is_skipped_on_base:
        verdict, reason = GateVerdict.NEW, f"skipped on base: {base.message}"
    else:
        verdict, reason = GateVerdict.UNDECIDED, f"on base: {base.kind}: {base.message}"
    item = _time_item(terms, declared, benchmark, verdict, reason, rule=rule, finding=finding, seen=again)
    is_excused = verdict is GateVerdict.SKIPPED and is_skipped_on_base
    return replace(item, is_skipped_on_base=is_excused, needs_s=None)


def _said(base: Failure | None, head: Failure | None) -> str:
    return " and ".join(f"on {side}: {each.message}" for side, each in (("base", base), ("head", head)) if each)


def location_of(terms: GateTerms, declared: Declared, benchmark: str) -> Location | None:
    """Where a reader looks for a benchmark: in head's targets, else where it is defined."""
    for target in terms.head_targets.targets if terms.head_targets else ():
        if target.workload == benchmark:
            return target.location
    place = declared.places.get(benchmark)
    return Location(place[0], place[1], 1) if place else None


def _unmeasured(seen: Observed) -> str:
    if seen.late_s is None:
        return "the run ended before it was measured"
    return f"the run ended before it was measured: one look at it takes {seen.late_s:.0f} s at least"


def _needs_s(finding: Decision, seen: Observed) -> float | None:
    if not seen.timed:
        return None if seen.late_s is None else FIRST_LOOK * seen.late_s
    if finding.forks_missing is None:
        return None
    return finding.forks_missing * seen.spent_s / len(seen.timed)


def matches(pattern: str, name: str) -> bool:
    """Whether a node id is meant by `--only`."""
    return re.search(pattern, name) is not None


def margin_of(terms: GateTerms, benchmark: str, *, is_new: bool) -> float:
    """The margin as a ratio: the smaller of base's and head's, so that a change cannot excuse itself; head's if new."""
    head, base = (_own_margin(each, benchmark) for each in (terms.head_targets, terms.base_targets))
    ours = terms.margin_ratio if head is None else head
    return ours if is_new else min(ours, terms.margin_ratio if base is None else base)


def _own_margin(target_set: TargetSet | None, benchmark: str) -> float | None:
    for target in target_set.targets if target_set else ():
        if target.workload == benchmark and target.margin_ratio is not None:
            return target.margin_ratio
    return None
