"""Go's benchmark text, which benchstat reads: a line per benchmark and fork shows it the spread of processes."""

from collections.abc import Sequence
from statistics import fmean

from boss_perf.model.samples import Pass, Reading, Sample
from boss_perf.report.escaping import visible_line

_UNITS = {
    Reading.WALL_NS: "ns/op",
    Reading.CPU_NS: "cpu-ns/op",
    Reading.PEAK_BYTES: "peak-bytes",
    Reading.RETAINED_BYTES: "retained-bytes",
    Reading.ALLOCATION_COUNT: "allocs/op",
}
_BATCHED = (Pass.BATCHES, Pass.PAIRS)


def render_go_bench(samples: Sequence[Sample], *, arm: str, header: Sequence[tuple[str, str]] = ()) -> str:
    """One arm's readings per call, mean over each fork; `header` are benchstat's `key: value` lines."""
    lines = [f"{_word(key).lower()}: {visible_line(text)}" for key, text in header]
    for sample in samples:
        calls = sample.calls_per_batch if sample.phase in _BATCHED else 1
        figures, count = [], 0
        for reading, unit in _UNITS.items():
            values = sample.values(arm, reading)
            if values:
                is_timed = reading in (Reading.WALL_NS, Reading.CPU_NS)
                count = max(count, len(values) * (calls if is_timed else 1))
                figures.append(f"{fmean(values) / (calls if is_timed else 1):.6g} {unit}")
        if figures:
            lines.append("\t".join([f"Benchmark{_word(sample.workload)}", str(count), *figures]))
    return "\n".join(lines) + "\n"


def _word(text: str) -> str:
    return visible_line(text).replace(" ", "_")
