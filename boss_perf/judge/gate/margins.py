"""The margin that a benchmark is held to."""

from boss_perf.judge.gate.items import GateTerms
from boss_perf.model.targets import TargetSet


def margin_of(terms: GateTerms, benchmark: str, *, is_new: bool) -> float:
    """The margin as a ratio: the smaller of base's and head's, so that a change cannot excuse itself; head's if new.

    A target's own goes before the suite's, that before everybody's.
    """
    stated = [each(benchmark) for each in terms.suite_margins] or [None, None]
    targets = (terms.base_targets, terms.head_targets)
    base, head = (
        next(each for each in (_of_targets(target_set, benchmark), suites, terms.margin_ratio) if each is not None)
        for target_set, suites in zip(targets, stated, strict=True)
    )
    return head if is_new else min(base, head)


def _of_targets(target_set: TargetSet | None, benchmark: str) -> float | None:
    for target in target_set.targets if target_set else ():
        if target.workload == benchmark and target.margin_ratio is not None:
            return target.margin_ratio
    return None
