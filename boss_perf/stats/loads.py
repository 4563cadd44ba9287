"""What a load run proves: bounds on response times, throughput and failures, with the doubts about the load itself.

A failed request counts as one that was never answered: slower than any bound. Otherwise a service that refuses half of
its requests at once would look fast.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from boss_perf.model.estimates import Caveat, CaveatKind, Estimate
from boss_perf.model.metrics import Metric, Statistic
from boss_perf.model.samples import Reading, Sample
from boss_perf.model.units import Unit, format_quantity
from boss_perf.stats.quantiles import proportion_bounds, quantile_estimate

NEVER_NS = 2**62
_SLICES = 20
_REQUESTS_PER_SLICE = 10
_BUSY_RATIO = 0.9
_LATE_RATIO = 0.25
_LATE_NS = 2e6


def estimate_load(
    samples: Sequence[Sample], *, metric: Metric, statistic: Statistic, confidence_ratio: float
) -> Estimate:
    """The promised number over LOAD samples; each bound one-sided at `confidence_ratio`.

    Response times: every request of the steady window, a failed one as infinitely slow. Throughput and means: the
    number over the whole window, its bounds from the median over up to 20 slices of it, so a trend widens them.
    """
    match metric:
        case Metric.FAILURES:
            estimate = _failures(samples, confidence_ratio)
        case Metric.THROUGHPUT:
            estimate = _throughput(samples, confidence_ratio)
        case Metric.LATENCY if statistic.quantile is not None:
            rows = [response_times_ns(sample) for sample in samples]
            estimate = _finite(quantile_estimate(rows, level=statistic.quantile, confidence_ratio=confidence_ratio))
        case _:
            estimate = _mean(samples, confidence_ratio)
    return replace(estimate, caveats=(*estimate.caveats, *load_caveats(samples)))


def response_times_ns(sample: Sample) -> tuple[int, ...]:
    """All requests in the order of their starts, NEVER_NS for failed ones."""
    starts_ns = sample.values("answered", Reading.STARTED_NS)
    answered = zip(starts_ns, sample.values("answered", Reading.WALL_NS), strict=True)
    failed = ((started_ns, NEVER_NS) for started_ns in sample.values("failed", Reading.STARTED_NS))
    return tuple(elapsed_ns for _, elapsed_ns in sorted([*answered, *failed], key=lambda request: request[0]))


def load_caveats(samples: Sequence[Sample]) -> tuple[Caveat, ...]:
    """The doubts about the load of each sample, said once."""
    return tuple(dict.fromkeys(caveat for sample in samples for caveat in _caveats(sample)))


def _caveats(sample: Sample) -> Iterator[Caveat]:
    facts = dict(sample.facts)
    if (busy_ratio := facts.get("generator_busy_ratio", 0.0)) > _BUSY_RATIO:
        text = f"the load generator was {busy_ratio:.0%} busy: it is the limit, not the service; give it more workers"
        yield Caveat(CaveatKind.LOAD_GENERATOR, text)
    late_ns = facts.get("generator_late_ns", 0.0)
    answered = sorted(sample.values("answered", Reading.WALL_NS))
    middle_ns = answered[len(answered) // 2] if answered else 0
    if late_ns > max(_LATE_NS, _LATE_RATIO * middle_ns):
        late, middle = format_quantity(late_ns, Unit.NANOSECONDS), format_quantity(middle_ns, Unit.NANOSECONDS)
        text = f"the load generator's own users waited up to {late} for their turn, the median response took {middle}"
        yield Caveat(CaveatKind.LOAD_GENERATOR, text)
    users, asked = facts.get("users", 0.0), facts.get("users_asked", 0.0)
    if users < asked:
        yield Caveat(CaveatKind.LOAD_GENERATOR, f"only {users:.0f} of {asked:.0f} users ever ran at once")
    if not facts.get("is_steady", 1.0):
        text = "the users never all ran at once before the end: ramp-up is judged as well"
        yield Caveat(CaveatKind.INTERRUPTED, text)
    if facts.get("is_cut", 0.0):
        text = "requests were still open long after the end and were cut: the slowest ones are missing"
        yield Caveat(CaveatKind.INTERRUPTED, text)


def _failures(samples: Sequence[Sample], confidence_ratio: float) -> Estimate:
    raised_count = round(sum(dict(sample.facts).get("raised_count", 0.0) for sample in samples))
    failed_count = sum(len(sample.values("failed", Reading.STARTED_NS)) for sample in samples) + raised_count
    count = failed_count + sum(len(sample.values("answered", Reading.STARTED_NS)) for sample in samples)
    low, high = proportion_bounds(failed_count, count, confidence_ratio=confidence_ratio)
    return Estimate(
        value=failed_count / max(1, count), low=low, high=high, unit=Unit.RATIO, confidence_ratio=confidence_ratio,
        count=count, forks=len(samples),
    )  # fmt: skip


def _throughput(samples: Sequence[Sample], confidence_ratio: float) -> Estimate:
    rows, count, window_s = [], 0, 0.0
    for sample in samples:
        started_ns = sample.values("answered", Reading.STARTED_NS)
        sample_s = dict(sample.facts)["window_s"]
        slices = _slices_count(len(started_ns))
        counts = [0] * slices
        for each in started_ns:
            counts[min(slices - 1, int(each / 1e9 / sample_s * slices))] += 1
        rows.append([round(each * slices / sample_s * 1000) for each in counts])
        count, window_s = count + len(started_ns), window_s + sample_s
    middle = quantile_estimate(rows, level=0.5, confidence_ratio=confidence_ratio, unit=Unit.PER_SECOND)
    value = count / window_s if window_s else 0.0
    low, high = max(0.0, min(value, middle.low / 1000)), max(value, middle.high / 1000)
    return replace(middle, value=value, low=low, high=high, count=count, forks=len(samples))


def _mean(samples: Sequence[Sample], confidence_ratio: float) -> Estimate:
    rows, total_ns, count = [], 0, 0
    for sample in samples:
        times_ns = response_times_ns(sample)
        slices = _slices_count(len(times_ns))
        edges = [len(times_ns) * index // slices for index in range(slices + 1)]
        parts = [times_ns[low:high] for low, high in pairwise(edges) if high > low]
        rows.append([sum(part) // len(part) for part in parts])
        total_ns, count = total_ns + sum(times_ns), count + len(times_ns)
    middle = quantile_estimate(rows, level=0.5, confidence_ratio=confidence_ratio)
    value_ns = total_ns / max(1, count)
    low, high = min(value_ns, middle.low), max(value_ns, middle.high)
    return _finite(replace(middle, value=value_ns, low=low, high=high, count=count, forks=len(samples)))


def _slices_count(requests_count: int) -> int:
    return max(1, min(_SLICES, requests_count // _REQUESTS_PER_SLICE))


def _finite(estimate: Estimate) -> Estimate:
    """A number that a request without an answer had a part in is infinite."""
    numbers = (estimate.value, estimate.low, estimate.high)
    value, low, high = (math.inf if number > NEVER_NS / 1e6 else number for number in numbers)
    return replace(estimate, value=value, low=low, high=high)
