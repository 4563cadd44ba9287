"""From what was seen of two trees to items: every declared benchmark gets one, whatever became of it.

A margin that head would widen stays base's: a change cannot edit what it is held to.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from boss_perf.judge.decision import Decision, DecisionRule, decide_time
from boss_perf.judge.gate.answers import weigh_answers
from boss_perf.judge.gate.observed import Observed
from boss_perf.judge.gate.walks import walks_of
from boss_perf.judge.memory_decision import decide_memory, memory_rule
from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.gate import FailOn, GateItem, GateMetric, GateVerdict
from boss_perf.model.samples import Failure, Sample
from boss_perf.model.targets import Location, TargetSet
from boss_perf.stats.boundaries import FIRST_LOOK

SuiteMargin = Callable[[str], float | None]
"""The margin that a suite itself states for a benchmark, as a ratio; None where it states none."""

ASKED_OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateTerms:
    """On what terms a gate is held; `suite` are the paths it looks at, `only` a regular expression over node ids,
    `suite_margins` what base's suite and head's state themselves, where no target and no flag does.

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
    suite_margins: tuple[SuiteMargin, ...] = ()
    only: str | None = None
    looks_back: bool = False
    pursues_faster: bool = False
    fail_on: FailOn = FailOn.REGRESSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The declared set: `names` are what the exam's suite times on either product, `added` what only head's suite does.

    `collected` is all that any suite has, `left_out` what only base's has where another one examines. Of the change's
    own edits of the suite: `removed` are base's benchmarks that head's suite no longer has, `skipped` those that its
    marks skip now, with the reason, `revised` those it still has, perhaps in another version. `unknown_to_base` are
    names that base does not have itself. `errors` are files of head's suite that cannot be imported, `base_errors`
    base's, `skipping` what the suite leaves out itself, by file. `loaded` are the top-level modules the suite imports,
    `plugins` the modules of installed pytest plugins and `plugins_loaded` what is loaded when those are.
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
    skipping: tuple[tuple[str, str], ...] = ()
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    loaded: frozenset[str] = frozenset()
    plugins: tuple[str, ...] = ()
    plugins_loaded: frozenset[str] = frozenset()

    def of(self, names: frozenset[str]) -> "Declared":
        """The same with only these to be measured; itself where these are all."""
        if names.issuperset((*self.names, *self.added)):
            return self
        kept, added = (tuple(name for name in all_of if name in names) for all_of in (self.names, self.added))
        return replace(self, names=kept, added=added)

    def wants_heads_suite(self, benchmark: str, seen: Observed) -> bool:
        """Whether base's version could not be run on both sides and head's own version may tell more."""
        kinds = {failure.kind for failure in seen.failures.values()}
        return bool(kinds) and kinds != {"skipped"} and benchmark in self.revised


def items_of(
    terms: GateTerms, declared: Declared, *, benchmark: str, seen: Observed, rule: DecisionRule,
    again: Observed | None = None,
) -> list[GateItem]:  # fmt: skip
    """The items of one benchmark: its time, and its memory if traced.

    `again` is what was seen of it with head's own suite, where the exam's could not be run on both sides.
    """
    if seen.failures:
        return [_unrun_item(terms, declared, benchmark=benchmark, seen=seen, rule=rule, again=again)]
    finding = decide_time(seen.timed, rule=rule)
    verdict = finding.verdict
    reason = finding.reason if seen.timed else seen.unmeasured
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
    is_alike = base is not None and head is not None and base.kind == head.kind
    is_idle = is_alike and base is not None and base.kind == "unavailable"
    too = " (on base too)" if is_alike else ""
    finding = None
    if head is not None and (head.kind == "skipped" or is_idle):
        verdict, reason = GateVerdict.SKIPPED, f"{head.message}{too}"
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
        verdict, reason = GateVerdict.FAILED, f"on head: {head.kind}: {head.message}{too}"
    elif base is None:
        verdict, reason = GateVerdict.UNDECIDED, "not measured"
    elif benchmark in declared.added or benchmark in declared.unknown_to_base:
        verdict, reason = GateVerdict.NEW, f"cannot run on base: {base.message}"
    elif is_skipped_on_base:
        verdict, reason = GateVerdict.NEW, f"skipped on base: {base.message}"
    else:
        verdict, reason = GateVerdict.UNDECIDED, f"on base: {base.kind}: {base.message}"
    item = _time_item(terms, declared, benchmark, verdict, reason, rule=rule, finding=finding, seen=again)
    is_excused = verdict is GateVerdict.SKIPPED and (is_skipped_on_base or is_idle)
    hint = option_hint(reason) if verdict is GateVerdict.SKIPPED else None
    return replace(item, is_skipped_on_base=is_excused, is_below_ceiling=False, needs_s=None, hint=hint)


def option_hint(reason: str) -> str | None:
    """The way out where a suite skips something for want of an option; None for any other reason."""
    word = ASKED_OPTION.search(reason)
    return f"if the suite looks for it on its command line: --pytest-option={word[0]}" if word else None


def _said(base: Failure | None, head: Failure | None) -> str:
    return " and ".join(f"on {side}: {each.message}" for side, each in (("base", base), ("head", head)) if each)


def location_of(terms: GateTerms, declared: Declared, benchmark: str) -> Location | None:
    """Where a reader looks for a benchmark: in head's targets, else where it is defined."""
    for target in terms.head_targets.targets if terms.head_targets else ():
        if target.workload == benchmark:
            return target.location
    place = declared.places.get(benchmark)
    return Location(place[0], place[1], 1) if place else None


def _needs_s(finding: Decision, seen: Observed) -> float | None:
    if not seen.timed:
        return FIRST_LOOK * seen.late_s if seen.late_s else None
    return None if finding.forks_missing is None else finding.forks_missing * seen.spent_s / len(seen.timed)


def matches(pattern: str, name: str) -> bool:
    """Whether a node id is meant by `--only`."""
    return re.search(pattern, name) is not None
