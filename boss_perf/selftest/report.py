"""The record of an examination: what the gate did on this machine, beside others, with its counts."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from statistics import median

from tabulate import tabulate

from boss_perf.judge.decision import DecisionRule, Position
from boss_perf.model.gate import GateVerdict
from boss_perf.model.targets import RunPolicy
from boss_perf.selftest import rates
from boss_perf.selftest.other_tools import OTHER_TOOLS
from boss_perf.selftest.rates import CONDITIONS, LiveGate, OtherRun, PairedTally, Rate
from boss_perf.selftest.suite import MANY_WORK, WORK, render

MEMORY_BOUND = ("copy",)
DRAWN_GATES = 200
SHORT_S = 30

Drawn = Mapping[tuple[str, str, float], Counter[Position]]
"""How drawn gates ended, by piece of work, condition and planted share."""


def render_gate_evidence(
    trials: Sequence[LiveGate], *, rule: DecisionRule, others: Sequence[OtherRun], machine: str,
    disturbances: Sequence[str], seed: int, pairs: PairedTally,
    drawn_gates: int = DRAWN_GATES,
) -> tuple[str, bool]:  # fmt: skip
    """The record as Markdown, and whether the gate passed: no live false alarm, every live +10 % found.

    `pairs` are comparisons in one process.
    """
    every, trials = trials, [trial for trial in trials if len(trial.findings) <= len(WORK)]
    works = tuple(trials[0].findings)
    bound = tuple(work for work in works if work not in MEMORY_BOUND)
    memory_bound = tuple(work for work in works if work in MEMORY_BOUND)
    shares = sorted({trial.share for trial in trials})
    drawn = {
        (work, condition, share): rates.draw_gates(
            rates.recorded_log_ratios(trials, condition=condition, work=work),
            share=share, rule=rule, gates=drawn_gates, seed=seed,
        )
        for work, condition, share in product(works, CONDITIONS, shares)
    }  # fmt: skip
    alarms = rates.suite_rate(every)
    found = rates.found_rate(trials, share=max(shares))
    is_passed = max(shares) > 0 and found.hits == found.count and not alarms.hits
    smallest = rates.smallest_change(trials, condition=CONDITIONS[0], works=bound, seconds=SHORT_S, rule=rule)
    planted = [share for share in shares if share]
    text = render(
        "gate_evidence.md.j2", machine=machine, disturbances=disturbances, seed=seed, pairs=pairs, is_passed=is_passed,
        piece_count=len(WORK), many_count=len(MANY_WORK), time_budget_s=RunPolicy().time_budget_s,
        margin_ratio=rule.margin_ratio, fork_limit=rule.fork_limit, short_s=SHORT_S, drawn_gates=drawn_gates,
        false_alarms=alarms, alarms=false_alarms(every),
        found=f"+{max(shares):.0%} was found in {found}" if planted else "nothing was planted yet",
        smallest="unknown" if math.isnan(smallest) else f"{smallest:.1%}",
        decided=decided_table(every),
        time=time_table(trials, others, shares=shares),
        resolution=resolution_table(trials),
        planted=planted_table(trials, works=works, shares=planted),
        others=other_table(trials, others, drawn=drawn, shares=shares, bound=bound, memory_bound=memory_bound),
        missed=missed_table(drawn, shares=planted, works=bound),
    )  # fmt: skip
    return text, is_passed


def false_alarms(trials: Sequence[LiveGate]) -> list[str]:
    """Each piece of equal work that a live gate called slower, with what it said."""
    return [
        f"{work}, {trial.condition}: {finding.reason}"
        for trial in trials
        for work, finding in trial.findings.items()
        if not trial.share and finding.verdict is GateVerdict.SLOWER
    ]


def decided_table(trials: Sequence[LiveGate]) -> str:
    """How many benchmarks of each suite were decided within the policy's time budget."""
    rows = []
    kinds = dict.fromkeys((len(trial.findings), trial.share, trial.condition) for trial in trials)
    for size, share, condition in sorted(kinds):
        alike = [t for t in trials if (len(t.findings), t.share, t.condition) == (size, share, condition)]
        found = Counter(finding.verdict for trial in alike for finding in trial.findings.values())
        decided = Rate(found.total() - found[GateVerdict.UNDECIDED], found.total())
        counts = [str(decided), str(found[GateVerdict.SLOWER]), str(found[GateVerdict.FASTER])]
        elapsed = f"{median([trial.elapsed_s for trial in alike]):.0f}"
        rows.append([str(size), _planted(share), condition, str(len(alike)), *counts, elapsed])
    return _table(["suite of", "planted", "condition", "gates", "decided", "slower", "faster", "s a gate"], rows)


def time_table(trials: Sequence[LiveGate], others: Sequence[OtherRun], *, shares: Sequence[float]) -> str:
    """Seconds to a verdict, beside pytest-benchmark's default run of both sides."""
    rows = []
    for condition in CONDITIONS:
        theirs = rates.other_seconds(others, condition=condition)
        ours = [rates.seconds_per_verdict(trials, share=share, condition=condition) for share in shares]
        cells = [
            _told(each, f"{each:.1f}" if math.isnan(theirs) else f"{each:.1f} ({each / theirs:.1f} x)") for each in ours
        ]
        rows.append([condition, _told(theirs, f"{theirs:.1f}"), *cells])
    return _table(["condition", "pytest-benchmark", *map(_planted, shares)], rows)


def resolution_table(trials: Sequence[LiveGate]) -> str:
    """What the gate says it resolves, how far off it was, and how often its interval held the truth."""
    rows = []
    for condition in CONDITIONS:
        found = rates.resolution(trials, condition=condition)
        said, error = _told(found.said, f"{found.said:.1%}"), _told(found.error, f"{found.error:.1%}")
        rows.append([condition, said, error, str(found.held)])
    headings = ["condition", "said, median half width", "true error, median", "intervals that held the truth"]
    return _table(headings, rows)


def planted_table(trials: Sequence[LiveGate], *, works: Sequence[str], shares: Sequence[float]) -> str:
    """The change seen over all forks, by piece of work: whether a planted share is what it claims to be."""
    rows = []
    for work in works:
        seen = [rates.seen_change(trials, share=share, work=work) for share in shares]
        rows.append([work, *(_told(each, f"{each:+.1%}") for each in seen)])
    return _table(["work", *(f"+{share:.0%}" for share in shares)], rows)


def other_table(
    trials: Sequence[LiveGate], others: Sequence[OtherRun], *, drawn: Drawn, shares: Sequence[float],
    bound: Sequence[str], memory_bound: Sequence[str],
) -> str:  # fmt: skip
    """How often each rule calls each share slower."""
    rows = []
    for works, name in ((bound, "boss-perf, drawn"), (memory_bound, "boss-perf, memory-bound work, drawn")):
        for condition in CONDITIONS if works else ():
            called = [_drawn_rate(drawn, Position.ABOVE, works, condition, share) for share in shares]
            rows.append([name, condition, *map(_percent, called)])
    for is_mean, condition in product((True, False), CONDITIONS):
        called = [rates.point_rates(others, share=share, condition=condition, is_mean=is_mean) for share in shares]
        name = f"pytest-benchmark compare-fail={'mean' if is_mean else 'min'}:5%"
        rows.append([name, condition, *map(_percent, called)])
    for tool, condition in product(OTHER_TOOLS, CONDITIONS):
        called = [
            rates.process_rates(trials, share=share, condition=condition, works=bound, tool=tool) for share in shares
        ]
        rows.append([tool.name, condition, *map(_percent, called)])
    called = [rates.stored_rates(others, share=share) for share in shares]
    rows.append(["stored baseline, mean > 10 %", "as found → bursts", *map(_percent, called)])
    return _table(["rule", "condition", *(f"+{share:.0%}" if share else "equal" for share in shares)], rows)


def missed_table(drawn: Drawn, *, shares: Sequence[float], works: Sequence[str]) -> str:
    """How often a drawn gate lets a planted share through."""
    rows = []
    for condition in CONDITIONS:
        missed = [_drawn_rate(drawn, Position.BELOW, works, condition, share) for share in shares]
        rows.append([condition, *map(_percent, missed)])
    return _table(["condition", *(f"+{share:.0%}" for share in shares)], rows)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return tabulate(rows, headings, tablefmt="github", disable_numparse=True)


def _drawn_rate(drawn: Drawn, position: Position, works: Sequence[str], condition: str, share: float) -> Rate:
    ended = [drawn[work, condition, share] for work in works]
    return Rate(sum(each[position] for each in ended), sum(each.total() for each in ended))


def _told(value: float, text: str) -> str:
    return "not run" if math.isnan(value) else text


def _planted(share: float) -> str:
    return f"+{share:.0%}" if share else "nothing"


def _percent(rate: Rate) -> str:
    return f"{100 * rate.hits / rate.count:.1f} (n={rate.count})" if rate.count else "not run"
