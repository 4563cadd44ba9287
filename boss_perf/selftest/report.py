"""The record of an examination: what the gate did on this machine, beside others, with its counts."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from itertools import product
from statistics import median

from tabulate import tabulate

from boss_perf.judge.decision import DecisionRule
from boss_perf.model.gate import GateVerdict
from boss_perf.model.targets import RunPolicy
from boss_perf.selftest import rates
from boss_perf.selftest.other_tools import OTHER_TOOLS
from boss_perf.selftest.rates import CONDITIONS, LiveGate, OtherRun, PairedTally, Rate, Resampled
from boss_perf.selftest.suite import MANY_WORK, WORK, render

MEMORY_BOUND = ("copy",)
DRAWN_GATES = 200
SHORT_S = 30

Drawn = Callable[[str, Sequence[str], float], Resampled]
"""How gates ended under a condition, over these pieces of work, with so much planted."""


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
    drawn = gates_drawn(trials, rule=rule, gates=drawn_gates, seed=seed)
    alarm_rates = [rates.suite_rate(every, condition=condition) for condition in CONDITIONS]
    largest = [
        rates.live_rate(trials, share=max(shares), condition=condition, verdict=GateVerdict.SLOWER, works=works)
        for condition in CONDITIONS
    ]
    is_found = max(shares) > 0 and all(each.hits == each.count for each in largest)
    is_passed = is_found and not any(each.hits for each in alarm_rates)
    smallest = rates.smallest_change(trials, condition=CONDITIONS[0], works=bound, seconds=SHORT_S, rule=rule)
    planted = [share for share in shares if share]
    text = render(
        "gate_evidence.md.j2", machine=machine, disturbances=disturbances, seed=seed, pairs=pairs, is_passed=is_passed,
        piece_count=len(WORK), many_count=len(MANY_WORK), time_budget_s=RunPolicy().time_budget_s,
        margin_ratio=rule.margin_ratio, fork_limit=rule.fork_limit, short_s=SHORT_S, drawn_gates=drawn_gates,
        false_alarms=sum(alarm_rates, Rate()), alarms=false_alarms(every),
        found=f"+{max(shares):.0%} was found in {sum(largest, Rate())}" if planted else "nothing was planted yet",
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


def false_alarms(trials: Sequence[LiveGate]) -> list[str]:
    """Each piece of equal work that a live gate called slower, with what it said."""
    return [
        f"{work}, {trial.condition}: {finding.reason}"
        for trial in trials
        for work, finding in trial.findings.items()
        if not trial.share and finding.verdict is GateVerdict.SLOWER
    ]


def gates_drawn(trials: Sequence[LiveGate], *, rule: DecisionRule, gates: int, seed: int) -> Drawn:
    """Gates drawn from the recorded forks of equal trees, each combination drawn once."""

    @cache
    def of_work(condition: str, work: str, share: float) -> Resampled:
        recorded = rates.recorded_log_ratios(trials, condition=condition, work=work)
        return rates.draw_gates(recorded, share=share, rule=rule, gates=gates, seed=seed)

    def ended(condition: str, works: Sequence[str], share: float) -> Resampled:
        drawn = [of_work(condition, work, share) for work in works]
        return Resampled(sum((each.slower for each in drawn), Rate()), sum((each.not_slower for each in drawn), Rate()))

    return ended


def live_table(trials: Sequence[LiveGate], *, shares: Sequence[float], groups: Mapping[str, Sequence[str]]) -> str:
    """How the live gates ended, by planted share, condition and what the work is bound by."""
    verdicts = (GateVerdict.SLOWER, GateVerdict.NOT_SLOWER, GateVerdict.UNDECIDED)
    rows = []
    for share, condition, (group, works) in product(shares, CONDITIONS, groups.items()):
        ended = [
            rates.live_rate(trials, share=share, condition=condition, verdict=each, works=works) for each in verdicts
        ]
        rows += [[_planted(share), condition, group, *map(str, ended)]] if works else []
    return _table(["planted", "condition", "bound by", "called slower", "called not slower", "undecided"], rows)


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
    seen = {(work, share): rates.seen_change(trials, share=share, work=work) for work in works for share in shares}
    rows = [[work, *(_told(seen[work, share], f"{seen[work, share]:+.1%}") for share in shares)] for work in works]
    return _table(["work", *(f"+{share:.0%}" for share in shares)], rows)


def other_table(
    trials: Sequence[LiveGate], others: Sequence[OtherRun], *, drawn: Drawn, shares: Sequence[float],
    bound: Sequence[str], memory_bound: Sequence[str],
) -> str:  # fmt: skip
    """How often each rule calls each share slower."""
    rows = []
    for works, name in ((bound, "boss-perf, drawn"), (memory_bound, "boss-perf, memory-bound work, drawn")):
        rows += [
            _rates(name, condition, [drawn(condition, works, share).slower for share in shares])
            for condition in (CONDITIONS if works else ())
        ]
    for is_mean, condition in product((True, False), CONDITIONS):
        called = [rates.point_rates(others, share=share, condition=condition, is_mean=is_mean) for share in shares]
        rows.append(_rates(f"pytest-benchmark compare-fail={'mean' if is_mean else 'min'}:5%", condition, called))
    for tool, condition in product(OTHER_TOOLS, CONDITIONS):
        asked = partial(rates.process_rates, trials, condition=condition, works=bound, tool=tool)
        rows.append(_rates(tool.name, condition, [asked(share=share) for share in shares]))
    stored = [rates.stored_rates(others, share=share) for share in shares]
    rows.append(_rates("stored baseline, mean > 10 %", "as found → bursts", stored))
    return _table(["rule", "condition", *(f"+{share:.0%}" if share else "equal" for share in shares)], rows)


def missed_table(drawn: Drawn, *, shares: Sequence[float], works: Sequence[str]) -> str:
    """How often a drawn gate lets a planted share through."""
    rows = [
        [condition, *(_percent(drawn(condition, works, share).not_slower) for share in shares)]
        for condition in CONDITIONS
    ]
    return _table(["condition", *(f"+{share:.0%}" for share in shares)], rows)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return tabulate(rows, headings, tablefmt="github", disable_numparse=True)


def _rates(name: str, condition: str, called: Sequence[Rate]) -> list[str]:
    return [name, condition, *map(_percent, called)]


def _told(value: float, text: str) -> str:
    return "not run" if math.isnan(value) else text


def _planted(share: float) -> str:
    return f"+{share:.0%}" if share else "nothing"


def _percent(rate: Rate) -> str:
    return f"{100 * rate.ratio:.1f} (n={rate.count})" if rate.count else "not run"
