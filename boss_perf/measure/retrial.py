"""A benchmark that fails beside another fork is tried once more alone before its failure counts.

Two forks run the same tests in the same tree at the same time. A suite that keeps a file or a port of its own there
may not bear that, which is no fault of the change.
"""

from collections.abc import Mapping, Set

from boss_perf.measure.duel import DuelOutcome
from boss_perf.model.samples import Failure

TRIED_AGAIN = frozenset({"raised", "died"})


class Retrial:
    """Which benchmarks are under suspicion, and whether forks may run side by side at all."""

    def __init__(self) -> None:
        self._suspects: set[str] = set()
        self._retried: set[str] = set()
        self._clashed: list[str] = []

    @property
    def notes(self) -> tuple[str, ...]:
        """Says which benchmarks made the session go on with one fork at a time."""
        if not self._clashed:
            return ()
        return (f"measured one fork at a time: {', '.join(self._clashed)} failed beside another fork, but not alone",)

    @property
    def is_alone(self) -> bool:
        """True while suspects are tried again."""
        return bool(self._retried)

    def select(self, wanted: Set[str], *, busy_count: int, lane_count: int) -> Set[str]:
        """Those of the `wanted` that may start now: nothing beside suspects that are tried again."""
        self._suspects &= wanted
        if self._suspects and not busy_count:
            self._retried, self._suspects = self._suspects, set()
            return self._retried
        most = 1 if self._suspects or self._retried or self._clashed else lane_count
        return wanted if busy_count < most else frozenset()

    def proven(self, outcome: DuelOutcome, *, lane_count: int) -> Mapping[str, Mapping[str, Failure]]:
        """The failures of a fork that count: all of one that ran alone, else those that no neighbour explains."""
        if self._retried:
            self._clashed += sorted((self._retried & outcome.finished) - outcome.failures.keys())
            self._suspects = self._retried - outcome.finished
            self._retried = set()
            return outcome.failures
        if lane_count == 1 or self._clashed:
            return outcome.failures
        doubtful = {
            benchmark
            for benchmark, failures in outcome.failures.items()
            if any(failure.kind in TRIED_AGAIN for failure in failures.values())
        }
        self._suspects |= doubtful
        return {benchmark: failures for benchmark, failures in outcome.failures.items() if benchmark not in doubtful}
