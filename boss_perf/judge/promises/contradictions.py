"""Promises of one file that contradict each other."""

from collections import defaultdict

from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.metrics import Metric
from boss_perf.model.targets import Change, Target, TargetSet


def contradictions(target_set: TargetSet) -> dict[str, Caveat]:
    """By target id: the caveat of every target that promises another change of a component's metric than a second does.

    Throughput and latency are different metrics here; targets without a component are compared by name.
    """
    promised: defaultdict[tuple[str, Metric], list[tuple[Target, Change]]] = defaultdict(list)
    for target in target_set.targets:
        for expectation in target.expectations:
            if isinstance(expectation, Change):
                subject = (target.component or target.name).strip().casefold()
                promised[subject, expectation.metric].append((target, expectation))
    found: dict[str, Caveat] = {}
    for promises in promised.values():
        for target, change in promises:
            others = [(other, its) for other, its in promises if its.limit_ratio != change.limit_ratio]
            if others and target.id not in found:
                named = ", ".join(f"{its.text} in {other.id} ({other.location})" for other, its in others)
                text = f"{change.text} here, {named}: one of them is wrong or needs its own component"
                found[target.id] = Caveat(CaveatKind.CONFLICTING, text)
    return found
