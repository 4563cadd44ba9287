"""From what was seen of two trees to items: every declared benchmark gets one, whatever became of it.

A margin that head would widen stays base's: a change cannot edit what it is held to.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from boss_perf.judge.decision import Decision, DecisionRule, decide_memory, decide_time, has_other_answers
from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.gate import GateItem, GateMetric, GateVerdict
from boss_perf.model.samples import Failure, Sample
from boss_perf.model.targets import Location, TargetSet
from boss_perf.names import closest


@dataclass(frozen=True, slots=True, kw_only=True)
class GateTerms:
    """On what terms a gate is held; `suite` are the paths it looks at, `only` a regular expression over node ids.

    `looks_back`: all that lies between base and head was gated when it came in, so neither an edited benchmark nor
    another answer closes anything now.
    """

    suite: tuple[str, ...]
    today: date
    margin_ratio: float = 0.03
    memory_margin_ratio: float = 0.01
    false_alarm_ratio: float = 0.01
    head_targets: TargetSet | None = None
    base_targets: TargetSet | None = None
    only: str | None = None
    looks_back: bool = False


@dataclass(slots=True)
class Observed:
    """Everything seen of one benchmark."""

    timed: list[Sample] = field(default_factory=list)
    traced: list[Sample] = field(default_factory=list)
    failures: dict[str, Failure] = field(default_factory=dict)
    spent_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The declared set: `names` are to be measured, `collected` is all head has, `changed` are edited by the change.

    `loaded` are the top-level modules the suite imports, `plugins` the modules of installed pytest plugins and
    `plugins_loaded` what is loaded when those are, `edited_support` the files of the suite that are no tests and
    differ between both trees, `base_errors` base's own files that cannot be imported.
    """

    names: tuple[str, ...]
    collected: tuple[str, ...]
    base_names: tuple[str, ...]
    errors: tuple[tuple[str, str], ...]
    changed: frozenset[str]
    new: frozenset[str]
    places: Mapping[str, tuple[str, int]]
    loaded: frozenset[str] = frozenset()
    plugins: tuple[str, ...] = ()
    plugins_loaded: frozenset[str] = frozenset()
    edited_support: frozenset[str] = frozenset()
    base_errors: tuple[tuple[str, str], ...] = ()


def items_of(
    terms: GateTerms, declared: Declared, *, benchmark: str, seen: Observed, rule: DecisionRule
) -> list[GateItem]:
    """The items of one benchmark that both trees, or one of them, tried to run: its time, and its memory if traced."""
    location = _location(terms, declared, benchmark)
    caveats: list[Caveat] = []
    if seen.failures:
        verdict, reason = _failed(benchmark, seen.failures, declared)
        is_skipped_on_base = verdict is GateVerdict.SKIPPED and _is_skipped_on_base(benchmark, seen.failures, declared)
        return [
            GateItem(
                benchmark=benchmark, metric=GateMetric.TIME, verdict=verdict,
                reason=f"{reason} (on base too)" if is_skipped_on_base else reason,
                margin_ratio=rule.margin_ratio, location=location, is_skipped_on_base=is_skipped_on_base,
            )
        ]  # fmt: skip
    finding = decide_time(seen.timed, rule=rule)
    verdict = finding.verdict
    reason = finding.reason if seen.timed else "the run ended before it was measured"
    is_other_answer = has_other_answers(seen.timed) and verdict is not GateVerdict.SLOWER
    if is_other_answer and terms.looks_back:
        reason = f"{reason}; base and head answer differently"
    if is_other_answer and not terms.looks_back:
        verdict, reason = GateVerdict.CHANGED_ANSWER, f"base and head answer differently ({reason})"
    elif benchmark in declared.new:  # before `changed`: the helpers that come with a new benchmark are no edit of it
        if verdict.opens:
            verdict, reason = GateVerdict.NEW, f"new in head ({reason})"
    elif benchmark in declared.changed:
        caveats.append(Caveat(CaveatKind.BENCHMARK_CHANGED, "the change edits this benchmark; both sides ran head's"))
        if verdict.opens and not terms.looks_back:
            said = f"with head's version on both sides it is {verdict.value.lower()}"
            verdict, reason = GateVerdict.UNDECIDED, f"the change edits the benchmark itself; {said} ({reason})"
    items = [
        GateItem(
            benchmark=benchmark,
            metric=GateMetric.TIME,
            verdict=verdict,
            reason=reason,
            margin_ratio=rule.margin_ratio,
            comparison=finding.comparison,
            is_confirmed=finding.is_confirmed,
            needs_s=_needs_s(finding, seen),
            location=location,
            caveats=tuple(caveats),
        )
    ]
    if seen.traced:
        memory = decide_memory(seen.traced, margin_ratio=terms.memory_margin_ratio)
        items.append(
            GateItem(
                benchmark=benchmark,
                metric=GateMetric.MEMORY,
                verdict=memory.verdict,
                reason=memory.reason,
                margin_ratio=terms.memory_margin_ratio,
                comparison=memory.comparison,
                is_confirmed=memory.is_confirmed,
                location=location,
            )
        )
    return items


def _failed(benchmark: str, failures: Mapping[str, Failure], declared: Declared) -> tuple[GateVerdict, str]:
    head = failures.get("head")
    base = failures.get("base")
    if head is None and base is not None:
        if benchmark in declared.new:
            return GateVerdict.NEW, f"cannot run on base: {base.message}"
        if base.kind == "skipped" and benchmark not in declared.changed:
            return GateVerdict.NEW, f"skipped on base: {base.message}"
        if base.kind in ("not_collected", "skipped"):
            return GateVerdict.UNDECIDED, f"base has it, but cannot run head's version of it: {base.message}"
        return GateVerdict.FAILED, f"on base: {base.kind}: {base.message}"
    if head is None:
        return GateVerdict.UNDECIDED, "not measured"
    if head.kind == "skipped":
        return GateVerdict.SKIPPED, head.message
    return GateVerdict.FAILED, f"on head: {head.kind}: {head.message}"


def _is_skipped_on_base(benchmark: str, failures: Mapping[str, Failure], declared: Declared) -> bool:
    """Whether base skips it of its own accord, so that the change has not silenced it."""
    base = failures.get("base")
    is_known = base is not None and base.kind == "skipped" and benchmark not in declared.new
    return is_known and benchmark not in declared.changed and not declared.edited_support


def missing_items(terms: GateTerms, declared: Declared) -> list[GateItem]:
    """Items for what base or the targets declare and head did not collect, and head's files that cannot be imported."""
    present = set(declared.collected)
    broken = dict(declared.errors)
    wanted: dict[str, str] = dict.fromkeys(declared.base_names, "it is in base")
    for target_set in (terms.base_targets, terms.head_targets):
        for target in target_set.targets if target_set else ():
            if target.workload is not None and target.workload.split("::", 1)[0].startswith(terms.suite):
                wanted.setdefault(target.workload, f"target {target.id} names it")
    items = []
    for benchmark, why in wanted.items():
        if benchmark in present or (terms.only is not None and not matches(terms.only, benchmark)):
            continue
        error = broken.get(benchmark.split("::", 1)[0])
        hint = closest(benchmark, declared.new or present, cutoff_ratio=0.7)
        items.append(
            GateItem(
                benchmark=benchmark,
                metric=GateMetric.TIME,
                verdict=GateVerdict.FAILED if error else GateVerdict.MISSING,
                reason=f"its file cannot be imported: {error}" if error else f"not in head, though {why}",
                margin_ratio=terms.margin_ratio,
                hint=f"renamed? did you mean {hint}" if hint else None,
            )
        )
    named = {item.benchmark.split("::", 1)[0] for item in items}
    items += [
        GateItem(
            benchmark=file, metric=GateMetric.TIME, verdict=GateVerdict.UNDECIDED,
            reason=f"base's own file cannot be imported, so what it declares is unknown: {message}",
            margin_ratio=terms.margin_ratio,
        )
        for file, message in declared.base_errors
    ]  # fmt: skip
    items += [
        GateItem(
            benchmark=file, metric=GateMetric.TIME, verdict=GateVerdict.FAILED, reason=f"cannot be imported: {message}",
            margin_ratio=terms.margin_ratio,
        )
        for file, message in declared.errors
        if file not in named
    ]  # fmt: skip
    return items


def _location(terms: GateTerms, declared: Declared, benchmark: str) -> Location | None:
    for target in terms.head_targets.targets if terms.head_targets else ():
        if target.workload == benchmark:
            return target.location
    place = declared.places.get(benchmark)
    return Location(place[0], place[1], 1) if place else None


def _needs_s(finding: Decision, seen: Observed) -> float | None:
    if finding.forks_missing is None or not seen.timed:
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
