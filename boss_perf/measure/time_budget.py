"""The time of a campaign, and on what the rest of it is spent best."""

import math
import time
from collections.abc import Mapping, Sequence

from boss_perf.judge.fork_effort import work_s
from boss_perf.judge.needs import USUAL_FORKS, Observed, affordable, likely_missing
from boss_perf.measure.campaign import Campaign, Room
from boss_perf.measure.visit_order import VisitOutcome
from boss_perf.model.samples import Sample

START_S = 0.3
ITEM_S = 0.03
"""What starting a fork costs, and what a workload of it does beside its batches, until a fork has shown it."""
LEAST_OVERHEAD_S = 0.01
LEAST_ITEM_S = 5.0
LEAST_WANTED_FORKS = 4
"""The fewest forks that the rest of the time should always hold."""


class TimeBudget:
    """`budget_s` seconds on so many cores for a campaign, from now on."""

    def __init__(self, campaign: Campaign, *, budget_s: float, core_count: int) -> None:
        self._campaign = campaign
        self._phase = campaign.passes[0]  # what its costs are kept under
        self._ends_s = time.monotonic() + budget_s
        self._core_count = core_count

    def left_s(self) -> float:
        """What is left of it; below 0 when it is used up."""
        return self._ends_s - time.monotonic()

    def spent_best(self, seen: Mapping[str, Observed]) -> frozenset[str]:
        """On what the rest is spent best: on what is decided soonest, and after all others on what takes long."""
        quick = {name: each for name, each in seen.items() if not self._is_late(each)} or seen
        costs_s = {name: self._cost_s(name, each) for name, each in quick.items()}
        return affordable(costs_s, left_s=self.left_s() * self._core_count)

    def note(self, outcome: VisitOutcome, seen: Mapping[str, Observed]) -> None:
        """Take down what each workload of a visit took, with its part of what the visit took beside, or would take."""
        fixed_s = (outcome.elapsed_s - sum(outcome.spent_s.values())) / max(1, len(outcome.spent_s))
        for workload, spent_s in outcome.spent_s.items():
            seen[workload].spent_s[self._phase] += spent_s + fixed_s
            seen[workload].visits[self._phase] += 1
        for workload, late_s in outcome.late_s.items():
            seen[workload].late_s[self._phase] = late_s

    def item_s(self, batch: Sequence[Observed]) -> float:
        """How long one workload may take of a visit, so that each gets a first look; what takes longer comes last."""
        if len(batch) == 1 or any(map(self._is_late, batch)):
            return math.inf
        return max(LEAST_ITEM_S, self.left_s() * self._core_count / len(batch))

    def room(self, seen: Observed, samples: Sequence[Sample], *, companions: int, is_sure: bool) -> Room:
        """What a further fork of a workload costs, and how long it may look so that the rest holds enough of them."""
        forks = len(samples)
        overhead_s = START_S / companions + ITEM_S
        if forks and (visit_s := seen.visit_s(self._phase)):
            overhead_s = max(LEAST_OVERHEAD_S, visit_s - sum(map(work_s, samples)) / forks)
        wanted_forks = companions * max(LEAST_WANTED_FORKS, USUAL_FORKS - forks)
        most_s = self.left_s() * self._core_count / wanted_forks - overhead_s
        return Room(overhead_s, math.inf if is_sure else most_s)

    def _is_late(self, seen: Observed) -> bool:
        return self._phase in seen.late_s

    def _cost_s(self, workload: str, seen: Observed) -> float:
        """The core seconds that would decide a workload; infinite when that is out of sight."""
        samples = seen.of(*self._campaign.passes)
        missing = likely_missing(len(samples), self._campaign.forks_missing(workload, samples))
        return math.inf if missing is None else missing * seen.visit_s(self._phase)
