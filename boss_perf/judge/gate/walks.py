"""The walk through a lazy answer as a comparison of its own: a generator works when it is walked, not when called."""

from collections.abc import Sequence
from dataclasses import replace

from boss_perf.model.samples import Reading, Sample

_TIMES = {Reading.WALK_CPU_NS: Reading.CPU_NS, Reading.WALK_WALL_NS: Reading.WALL_NS}


def walks_of(samples: Sequence[Sample]) -> list[Sample]:
    """The forks that walked, as if walking were what they timed."""
    return [
        replace(sample, calls_per_batch=1, series=tuple(replace(each, reading=_TIMES[each.reading]) for each in walked))
        for sample in samples
        if (walked := [series for series in sample.series if series.reading in _TIMES])
    ]
