"""The record of an examination: what the gate did on this machine, beside others, with its counts."""

import math
from collections.abc import Sequence

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
    has_planted = max(shares) > 0
    is_passed = (
        has_planted and not any(each.hits for each in false_alarms) and all(each.hits == each.count for each in largest)
    )
    smallest = smallest_change(trials, condition=CONDITIONS[0], works=bound, seconds=SHORT_S, rule=rule)
    parts = [
        "# What the gate can do on this machine",
        "",
        f"{machine}. When it began: {'; '.join(disturbances)}. Seed {seed}.",
        "",
        f"Suites of {len(WORK)} and of {len(MANY_WORK)} varied pieces of real work, each gate within the policy's time "
        f"budget of {RunPolicy().time_budget_s:.0f} s, margin {rule.margin_ratio:.1%}, at most {rule.fork_limit} forks "
        "a stage. "
        "A slowdown is the same code doing so much more of the same work. Every head has constants that nobody reads, "
        "another number of them each time, for an innocent change moves memory too. *Live* gates were run; *drawn* "
        "gates take their forks at random from the recorded ones over equal trees, moved by exactly the planted share.",
        "",
        f"**{count_of(total(false_alarms))} live gates over equal trees raised a false alarm; "
        + (f"+{max(shares):.0%} was found in {count_of(total(largest))}" if has_planted else "nothing was planted yet")
        + f"; the smallest change this machine can show in "
        f"{SHORT_S} s is {'unknown' if math.isnan(smallest) else f'{smallest:.1%}'}.** "
        + ("The gate passed." if is_passed else "The gate did not pass."),
        "",
        "## Decided in time",
        "",
        *decided_table(every),
        "",
        f"## Live gates over {len(WORK)} pieces",
        "",
        *live_table(trials, shares=shares, groups={"processor": bound, "memory": memory_bound}),
        "",
        *_pairs_lines(pairs),
        "## Time to a verdict",
        "",
        "Seconds per piece of work, start-up included. pytest-benchmark: its default run, of both sides.",
        "",
        *time_table(trials, others, shares=shares),
        "",
        "## Resolution",
        "",
        "What the gate says of itself on equal trees, against the truth, which is no change.",
        "",
        *resolution_table(trials),
        "",
        "## What was planted, as measured",
        "",
        *planted_table(trials, works=works, shares=[share for share in shares if share]),
        "",
        "## The same work under other rules",
        "",
        f"Called slower, in %. Ours: {drawn_gates} gates drawn per piece of work. pytest-benchmark ran as it is, "
        "neighbouring runs compared both ways; pyperf's and asv's rules were applied to recorded processes. Every rule "
        "is shown the same exact shares.",
        "",
        *other_table(trials, others, drawn=drawn, shares=shares, bound=bound, memory_bound=memory_bound),
        "",
        "## Wrongly let through",
        "",
        "Called *not slower* although slower by the share, in % of drawn gates, all work but the memory-bound.",
        "",
        *missed_table(drawn, shares=[share for share in shares if share], works=bound),
        "",
        "Rates of few trials are rough: 0 of n leaves room for 3/n. Another machine gives other figures.",
        "",
    ]
    return "\n".join(parts), is_passed


def _pairs_lines(pairs: tuple[int, int, int, int]) -> list[str]:
    equal, of_equal, more, of_more = pairs
    text = (
        f"Two implementations in one process, as `bench` compares them: {equal} of {of_equal} equal twins were called "
        f"changed at the default margin, {more} of {of_more} with 5 % more work."
    )
    return [text, ""] if of_equal else []
