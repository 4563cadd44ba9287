"""Fork after fork over two trees until every benchmark is decided or the time is used up.

The time goes to what is undecided: a decided benchmark takes no part in further forks, and one that looks slower is
measured again in fresh forks that took no part in finding it.
"""

import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from boss_perf.judge.duels import DuelFinding, DuelRule, Stage, judge_duel
from boss_perf.judge.fork_effort import fork_share
from boss_perf.judge.gate_items import Observed
from boss_perf.measure.duel import Duel, DuelOrder
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.fork_run import Watcher
from boss_perf.measure.passes import Effort
from boss_perf.model.samples import Pass

WANTED_FORKS = 8
PRELOADED = ("pytest", "pytest_benchmark.plugin")
LEAST_SHARE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLimits:
    """How much a gate may do; `memory_forks` 0 leaves memory out.

    Where the budget is too small for the forks that a decision takes, each fork looks less hard.
    """

    forks: int = 30
    memory_forks: int = 2
    budget_s: float = 300.0
    timeout_s: float = 60.0
    effort: Effort = field(default_factory=Effort)


class GateSession:
    """Runs duels over the benchmarks; `rule_of` says how each is decided, `check` looks at what was loaded."""

    def __init__(
        self,
        places: tuple[ArmPlace, ArmPlace],
        benchmarks: Sequence[str],
        *,
        rule_of: Callable[[str], DuelRule],
        limits: GateLimits,
        seed: int,
        watcher: Watcher,
        check: Callable[[dict[str, tuple[dict[str, str], dict[str, str]]]], None],
        preload: tuple[str, ...] = (),
    ) -> None:
        self._places = places
        self._rule_of = rule_of
        self._limits = limits
        self._seed = seed
        self._watcher = watcher
        self._check = check
        self._preload = preload
        self._started_s = time.monotonic()
        self._share = limits.effort.share
        self._cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [None]
        self._findings: dict[str, tuple[int, DuelFinding]] = {}
        self.observed: dict[str, Observed] = {each: Observed() for each in benchmarks}

    def run(self) -> dict[str, Observed]:
        """What was seen of every benchmark."""
        for fork in range(2 * self._limits.forks):
            stages = {each: self.finding(each).stage for each in self._running()}
            open_ones = [each for each, stage in stages.items() if stage is not Stage.DONE]
            if not open_ones or (fork and self._left_s() <= 0):
                break
            began_s = time.monotonic()
            self._run_fork(Pass.PAIRS, fork, open_ones, stages)
            self._fit_effort(time.monotonic() - began_s)
        for fork in range(self._limits.memory_forks):
            self._run_fork(Pass.MEMORY, fork, self._running(), {})
        return self.observed

    def finding(self, benchmark: str) -> DuelFinding:
        """Where a benchmark stands now; judged once per fork, for the answer is asked for many times."""
        timed = self.observed[benchmark].timed
        forks, finding = self._findings.get(benchmark, (-1, None))
        if finding is None or forks != len(timed):
            finding = judge_duel(timed, rule=self._rule_of(benchmark))
            self._findings[benchmark] = len(timed), finding
        return finding

    def _running(self) -> list[str]:
        return [each for each, seen in self.observed.items() if not seen.failures]

    def _fit_effort(self, fork_s: float) -> None:
        """Look less hard when the rest of the budget does not hold the forks that a decision takes."""
        forks_left = max((WANTED_FORKS - self._forks_of_stage(each) for each in self._running()), default=0)
        if forks_left <= 0:
            return
        fitting = self._share * max(0.0, self._left_s()) / max(1e-9, fork_s * forks_left)
        self._share = max(min(LEAST_SHARE, self._limits.effort.share), min(self._share, fitting))

    def _forks_of_stage(self, benchmark: str) -> int:
        stage = self.finding(benchmark).stage
        if stage is Stage.DONE:
            return WANTED_FORKS
        is_confirming = stage is Stage.CONFIRMING
        return sum(1 for each in self.observed[benchmark].timed if each.is_confirmation is is_confirming)

    def _left_s(self) -> float:
        return self._limits.budget_s - (time.monotonic() - self._started_s)

    def _run_fork(self, phase: Pass, fork: int, benchmarks: list[str], stages: dict[str, Stage]) -> None:
        attempt = 0
        while benchmarks:
            title = "memory" if phase is Pass.MEMORY else "time"
            self._watcher.fork_started(title, fork, len(benchmarks), left_s=self._left_s())
            rng = random.Random(f"{self._seed}-{title}-{fork}-{attempt}")
            attempt += 1
            order = DuelOrder(
                places=self._places,
                benchmarks=tuple(benchmarks),
                phase=phase,
                fork=fork,
                core=self._cores[fork % len(self._cores)],
                preload=self._preload,
                is_confirmation=False,
                timeout_s=self._limits.timeout_s,
                effort=replace(self._limits.effort, share=self._share),
                shares={
                    each: fork_share(
                        self.observed[each].timed,
                        stage=stages[each],
                        rule=self._rule_of(each),
                        companions=len(benchmarks),
                    )
                    for each in benchmarks
                    if each in stages
                },
            )
            began_s = time.monotonic()
            outcome = Duel(order, rng=rng, watcher=self._watcher).run()
            self._check(outcome.loaded)
            share_s = (time.monotonic() - began_s) / max(1, len(outcome.finished))
            for benchmark, failures in outcome.failures.items():
                self.observed[benchmark].failures.update(failures)
            for sample in outcome.samples:
                seen = self.observed[sample.workload]
                seen.spent_s += share_s
                is_confirmation = stages.get(sample.workload) is Stage.CONFIRMING
                kept = replace(sample, is_confirmation=is_confirmation)
                (seen.traced if phase is Pass.MEMORY else seen.timed).append(kept)
            benchmarks = [each for each in benchmarks if each not in outcome.finished]
