"""The comparison of two implementations in one process, examined: equal twins, and twins with a planted share more."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from boss_perf.judge.decision import DecisionRule, Need, decide_time
from boss_perf.measure.bench_run import BenchRequest, run_bench
from boss_perf.measure.campaign import Limits
from boss_perf.measure.core_pool import StartExecutor
from boss_perf.measure.machine.temp_folders import folder_prefix
from boss_perf.measure.visit_order import SessionWatcher
from boss_perf.model.gate import GateVerdict
from boss_perf.model.samples import Pass, Sample
from boss_perf.model.targets import RunPolicy
from boss_perf.model.verdicts import Verdict
from boss_perf.plan import WorkItem
from boss_perf.selftest.suite import WORK, pair_name, write_pairs


class PairedTally(NamedTuple):
    """How many comparisons of equal and of unequal twins were called changed."""

    equal_called: int = 0
    equal_count: int = 0
    more_called: int = 0
    more_count: int = 0


def examine_pairs(
    *, sessions: int, share: float, seed: int, watcher: SessionWatcher, heard: Callable[[PairedTally], None],
    executor: StartExecutor | None = None,
) -> PairedTally:  # fmt: skip
    """So many sessions over all twins, each comparison decided at the default margin as `bench` would."""
    rule = DecisionRule(margin_ratio=RunPolicy().margin_ratio, alpha=0.01, fork_limit=30)
    tally = PairedTally()

    def is_called(samples: Sequence[Sample]) -> bool:
        found = decide_time(samples, rule=rule)
        return found.need is Need.FRESH or found.verdict is GateVerdict.FASTER

    def verdict(_workload: str, samples: Sequence[Sample], _passes: object) -> Verdict:
        return Verdict.UNDECIDED if decide_time(samples, rule=rule).need is Need.MORE else Verdict.MET

    names = {is_equal: [pair_name(work, is_equal=is_equal) for work in WORK] for is_equal in (True, False)}
    every = (*names[True], *names[False])
    with tempfile.TemporaryDirectory(prefix=folder_prefix("proof")) as folder:
        root = write_pairs(Path(folder) / "pairs", share=share)
        for session in range(sessions):
            request = BenchRequest(
                items=[WorkItem(name, (Pass.PAIRS,), ()) for name in every], root=root, seed=seed + session,
                limits=Limits(), judge=verdict, executor=executor,
            )  # fmt: skip
            kept: list[Sample] = []
            if not run_bench(request, watcher=watcher, keep=kept.append):
                raise KeyboardInterrupt
            samples = {name: [each for each in kept if each.workload == name] for name in every}
            tally = PairedTally(
                tally.equal_called + sum(is_called(samples[name]) for name in names[True]),
                tally.equal_count + len(WORK),
                tally.more_called + sum(is_called(samples[name]) for name in names[False]),
                tally.more_count + len(WORK),
            )
            heard(tally)
    return tally
