"""What can be promised about a workload: a closed set of metrics and statistics, each with its unit and direction."""

import operator
from enum import StrEnum

from boss_perf.model.units import Unit


class Metric(StrEnum):
    """What is measured. FACT is a number the workload itself reports (recall, hit_ratio), named in the expectation."""

    LATENCY = "latency"
    THROUGHPUT = "throughput"
    PEAK_MEMORY = "peak_memory"
    RETAINED_MEMORY = "retained_memory"
    ALLOCATIONS = "allocations"
    FAILURES = "failures"
    FACT = "fact"

    @property
    def unit(self) -> Unit:
        """The base unit of the metric's values."""
        return _UNITS[self]

    @property
    def is_higher_better(self) -> bool:
        """True for throughput; facts say their direction in the expectation's comparison."""
        return self is Metric.THROUGHPUT

    @property
    def is_memory(self) -> bool:
        """True where the figure comes from the memory pass."""
        return self in (Metric.PEAK_MEMORY, Metric.RETAINED_MEMORY, Metric.ALLOCATIONS)


_UNITS = {
    Metric.LATENCY: Unit.NANOSECONDS,
    Metric.THROUGHPUT: Unit.PER_SECOND,
    Metric.PEAK_MEMORY: Unit.BYTES,
    Metric.RETAINED_MEMORY: Unit.BYTES,
    Metric.ALLOCATIONS: Unit.COUNT,
    Metric.FAILURES: Unit.RATIO,
    Metric.FACT: Unit.RATIO,
}


class Statistic(StrEnum):
    """Which number of a distribution is promised; a mean has no p95 and a p95 needs call-by-call times."""

    MEAN = "mean"
    P50 = "p50"
    P90 = "p90"
    P95 = "p95"
    P99 = "p99"
    P999 = "p99.9"

    @property
    def quantile(self) -> float | None:
        """The quantile's level as a ratio, None for the mean."""
        return None if self is Statistic.MEAN else float(self.value[1:]) / 100


class Comparator(StrEnum):
    """How the measured number relates to the bound when the promise holds."""

    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="

    @property
    def wants_low(self) -> bool:
        """True when smaller is better."""
        return self in (Comparator.BELOW, Comparator.AT_MOST)

    def holds(self, number: float, bound: float) -> bool:
        """Whether the number keeps the promise."""
        return bool(_RELATIONS[self](number, bound))


_RELATIONS = {
    Comparator.BELOW: operator.lt, Comparator.AT_MOST: operator.le,
    Comparator.ABOVE: operator.gt, Comparator.AT_LEAST: operator.ge,
}  # fmt: skip
