"""From what was seen of two trees to items: every declared benchmark gets one, whatever became of it.

What passes by somebody's leave does so only by base's targets, which a change cannot edit, and until its date.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from boss_perf.judge.decision import Decision, DecisionRule, decide_time, walks_of
from boss_perf.judge.gate.answers import weigh_answers
from boss_perf.judge.gate.terms import Declared, GateTerms, Observed, location_of
from boss_perf.judge.memory_decision import decide_memory, memory_rule
from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.gate import GateItem, GateMetric, GateVerdict
from boss_perf.model.samples import Failure, Sample
from boss_perf.model.targets import Waiver
from boss_perf.stats.boundaries import FIRST_LOOK

ASKED_OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]+")


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


def _needs_s(finding: Decision, seen: Observed) -> float | None:
    if not seen.timed:
        return FIRST_LOOK * seen.late_s if seen.late_s else None
    return None if finding.forks_missing is None else finding.forks_missing * seen.spent_s / len(seen.timed)


def waive(items: Sequence[GateItem], terms: GateTerms) -> list[GateItem]:
    """The items with base's waivers applied, each to the verdicts it names; past its date it excuses nothing."""
    waivers: dict[str, Waiver] = {
        name: target.waiver
        for target in (terms.base_targets.targets if terms.base_targets else ())
        for name in (target.workload, target.id)
        if name is not None and target.waiver is not None
    }
    result = []
    for item in items:
        waiver = waivers.get(item.benchmark)
        if waiver is None or item.verdict.opens:
            result.append(item)
        elif waiver.until < terms.today:
            result.append(replace(item, reason=f"{item.reason}; its waiver ended on {waiver.until}"))
        elif not waiver.covers(item.verdict):
            told = f"its waiver excuses {' and '.join(waiver.excuses)} only"
            result.append(replace(item, reason=f"{item.reason}; {told}"))
        else:
            excuse = f"waived until {waiver.until} by {waiver.approver}: {waiver.reason}"
            reason = f"{item.verdict.value}: {item.reason}; {excuse}"
            result.append(replace(item, verdict=GateVerdict.WAIVED, reason=reason, waiver=waiver))
    return result
