"""What a session is told to do, a gate's above all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from boss_perf.judge.decision import DecisionRule, Need, decide_time
from boss_perf.judge.fork_effort import fork_share
from boss_perf.judge.memory_decision import decide_memory, memory_rule
from boss_perf.judge.needs import gate_need
from boss_perf.measure.look import Effort
from boss_perf.model.samples import Pass, Sample
from boss_perf.stats.boundaries import FIRST_LOOK


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a session may do; `jobs` is the most visits at once, `timeout_s` the longest silence of a worker.

    `budget_s` is the time for all, but `sure_forks` of a workload are taken whatever they last. Memory and trials take
    so many forks each, none with 0.
    """

    forks: int = 30
    sure_forks: int = 0
    memory_forks: int = 2
    trial_forks: int = 2
    jobs: int = 2
    budget_s: float = 300.0
    timeout_s: float = 60.0
    effort: Effort = field(default_factory=Effort)


@dataclass(frozen=True, slots=True)
class Room:
    """What a fork of a workload costs beside its batches, and what the time left allows for those, in core seconds."""

    overhead_s: float
    most_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One kind of visits: its passes, what a workload needs of them, how hard the next visit looks at it.

    `is_alone`: a neighbour on another core would move the figures. `is_eager`: how many forks it takes is open, so a
    free core always begins a further one; else only what is known to be missing is begun. `is_by_file`: each visit is
    to the workloads of one test file. `is_on_one_host`: the figures of several machines are not one. `forks_missing`
    tells how many more would decide, None when that is out of sight.
    """

    title: str
    passes: tuple[Pass, ...]
    need: Callable[[str, Sequence[Sample]], Need]
    effort: Callable[[str, Sequence[Sample], Room], Effort]
    forks_missing: Callable[[str, Sequence[Sample]], int | None] = lambda _workload, _samples: 0
    least_forks: int = 1
    is_alone: bool = False
    is_eager: bool = False
    is_by_file: bool = False
    is_on_one_host: bool = False


def gate_campaigns(
    rules: Mapping[str, DecisionRule], limits: Limits, *, memory_margin_ratio: float
) -> tuple[Campaign, ...]:
    """Memory first, so that it is inside the budget; then time, until every benchmark is decided."""

    def memory(benchmark: str, traced: Sequence[Sample]) -> Need:
        return decide_memory(traced, rule=memory_rule(rules[benchmark], margin_ratio=memory_margin_ratio)).need

    def time_need(benchmark: str, timed: Sequence[Sample]) -> Need:
        return gate_need(timed, rule=rules[benchmark])

    def effort(benchmark: str, timed: Sequence[Sample], room: Room) -> Effort:
        share = fork_share(timed, rule=rules[benchmark], overhead_s=room.overhead_s, most_s=room.most_s)
        return replace(limits.effort, share=limits.effort.share * share)

    def missing(benchmark: str, timed: Sequence[Sample]) -> int | None:
        return decide_time(timed, rule=rules[benchmark]).forks_missing if timed else FIRST_LOOK

    campaigns = [
        Campaign(
            title="time", passes=(Pass.PAIRS,), need=time_need, effort=effort, forks_missing=missing, is_eager=True
        )
    ]
    if limits.memory_forks:
        traced = Campaign(
            title="memory", passes=(Pass.MEMORY,), need=memory, effort=lambda *_: limits.effort,
            least_forks=limits.memory_forks,
        )  # fmt: skip
        campaigns.insert(0, traced)
    return tuple(campaigns)
