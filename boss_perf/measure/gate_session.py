"""Fork after fork over two trees until every benchmark is decided or the time is used up.

The time goes to what is undecided: a decided benchmark takes no part in further forks, and one that looks slower is
measured again in fresh forks that took no part in finding it. Forks run side by side, so a fork may end after the
question it was started for: it then confirms where confirming has begun, and is dropped where all is decided.
"""

import math
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from boss_perf.judge.decision import Decision, DecisionRule, Stage, decide_time
from boss_perf.judge.fork_effort import fork_share
from boss_perf.judge.gate_items import Observed
from boss_perf.judge.walks import walks_of
from boss_perf.measure.duel import Duel, DuelOrder, DuelOutcome
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.fork_run import Watcher
from boss_perf.measure.lanes import Lanes, cores_of_lanes
from boss_perf.measure.passes import Effort
from boss_perf.measure.retrial import Retrial
from boss_perf.model.samples import Pass, Sample
from boss_perf.stats.paired import choose_clock, fork_log_ratio

WANTED_FORKS = 8
BENCHMARK_S = 0.3
"""What one benchmark takes of an early fork, roughly; known better once a fork has ended."""
LEAST_SHARE = 0.1
TITLES = {Pass.PAIRS: "time", Pass.MEMORY: "memory"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLimits:
    """How much a gate may do; `memory_forks` 0 leaves memory out, `jobs` is the most forks at once.

    Where the budget is too small for the forks that a decision takes, each fork looks less hard.
    """

    forks: int = 30
    memory_forks: int = 2
    jobs: int = 2
    budget_s: float = 300.0
    timeout_s: float = 60.0
    effort: Effort = field(default_factory=Effort)


class GateSession:
    """Runs duels over the benchmarks; `rule_of` says how each is decided, `check` looks at what was loaded.

    `notes` tells afterwards what a reader of the result should know about how it was measured.
    """

    def __init__(
        self,
        places: tuple[ArmPlace, ArmPlace],
        benchmarks: Sequence[str],
        *,
        rule_of: Callable[[str], DecisionRule],
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
        self._findings: dict[str, tuple[int, Decision]] = {}
        self._in_flight: Counter[str] = Counter()
        self._open: frozenset[str] = frozenset()
        self._retrial = Retrial()
        self.observed: dict[str, Observed] = {each: Observed() for each in benchmarks}
        self._share = limits.effort.share
        self._fit_effort(BENCHMARK_S * len(benchmarks) / limits.jobs)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was unusual about the session as a whole."""
        return self._retrial.notes

    def run(self) -> dict[str, Observed]:
        """What was seen of every benchmark."""
        with Lanes(cores_of_lanes(self._limits.jobs), watcher=self._watcher) as lanes:
            for phase in (Pass.PAIRS, Pass.MEMORY):
                self._run_pass(lanes, phase)
        return self.observed

    def finding(self, benchmark: str) -> Decision:
        """Where a benchmark stands now; judged once per fork, for the answer is asked for many times."""
        timed = self.observed[benchmark].timed
        forks, finding = self._findings.get(benchmark, (-1, None))
        if finding is None or forks != len(timed):
            finding = decide_time(timed, rule=self._rule_of(benchmark))
            if finding.stage is Stage.DONE and (walks := walks_of(timed)):
                finding = decide_time(walks, rule=self._rule_of(benchmark))
            self._findings[benchmark] = len(timed), finding
        return finding

    def _run_pass(self, lanes: Lanes, phase: Pass) -> None:
        fork = 0
        self._open = self._still_open(phase)
        while self._open:
            while benchmarks := self._next_benchmarks(lanes, phase, is_first=fork == 0):
                self._start(lanes, phase, fork, benchmarks)
                fork += 1
            if not lanes.busy_count:
                return
            self._take(lanes.next_outcome(), phase, lane_count=lanes.count)
            self._open = self._still_open(phase)
        lanes.clear()
        self._in_flight.clear()

    def _still_open(self, phase: Pass) -> frozenset[str]:
        running = [each for each, seen in self.observed.items() if not seen.failures]
        if phase is Pass.MEMORY:
            return frozenset(each for each in running if self._traces_missing(each) > 0)
        return frozenset(each for each in running if self.finding(each).stage is not Stage.DONE)

    def _next_benchmarks(self, lanes: Lanes, phase: Pass, *, is_first: bool) -> list[str]:
        """What the next fork should run, in the suite's order; nothing when none should start now."""
        wanted = self._retrial.select(self._open, busy_count=lanes.busy_count, lane_count=lanes.count)
        if phase is Pass.MEMORY:
            wanted = {each for each in wanted if self._traces_missing(each) > self._in_flight[each]}
        elif not is_first and not self._retrial.is_alone and self._left_s() <= 0:
            return []
        return [each for each in self.observed if each in wanted]

    def _traces_missing(self, benchmark: str) -> int:
        return self._limits.memory_forks - len(self.observed[benchmark].traced)

    def _start(self, lanes: Lanes, phase: Pass, fork: int, benchmarks: list[str]) -> None:
        title = TITLES[phase]
        self._watcher.fork_started(title, fork, len(benchmarks), left_s=self._left_s())
        self._in_flight.update(benchmarks)
        timed = benchmarks if phase is Pass.PAIRS else []
        shares = {each: self._share_of(each, companions=len(timed)) for each in timed}

        def make(*, core: int | None, watcher: Watcher) -> Duel:
            order = DuelOrder(
                places=self._places,
                benchmarks=tuple(benchmarks),
                phase=phase,
                fork=fork,
                core=core,
                preload=self._preload,
                timeout_s=self._limits.timeout_s,
                effort=replace(self._limits.effort, share=self._share),
                shares=shares,
                is_wanted=lambda benchmark: benchmark in self._open,
            )
            return Duel(order, rng=random.Random(f"{self._seed}-{title}-{fork}"), watcher=watcher)

        lanes.start(make)

    def _share_of(self, benchmark: str, *, companions: int) -> float:
        return fork_share(
            self.observed[benchmark].timed,
            stage=self.finding(benchmark).stage,
            rule=self._rule_of(benchmark),
            companions=companions,
        )

    def _take(self, outcome: DuelOutcome, phase: Pass, *, lane_count: int) -> None:
        """Keep what a fork showed, each sample for the question that is open when it arrives."""
        self._in_flight.subtract(outcome.benchmarks)
        self._check(outcome.loaded)
        for benchmark, failures in self._retrial.proven(outcome, lane_count=lane_count).items():
            self.observed[benchmark].failures.update(failures)
        share_s = outcome.elapsed_s / max(1, len(outcome.finished)) / lane_count
        for sample in outcome.samples:
            seen = self.observed[sample.workload]
            seen.spent_s += share_s
            if phase is Pass.MEMORY:
                seen.traced.append(sample)
            elif sample.workload in self._open and _is_usable(sample):
                is_confirmation = self.finding(sample.workload).stage is Stage.CONFIRMING
                seen.timed.append(replace(sample, is_confirmation=is_confirmation))
        if phase is Pass.PAIRS:
            self._fit_effort(outcome.elapsed_s / lane_count)

    def _fit_effort(self, fork_s: float) -> None:
        """Look less hard when the rest of the budget does not hold the forks that a decision takes."""
        running = [each for each, seen in self.observed.items() if not seen.failures]
        forks_left = max((WANTED_FORKS - self._forks_of_stage(each) for each in running), default=0)
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


def _is_usable(sample: Sample) -> bool:
    """False when a clock stood still for a batch: such a fork says nothing, and another one takes its place."""
    return math.isfinite(fork_log_ratio(sample, clock=choose_clock([sample])))
