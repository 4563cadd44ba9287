"""From promises to work: which workload is observed in which passes. A plain value, made first."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from boss_perf.errors import UsageError
from boss_perf.judge.context import FEWEST_FORKS
from boss_perf.model.metrics import Metric
from boss_perf.model.samples import Pass
from boss_perf.model.targets import Budget, CachePolicy, Change, Expectation, Target, TargetSet
from boss_perf.stats.quantiles import calls_needed
from boss_perf.text import did_you_mean

LEAST_CALLS = 20


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One workload and what to observe of it; the fewest forks of `least_calls` each can prove its quantile."""

    workload: str
    passes: tuple[Pass, ...]
    policy: tuple[tuple[str, object], ...] = ()
    least_calls: int = LEAST_CALLS

    @property
    def file(self) -> str:
        """The test file, relative to the project's root."""
        return self.workload.split("::", 1)[0]


def choose(target_set: TargetSet, *, words: Sequence[str] = (), only: str | None = None) -> tuple[Target, ...]:
    """The targets that words name: id, name, component, operation, section, workload or its test; `only` is a regex
    over id and workload.

    A word that names nothing, or a choice that leaves nothing, is a UsageError: an empty set must not pass in silence.
    """
    targets = target_set.targets
    if words:
        called = {target: names_of(target) for target in targets}
        known = {name for names in called.values() for name in names}
        for word in words:
            if word not in known:
                hint = did_you_mean(word, known) or "`boss-perf status --all` lists the targets"
                message = f"no target, component, operation, section or test is called {word!r}"
                raise UsageError(message, where=target_set.path, hint=hint)
        targets = tuple(target for target in targets if called[target] & set(words))
    if only is not None:
        try:
            pattern = re.compile(only)
        except re.error as error:
            raise UsageError(
                f"--only is not a regular expression: {error}", hint="for example --only 'vector|cache'"
            ) from error
        targets = tuple(t for t in targets if pattern.search(t.id) or pattern.search(t.workload or ""))
    if not target_set.targets:
        raise UsageError(
            "promises nothing yet",
            where=target_set.path,
            hint="`boss-perf init --force` begins with the suite",
        )
    if not targets:
        raise UsageError("no target matches --only", where=target_set.path, hint="`boss-perf status --all` lists them")
    return targets


def names_of(target: Target) -> frozenset[str]:
    """All that a target may be called by: one name, or one for several targets."""
    test = (target.workload or "").rpartition("::")[2]
    names = (target.id, target.name, target.component, target.operation, target.section.value, target.workload)
    plain = (name.partition("[")[0].rstrip() for name in (test, target.operation or ""))
    return frozenset(name for name in (*names, test, *plain) if name)


def plan_work(targets: Iterable[Target]) -> tuple[WorkItem, ...]:
    """One item per workload, with the passes all of its targets need together; load targets are run by `load`."""
    items: dict[str, WorkItem] = {}
    for target in targets:
        passes = _passes_of(target)
        if target.workload is None or not passes:
            continue
        calls = max(map(_least_calls, target.expectations), default=LEAST_CALLS)
        policy = next((each.terms for each in target.expectations if isinstance(each, CachePolicy)), ())
        known = items.get(target.workload, WorkItem(target.workload, ()))
        items[target.workload] = WorkItem(
            target.workload,
            tuple(dict.fromkeys((Pass.DEPENDENCIES, *known.passes, *passes))),
            known.policy or policy,
            max(known.least_calls, calls),
        )
    return tuple(items.values())


def _passes_of(target: Target) -> tuple[Pass, ...]:
    """The passes a target needs; a fact is told in any of them, so it asks for one only where nothing else does."""
    passes = tuple(dict.fromkeys(p for e in target.expectations if (p := pass_of(e)) is not None))
    has_fact = any(isinstance(e, Budget) and e.metric is Metric.FACT for e in target.expectations)
    return passes or ((Pass.BATCHES,) if has_fact and target.load is None else ())


def pass_of(expectation: Expectation) -> Pass | None:
    """The pass that can prove an expectation by itself; None for facts, and where no workload can."""
    if isinstance(expectation, CachePolicy):
        return Pass.TRIAL
    if isinstance(expectation, Change):
        return Pass.MEMORY if expectation.metric.is_memory else Pass.PAIRS
    if isinstance(expectation, Budget):
        if expectation.metric.is_memory:
            return Pass.MEMORY
        if expectation.metric in (Metric.FAILURES, Metric.FACT):
            return None
        has_quantile = expectation.metric is Metric.LATENCY and expectation.statistic.quantile is not None
        return Pass.CALLS if has_quantile else Pass.BATCHES
    return None


def _least_calls(expectation: Expectation) -> int:
    if not isinstance(expectation, Budget) or expectation.statistic.quantile is None:
        return LEAST_CALLS
    needed = calls_needed(expectation.statistic.quantile, confidence_ratio=0.95, over_count=2)
    return max(LEAST_CALLS, -(-needed // FEWEST_FORKS))
