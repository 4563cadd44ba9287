"""A whole bench: every planned workload, visited until its promises are decided."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from boss_perf.judge.context import FEWEST_FORKS
from boss_perf.judge.decision import Need
from boss_perf.judge.fork_effort import WHOLE_FORK_S, turning_s
from boss_perf.judge.memory_decision import MEMORY_FORK_LIMIT
from boss_perf.judge.needs import counted_need, promise_need
from boss_perf.measure.campaign import Campaign, Limits, Question, Room, asked_once
from boss_perf.measure.core_pool import StartExecutor
from boss_perf.measure.dependencies import files_digest
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.look import Effort
from boss_perf.measure.session import Session
from boss_perf.measure.tree import import_path
from boss_perf.measure.visit_order import SessionWatcher
from boss_perf.model.samples import Pass, Sample
from boss_perf.model.verdicts import Verdict
from boss_perf.plan import WorkItem
from boss_perf.stats.boundaries import FIRST_LOOK
from boss_perf.stats.paired import choose_clock

FAR_SHARE = 0.1
FAR_EFFORT = 0.1
NEAR_SHARE = 1 / 3
"""Of a limit; what uses less may have a neighbour, who slowed others down by up to 1.4 here, and never does by 3."""
JUDGED = frozenset({Pass.MEMORY, Pass.PAIRS, Pass.BATCHES, Pass.CALLS})
"""Passes of which further forks can decide what is open; of the others, a fixed number is taken."""
BUDGETS = (Pass.BATCHES, Pass.CALLS)
ABSOLUTE = frozenset({Pass.MEMORY, *BUDGETS})

Said = TypeVar("Said")
JudgeOf = Callable[[str, Sequence[Sample], Sequence[Pass]], Said]
"""What is said so far of what a workload's samples of these passes are to prove."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchRequest:
    """What a bench is asked; `earlier` are the samples of a run that it goes on with. A quick one decides nothing.

    `judge` says UNDECIDED, else MISSED, else MET. `used_share` is the most that samples of these passes use of what a
    promise allows them, 1 being the limit.
    """

    items: Sequence[WorkItem]
    root: Path
    limits: Limits
    seed: int
    judge: JudgeOf[Verdict]
    used_share: JudgeOf[float] = lambda *_: 1.0
    is_quick: bool = False
    earlier: Iterable[Sample] = ()
    executor: StartExecutor | None = None


def run_bench(request: BenchRequest, *, watcher: SessionWatcher, keep: Callable[[Sample], object]) -> bool:
    """Measure, keeping every sample as it arrives; False when it was interrupted, ExecutorLost when nobody measures."""

    def keep_resting(sample: Sample, earlier: Sequence[Sample]) -> Sample:
        """With the digest of what its workload rests on, as it is now."""
        rests_on = next((each.dependencies for each in earlier if each.dependencies), ())
        sample = replace(sample, dependencies_digest=files_digest(rests_on, root=request.root))
        keep(sample)
        return sample

    session = Session(
        request.items,
        places=(ArmPlace(root=request.root, path=import_path(request.root)),),
        campaigns=bench_campaigns(request),
        limits=request.limits,
        seed=request.seed,
        watcher=watcher,
        keep=keep_resting,
        earlier=request.earlier,
        executor=request.executor,
    )
    session.run()
    if session.lost is not None:
        raise session.lost
    return not session.is_interrupted


def bench_campaigns(request: BenchRequest) -> tuple[Campaign, ...]:
    """What they rest on, policies, memory, ratios, budgets; each workload takes part in those that it needs."""
    limits = request.limits
    least_calls = {item.workload: item.least_calls for item in request.items}

    @asked_once
    def used_share(workload: str, samples: Sequence[Sample]) -> float:
        return request.used_share(workload, samples, [each.phase for each in samples]) if samples else 0.0

    def is_near(workload: str, samples: Sequence[Sample]) -> bool:
        """Whether a neighbour could decide about its budgets; the first look, beside others, shows where they lie."""
        return used_share(workload, [each for each in samples if each.phase in BUDGETS]) > NEAR_SHARE

    def effort(workload: str, samples: Sequence[Sample], room: Room) -> Effort:
        """No harder than makes a fork tell most per second, and hardly at all where the bound is ten times away."""
        share = limits.effort.share
        if samples and samples[0].phase is Pass.PAIRS:
            looked_s = math.sqrt(room.overhead_s * turning_s(samples, clock=choose_clock(samples)))
            share = min(share, looked_s / WHOLE_FORK_S)
        elif samples and used_share(workload, samples) < FAR_SHARE:
            share = min(share, FAR_EFFORT)
        return Effort(share=share, least_calls=least_calls[workload])

    def campaign(
        title: str, *passes: Pass, least_forks: int, fork_limit: int, is_alone: Question[bool] = lambda *_: False,
        budget_share: float = 1.0,
    ) -> Campaign:  # fmt: skip
        @asked_once
        def missing(workload: str, samples: Sequence[Sample]) -> int:
            return 0 if request.judge(workload, samples, passes) is Verdict.MET else 1

        @asked_once
        def need(workload: str, samples: Sequence[Sample]) -> Need:
            if request.is_quick or not set(passes) & JUDGED:
                return counted_need(samples, forks=min(least_forks, fork_limit))
            return promise_need(
                samples, judge=lambda some: request.judge(workload, some, passes),
                least_forks=min(least_forks, fork_limit), fork_limit=fork_limit,
            )  # fmt: skip

        return Campaign(
            title=title, passes=passes, need=need, effort=effort, forks_missing=missing,
            least_forks=min(least_forks, fork_limit), is_alone=is_alone, is_eager=fork_limit > MEMORY_FORK_LIMIT,
            is_by_file=Pass.DEPENDENCIES in passes, is_on_one_host=bool(ABSOLUTE & set(passes)),
            budget_share=budget_share,
        )  # fmt: skip

    paired_count, budget_count = (
        sum(not passes.isdisjoint(item.passes) for item in request.items) for passes in ({Pass.PAIRS}, set(BUDGETS))
    )
    memory_limit = max(limits.memory_forks, min(MEMORY_FORK_LIMIT, limits.forks))
    return (
        campaign("dependencies", Pass.DEPENDENCIES, least_forks=1, fork_limit=1),
        campaign(
            "policies", Pass.TRIAL, least_forks=limits.trial_forks, fork_limit=limits.trial_forks,
            is_alone=lambda *_: True,
        ),
        campaign("memory", Pass.MEMORY, least_forks=limits.memory_forks, fork_limit=memory_limit),
        campaign(
            "time", Pass.PAIRS, least_forks=FIRST_LOOK, fork_limit=limits.forks,
            budget_share=paired_count / max(1, paired_count + budget_count),
        ),
        campaign(
            "budgets", *BUDGETS, least_forks=FEWEST_FORKS, fork_limit=limits.forks,
            is_alone=is_near,
        ),
    )  # fmt: skip
