"""What travels with a sample: what disturbed it from outside, and what its processes said at their tests' end."""

from collections.abc import Sequence
from dataclasses import replace

from boss_perf.measure.disturbance import Disturbance
from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.samples import Sample
from boss_perf.worker.messages import Finished


def with_last_words(sample: Sample, ended: Sequence[Finished]) -> Sample:
    """The sample with what its processes said at their tests' end."""
    caveats = [Caveat(CaveatKind(kind), text) for event in ended for kind, text in event.caveats]
    return replace(
        sample, facts=tuple(sorted(ended[-1].facts.items())), caveats=tuple(dict.fromkeys(caveats)),
        answer_digests=tuple(event.answers[0] for event in ended),
        later_digests=tuple(event.answers[1] for event in ended),
    )  # fmt: skip


def surrounded(sample: Sample, before: Disturbance, after: Disturbance) -> Sample:
    """The sample with what happened around it."""
    stalled_ratio, steal_ratio = after.stalled_ratio_since(before), after.steal_ratio_since(before)
    conditions = replace(sample.conditions, stalled_ratio=stalled_ratio, steal_ratio=steal_ratio)
    return replace(sample, conditions=conditions)
