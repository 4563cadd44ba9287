"""What travels with a sample: where it was taken, what its processes said, or why there is no number."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from boss_perf.measure.visit_order import VisitOutcome
from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.samples import Pass, Sample
from boss_perf.stats.paired import choose_clock, fork_log_ratio
from boss_perf.worker.messages import Finished


def frame(outcome: VisitOutcome, workload: str, phase: Pass) -> Sample:
    """A sample of a visit without observations."""
    return Sample(
        workload=workload, phase=phase, fork=outcome.order.fork, started_at=datetime.now(UTC),
        conditions=outcome.conditions,
    )  # fmt: skip


def with_last_words(sample: Sample, ended: Sequence[Finished]) -> Sample:
    """The sample with what its processes said at their tests' end."""
    caveats = [Caveat(CaveatKind(kind), text) for event in ended for kind, text in event.caveats]
    return replace(
        sample, facts=tuple(sorted(ended[-1].facts.items())), caveats=tuple(dict.fromkeys(caveats)),
        answer_digests=tuple(event.answers[0] for event in ended),
        later_digests=tuple(event.answers[1] for event in ended),
    )  # fmt: skip


def failed_samples(outcome: VisitOutcome, workload: str) -> Iterator[Sample]:
    """The reason why there is no number, for each pass that is missing it."""
    item = next(each for each in outcome.order.items if each.workload == workload)
    for phase in item.passes:
        yield replace(frame(outcome, workload, phase), failure=next(iter(outcome.failures[workload].values())))


def is_usable(sample: Sample) -> bool:
    """False when a clock stood still for a batch: such a fork says nothing, and another one takes its place."""
    if sample.phase is not Pass.PAIRS or sample.failure is not None:
        return True
    return math.isfinite(fork_log_ratio(sample, clock=choose_clock([sample])))
