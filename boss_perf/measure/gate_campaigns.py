"""What a gate observes of two trees, how hard, and for how long."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from boss_perf.judge.decision import DecisionRule, Need, decide_time
from boss_perf.judge.fork_effort import fork_share
from boss_perf.judge.memory_decision import memory_rule
from boss_perf.judge.needs import gate_need, memory_need
from boss_perf.measure.campaign import Campaign, Limits, Room
from boss_perf.measure.look import Effort
from boss_perf.model.samples import Pass, Sample
from boss_perf.stats.boundaries import FIRST_LOOK


def gate_campaigns(
    rules: Mapping[str, DecisionRule], limits: Limits, *, memory_margin_ratio: float
) -> tuple[Campaign, ...]:
    """Memory first, so that it is inside the budget; then time, until every benchmark is decided."""

    def memory(benchmark: str, traced: Sequence[Sample]) -> Need:
        return memory_need(traced, rule=memory_rule(rules[benchmark], margin_ratio=memory_margin_ratio))

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
