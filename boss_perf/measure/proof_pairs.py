"""The comparison of two implementations in one process, examined: equal twins, and twins with a planted share more."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from boss_perf.judge.decision import Decision, DecisionRule, Stage, decide_time
from boss_perf.measure.fork_run import Limits, Watcher
from boss_perf.measure.own_folders import folder_prefix
from boss_perf.measure.proof_suite import WORK, pair_name, write_pairs
from boss_perf.measure.session import Session
from boss_perf.model.gate import GateVerdict
from boss_perf.model.samples import Pass, Sample
from boss_perf.plan import WorkItem


@dataclass(frozen=True, slots=True)
class PairedTally:
    """How many comparisons of equal and of unequal twins were called changed."""

    equal_called: int
    equal_count: int
    more_called: int
    more_count: int


def examine_pairs(
    *, sessions: int, share: float, seed: int, watcher: Watcher, heard: Callable[[PairedTally], None]
) -> PairedTally:
    """So many sessions over all twins, each comparison decided at the default margin as `bench` would."""
    rule = DecisionRule(margin_ratio=0.03, alpha=0.01, fork_limit=30)
    tally = PairedTally(0, 0, 0, 0)

    def finding(samples: Sequence[Sample]) -> Decision:
        return decide_time(samples, rule=rule)

    def is_called(samples: Sequence[Sample]) -> bool:
        found = finding(samples)
        return found.stage is Stage.CONFIRMING or found.verdict is GateVerdict.FASTER

    names = {is_equal: [pair_name(work, is_equal=is_equal) for work in WORK] for is_equal in (True, False)}
    with tempfile.TemporaryDirectory(prefix=folder_prefix("proof")) as folder:
        root = write_pairs(Path(folder) / "pairs", share=share)
        for session in range(sessions):
            samples = Session(
                [WorkItem(name, (Pass.PAIRS,), ()) for name in (*names[True], *names[False])],
                root=root,
                seed=seed + session,
                limits=Limits(budget_s=300),
                is_settled=lambda _item, taken: bool(taken) and finding(taken).stage is not Stage.SCREENING,
                keep=lambda _sample: None,
                watcher=watcher,
            ).run()
            tally = PairedTally(
                tally.equal_called + sum(is_called(samples[name]) for name in names[True]),
                tally.equal_count + len(WORK),
                tally.more_called + sum(is_called(samples[name]) for name in names[False]),
                tally.more_count + len(WORK),
            )
            heard(tally)
    return tally
