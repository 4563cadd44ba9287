"""The record of an examination: what the gate did on this machine, beside others, with its counts."""

import math
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from boss_perf.judge.decision import DecisionRule
from boss_perf.model.gate import GateVerdict
from boss_perf.model.targets import RunPolicy
from boss_perf.selftest.figures import smallest_change
from boss_perf.selftest.rates import CONDITIONS, OtherRun, Trial, live_rate, suite_rate
from boss_perf.selftest.report_tables import (
    DrawnGates,
    count_of,
    decided_table,
    live_table,
    missed_table,
    other_table,
    planted_table,
    resolution_table,
    time_table,
    total,
)
from boss_perf.selftest.suite import MANY_WORK, WORK

MEMORY_BOUND = ("copy",)
DRAWN_GATES = 200
SHORT_S = 30


def render_gate_evidence(
    trials: Sequence[Trial], *, rule: DecisionRule, others: Sequence[OtherRun], machine: str,
    disturbances: Sequence[str], seed: int, pairs: tuple[int, int, int, int] = (0, 0, 0, 0),
    drawn_gates: int = DRAWN_GATES,
) -> tuple[str, bool]:  # fmt: skip
    """The record as Markdown, and whether the gate passed: no live false alarm, every live +10 % found.

    `pairs` are comparisons in one process: equal twins called changed, their count, the same with 5 % more work.
    """
    every, trials = trials, [trial for trial in trials if len(trial.findings) <= len(WORK)]
    works = tuple(trials[0].findings)
    bound = tuple(work for work in works if work not in MEMORY_BOUND)
    memory_bound = tuple(work for work in works if work in MEMORY_BOUND)
    shares = sorted({trial.share for trial in trials})
    drawn = DrawnGates(trials, rule=rule, gates=drawn_gates, seed=seed)
    false_alarms = [suite_rate(every, condition=condition) for condition in CONDITIONS]
    largest = [
        live_rate(trials, share=max(shares), condition=condition, verdict=GateVerdict.SLOWER, works=works)
        for condition in CONDITIONS
    ]
    is_found = max(shares) > 0 and all(each.hits == each.count for each in largest)
    is_passed = is_found and not any(each.hits for each in false_alarms)
    smallest = smallest_change(trials, condition=CONDITIONS[0], works=bound, seconds=SHORT_S, rule=rule)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=False,  # noqa: S701 - Markdown, and no stranger's word in it
        undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    planted = [share for share in shares if share]
    text = environment.get_template("gate_evidence.md.j2").render(
        machine=machine, disturbances=disturbances, seed=seed, pairs=pairs, is_passed=is_passed,
        piece_count=len(WORK), many_count=len(MANY_WORK), time_budget_s=RunPolicy().time_budget_s,
        margin_ratio=rule.margin_ratio, fork_limit=rule.fork_limit, short_s=SHORT_S, drawn_gates=drawn_gates,
        false_alarms=count_of(total(false_alarms)),
        found=f"+{max(shares):.0%} was found in {count_of(total(largest))}" if planted else "nothing was planted yet",
        smallest="unknown" if math.isnan(smallest) else f"{smallest:.1%}",
        decided=decided_table(every),
        live=live_table(trials, shares=shares, groups={"processor": bound, "memory": memory_bound}),
        time=time_table(trials, others, shares=shares),
        resolution=resolution_table(trials),
        planted=planted_table(trials, works=works, shares=planted),
        others=other_table(trials, others, drawn=drawn, shares=shares, bound=bound, memory_bound=memory_bound),
        missed=missed_table(drawn, shares=planted, works=bound),
    )  # fmt: skip
    return text, is_passed
