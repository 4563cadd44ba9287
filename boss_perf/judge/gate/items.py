"""From what was seen of two trees to items: every declared benchmark gets one, whatever became of it.

What passes by somebody's leave does so only by base's targets, which a change cannot edit, and until its date.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from boss_perf.judge.decision import Decision, DecisionRule, decide_time, walks_of
from boss_perf.judge.gate.answers import weigh_answers
from boss_perf.judge.gate.suite_changes import option_hint
from boss_perf.judge.gate.terms import Declared, GateTerms, location_of
from boss_perf.judge.memory_decision import decide_memory
from boss_perf.judge.needs import USUAL_FORKS, Observed, likely_missing
from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.gate import GateItem, GateMetric, GateVerdict
from boss_perf.model.samples import Failure, Pass, Sample
from boss_perf.model.targets import Waiver

HEAPS_APART = 4
"""One fork in so many may have arms whose memory lies differently; more is worth a reader's time."""
SHARED = re.compile(r"Address already in use|database is locked")
SHARED_HINT = "both sides wait in the same test at once: give it a free port (0) and files of its own (tmp_path)"


def items_of(
    terms: GateTerms, declared: Declared, *, benchmark: str, seen: Observed, rule: DecisionRule,
    again: Observed | None = None,
) -> list[GateItem]:  # fmt: skip
    """The items of one benchmark: its time, and its memory if traced.

    `again` is what was seen of it with head's own suite, where the exam's could not be run on both sides.
    """
    if seen.failures and benchmark in declared.removed:
        return []  # it went with what it measures; that it is gone is an item already
    if seen.failures:
        return [_unrun_item(terms, declared, benchmark=benchmark, seen=seen, rule=rule, again=again)]
    timed, traced = seen.of(Pass.PAIRS), seen.of(Pass.MEMORY)
    decision, is_new = decide_time(timed, rule=rule), benchmark in declared.added
    reason = decision.reason
    if not timed:
        late_s = seen.late_s.get(Pass.PAIRS)
        late = f": one look at it takes {late_s:.0f} s at least" if late_s else ""
        reason = f"the run ended before it was measured{late}"
    verdict, reason, caveats = weigh_answers(decision.verdict, reason, timed, looks_back=terms.looks_back)
    if is_new:
        verdict, reason = GateVerdict.NEW, f"new in head; with head's suite on both sides: {reason}"
    item = GateItem(
        benchmark=benchmark, metric=GateMetric.TIME, verdict=verdict, reason=reason, margin_ratio=rule.margin_ratio,
        comparison=decision.comparison, is_confirmed=decision.is_confirmed,
        needs_s=_needs_s(decision, seen, len(timed)),
        is_below_ceiling=decision.is_below_ceiling and verdict is decision.verdict,
        location=location_of(terms, declared, benchmark), caveats=(*caveats, *_heap_doubts(timed)),
    )  # fmt: skip
    items = [item]
    if not is_new and (walks := walks_of(timed)):  # lazy answers do their work when they are walked
        items.append(_beside(item, GateMetric.WALK, decide_time(walks, rule=rule)))
    if traced or (timed and seen.is_untraced):
        memory = decide_memory(traced, rule=rule, margin_ratio=terms.memory_margin_ratio)
        memory = replace(memory, verdict=GateVerdict.NEW) if is_new else memory
        items.append(replace(_beside(item, GateMetric.MEMORY, memory), margin_ratio=terms.memory_margin_ratio))
    return items


def _beside(timed: GateItem, metric: GateMetric, decision: Decision) -> GateItem:
    """What else was compared of a benchmark, as a line of its own."""
    return replace(
        timed, metric=metric, verdict=decision.verdict, reason=decision.reason, comparison=decision.comparison,
        is_confirmed=decision.is_confirmed, is_below_ceiling=decision.is_below_ceiling, needs_s=None, caveats=(),
    )  # fmt: skip


def _heap_doubts(samples: Sequence[Sample]) -> list[Caveat]:
    """A caveat when memory often lay differently in the two arms before either ran any code of its own."""
    apart = sum(sample.conditions.is_heap_shared is False for sample in samples)
    text = f"the arms did not share a memory layout in {apart} of {len(samples)} forks: one may be faster by luck"
    return [Caveat(CaveatKind.HEAPS_DIFFER, text)] if apart and HEAPS_APART * apart >= len(samples) else []


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
        finding = decide_time(again.of(Pass.PAIRS), rule=rule)
        verdict = GateVerdict.UNDECIDED
        reason = (
            f"the exam itself had to change ({_said(base, head)}); with head's version on both sides: {finding.reason}"
        )
    elif again is not None and "head" not in again.failures:
        verdict = GateVerdict.UNDECIDED
        reason = f"new interface: base's version {_said(base, head)}, head's on base: {again.failures['base'].message}"
    elif head is not None and base is None and SHARED.search(head.message):
        verdict, reason = GateVerdict.UNDECIDED, f"on head: {_told(head)}"
    elif head is not None:
        verdict, reason = GateVerdict.FAILED, f"on head: {_told(head)}{too}"
    elif base is None:
        verdict, reason = GateVerdict.UNDECIDED, "not measured"
    elif benchmark in declared.added or benchmark in declared.unknown_to_base:
        verdict, reason = GateVerdict.NEW, f"cannot run on base: {base.message}"
    elif is_skipped_on_base:
        verdict, reason = GateVerdict.NEW, f"skipped on base: {base.message}"
    else:
        verdict, reason = GateVerdict.UNDECIDED, f"on base: {_told(base)}"
    is_skipped = verdict is GateVerdict.SKIPPED
    return GateItem(
        benchmark=benchmark, metric=GateMetric.TIME, verdict=verdict, reason=reason, margin_ratio=rule.margin_ratio,
        comparison=finding.comparison if finding else None, is_confirmed=finding is not None and finding.is_confirmed,
        is_skipped_on_base=is_skipped and (is_skipped_on_base or is_idle),
        hint=option_hint(reason) if is_skipped else SHARED_HINT if SHARED.search(reason) else None,
        location=location_of(terms, declared, benchmark),
    )  # fmt: skip


def _told(failure: Failure) -> str:
    return failure.message if failure.kind == "not_collected" else f"{failure.kind}: {failure.message}"


def _said(base: Failure | None, head: Failure | None) -> str:
    return " and ".join(f"on {side}: {each.message}" for side, each in (("base", base), ("head", head)) if each)


def _needs_s(finding: Decision, seen: Observed, forks: int) -> float | None:
    if not forks:
        return USUAL_FORKS * seen.late_s[Pass.PAIRS] if Pass.PAIRS in seen.late_s else None
    missing = likely_missing(forks, finding.forks_missing)
    return None if missing is None else missing * seen.visit_s(Pass.PAIRS)


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
        elif (objection := waiver.objection(item.verdict, today=terms.today)) is not None:
            result.append(replace(item, reason=f"{item.reason}; {objection}"))
        else:
            excuse = f"waived until {waiver.until} by {waiver.approver}: {waiver.reason}"
            reason = f"{item.verdict.value}: {item.reason}; {excuse}"
            result.append(replace(item, verdict=GateVerdict.WAIVED, reason=reason, waiver=waiver))
    return result
