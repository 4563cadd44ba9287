"""A workload that fails beside another fork is tried once more alone before its failure counts, and stays alone then.

Two forks run the same tests in the same tree at the same time. A suite that keeps a file or a port of its own there
may not bear that, which is no fault of the change.
"""

from collections.abc import Mapping, Set

from boss_perf.measure.visit_order import VisitOutcome
from boss_perf.model.samples import Failure
from boss_perf.worker.messages import FailureKind

TRIED_AGAIN = frozenset({FailureKind.RAISED, FailureKind.DIED})


class RetryAlone:
    """Which workloads are under suspicion, and which were `clashed`: those bear no fork beside them."""

    def __init__(self) -> None:
        self._suspects: set[str] = set()
        self._retried: set[str] = set()
        self.clashed: set[str] = set()

    @property
    def notes(self) -> tuple[str, ...]:
        """Says which workloads were measured alone."""
        if not self.clashed:
            return ()
        return (
            f"measured one fork at a time: {', '.join(sorted(self.clashed))} failed beside another fork, not alone",
        )

    @property
    def is_active(self) -> bool:
        """True while suspects are tried again."""
        return bool(self._retried)

    def select(self, wanted: Set[str], *, busy_count: int, core_count: int) -> Set[str]:
        """Those of the `wanted` that may start now: nothing beside suspects that are tried again."""
        self._suspects &= wanted
        if self._suspects and not busy_count:
            self._retried, self._suspects = self._suspects, set()
            return self._retried
        most = 1 if self._suspects or self._retried else core_count
        return wanted if busy_count < most else frozenset()

    def proven(self, outcome: VisitOutcome, *, was_alone: bool) -> Mapping[str, Mapping[str, Failure]]:
        """The failures of a visit that count: all of one that ran alone, else those that no neighbour explains."""
        if self._retried:
            self.clashed |= (self._retried & outcome.spent_s.keys()) - outcome.failures.keys()
            self._suspects = self._retried - outcome.spent_s.keys() - outcome.failures.keys()
            self._retried = set()
            return outcome.failures
        if was_alone:
            return outcome.failures
        doubtful = {
            workload
            for workload, failures in outcome.failures.items()
            if any(failure.kind in TRIED_AGAIN for failure in failures.values())
        }
        self._suspects |= doubtful
        return {workload: failures for workload, failures in outcome.failures.items() if workload not in doubtful}
