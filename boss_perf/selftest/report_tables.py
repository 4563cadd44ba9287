"""The tables in the record of an examination."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from statistics import median

from tabulate import tabulate

from boss_perf.judge.decision import DecisionRule
from boss_perf.model.gate import GateVerdict
from boss_perf.selftest.figures import other_seconds, resolution, seconds_per_verdict, seen_change
from boss_perf.selftest.other_tools import OTHER_TOOLS
from boss_perf.selftest.rates import (
    CONDITIONS,
    OtherRun,
    Rate,
    Resampled,
    Trial,
    draw_gates,
    live_rate,
    point_rates,
    process_rates,
    recorded_log_ratios,
    stored_rates,
)


class DrawnGates:
    """Gates drawn from the recorded forks of equal trees, each combination drawn once."""

    def __init__(self, trials: Sequence[Trial], *, rule: DecisionRule, gates: int, seed: int) -> None:
        self._trials = trials
        self._rule = rule
        self._gates = gates
        self._seed = seed
        self._known: dict[tuple[str, str, float], Resampled] = {}

    def ended(self, condition: str, works: Sequence[str], share: float) -> Resampled:
        """How the gates over these pieces of work ended, with so much planted."""
        drawn = [self._of_work(condition, work, share) for work in works]
        return Resampled(total([each.slower for each in drawn]), total([each.not_slower for each in drawn]))

    def _of_work(self, condition: str, work: str, share: float) -> Resampled:
        key = condition, work, share
        if key not in self._known:
            recorded = recorded_log_ratios(self._trials, condition=condition, work=work)
            self._known[key] = draw_gates(recorded, share=share, rule=self._rule, gates=self._gates, seed=self._seed)
        return self._known[key]


def live_table(trials: Sequence[Trial], *, shares: Sequence[float], groups: Mapping[str, Sequence[str]]) -> list[str]:
    """How the live gates ended, by planted share, condition and what the work is bound by."""
    verdicts = (GateVerdict.SLOWER, GateVerdict.NOT_SLOWER, GateVerdict.UNDECIDED)
    rows = []
    for share, condition, (group, works) in product(shares, CONDITIONS, groups.items()):
        rates = [live_rate(trials, share=share, condition=condition, verdict=each, works=works) for each in verdicts]
        rows += [[_planted(share), condition, group, *map(count_of, rates)]] if works else []
    return _table(["planted", "condition", "bound by", "called slower", "called not slower", "undecided"], rows)


def decided_table(trials: Sequence[Trial]) -> list[str]:
    """How many benchmarks of each suite were decided within the policy's time budget."""
    rows = []
    kinds = dict.fromkeys((len(trial.findings), trial.share, trial.condition) for trial in trials)
    for size, share, condition in sorted(kinds):
        alike = [t for t in trials if (len(t.findings), t.share, t.condition) == (size, share, condition)]
        found = Counter(finding.verdict for trial in alike for finding in trial.findings.values())
        decided = Rate(found.total() - found[GateVerdict.UNDECIDED], found.total())
        counts = [count_of(decided), str(found[GateVerdict.SLOWER]), str(found[GateVerdict.FASTER])]
        elapsed = f"{median([trial.elapsed_s for trial in alike]):.0f}"
        rows.append([str(size), _planted(share), condition, str(len(alike)), *counts, elapsed])
    return _table(["suite of", "planted", "condition", "gates", "decided", "slower", "faster", "s a gate"], rows)


def time_table(trials: Sequence[Trial], others: Sequence[OtherRun], *, shares: Sequence[float]) -> list[str]:
    """Seconds to a verdict, beside pytest-benchmark's default run of both sides."""
    rows = []
    for condition in CONDITIONS:
        theirs = other_seconds(others, condition=condition)
        ours = [seconds_per_verdict(trials, share=share, condition=condition) for share in shares]
        cells = [
            _told(each, f"{each:.1f}" if math.isnan(theirs) else f"{each:.1f} ({each / theirs:.1f} x)") for each in ours
        ]
        rows.append([condition, _told(theirs, f"{theirs:.1f}"), *cells])
    return _table(["condition", "pytest-benchmark", *map(_planted, shares)], rows)


def resolution_table(trials: Sequence[Trial]) -> list[str]:
    """What the gate says it resolves, how far off it was, and how often its interval held the truth."""
    rows = []
    for condition in CONDITIONS:
        found = resolution(trials, condition=condition)
        said, error = _told(found.said, f"{found.said:.1%}"), _told(found.error, f"{found.error:.1%}")
        rows.append([condition, said, error, count_of(found.held)])
    headings = ["condition", "said, median half width", "true error, median", "intervals that held the truth"]
    return _table(headings, rows)


def planted_table(trials: Sequence[Trial], *, works: Sequence[str], shares: Sequence[float]) -> list[str]:
    """The change seen over all forks, by piece of work: whether a planted share is what it claims to be."""
    seen = {(work, share): seen_change(trials, share=share, work=work) for work in works for share in shares}
    rows = [[work, *(_told(seen[work, share], f"{seen[work, share]:+.1%}") for share in shares)] for work in works]
    return _table(["work", *(f"+{share:.0%}" for share in shares)], rows)


def other_table(
    trials: Sequence[Trial], others: Sequence[OtherRun], *, drawn: DrawnGates, shares: Sequence[float],
    bound: Sequence[str], memory_bound: Sequence[str],
) -> list[str]:  # fmt: skip
    """How often each rule calls each share slower."""
    rows = []
    for works, name in ((bound, "boss-perf, drawn"), (memory_bound, "boss-perf, memory-bound work, drawn")):
        rows += [
            _rates(name, condition, [drawn.ended(condition, works, share).slower for share in shares])
            for condition in (CONDITIONS if works else ())
        ]
    for is_mean, condition in product((True, False), CONDITIONS):
        rates = [point_rates(others, share=share, condition=condition, is_mean=is_mean) for share in shares]
        rows.append(_rates(f"pytest-benchmark compare-fail={'mean' if is_mean else 'min'}:5%", condition, rates))
    for tool, condition in product(OTHER_TOOLS, CONDITIONS):
        rates = [process_rates(trials, share=each, condition=condition, works=bound, tool=tool) for each in shares]
        rows.append(_rates(tool.name, condition, rates))
    stored = [stored_rates(others, share=share) for share in shares]
    rows.append(_rates("stored baseline, mean > 10 %", "as found → bursts", stored))
    return _table(["rule", "condition", *(f"+{share:.0%}" if share else "equal" for share in shares)], rows)


def missed_table(drawn: DrawnGates, *, shares: Sequence[float], works: Sequence[str]) -> list[str]:
    """How often a drawn gate lets a planted share through."""
    rows = [
        [condition, *(_percent(drawn.ended(condition, works, share).not_slower) for share in shares)]
        for condition in CONDITIONS
    ]
    return _table(["condition", *(f"+{share:.0%}" for share in shares)], rows)


def total(rates: Iterable[Rate]) -> Rate:
    """All counts together."""
    kept = list(rates)
    return Rate(sum(rate.hits for rate in kept), sum(rate.count for rate in kept))


def count_of(rate: Rate) -> str:
    """So many of so many, in words."""
    return f"{rate.hits} of {rate.count}"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return tabulate(rows, headings, tablefmt="github", disable_numparse=True).splitlines()


def _rates(name: str, condition: str, rates: Sequence[Rate]) -> list[str]:
    return [name, condition, *map(_percent, rates)]


def _told(value: float, text: str) -> str:
    return "not run" if math.isnan(value) else text


def _planted(share: float) -> str:
    return f"+{share:.0%}" if share else "nothing"


def _percent(rate: Rate) -> str:
    return f"{100 * rate.ratio:.1f} (n={rate.count})" if rate.count else "not run"
