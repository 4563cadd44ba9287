"""The record of an examination: what the gate did on this machine, beside others, with its counts."""

from collections.abc import Sequence

from boss_perf.judge.duels import DuelRule
from boss_perf.judge.examination import (
    Rate,
    RivalRun,
    Trial,
    draw_gates,
    live_rate,
    point_rates,
    process_rates,
    recorded_log_ratios,
    stored_rates,
    suite_rate,
)
from boss_perf.model.gate import GateVerdict
from boss_perf.stats.location import median

MEMORY_BOUND = ("copy",)
CONDITIONS = ("as found", "bursts")
DRAWN_GATES = 200


def render_gate_evidence(
    trials: Sequence[Trial], *, rule: DuelRule, rivals: Sequence[RivalRun], machine: str,
    disturbances: Sequence[str], seed: int, pairs: tuple[int, int, int, int] = (0, 0, 0, 0),
    drawn_gates: int = DRAWN_GATES,
) -> tuple[str, bool]:  # fmt: skip
    """The record as Markdown, and whether the gate passed: no live false alarm, every live +10 % found.

    `pairs` are comparisons in one process: equal twins called changed, their count, the same with 5 % more work.
    """
    works = tuple(trials[0].findings)
    bound = tuple(work for work in works if work not in MEMORY_BOUND)
    memory_bound = tuple(work for work in works if work in MEMORY_BOUND)
    shares = sorted({trial.share for trial in trials})
    false_alarms = [suite_rate(trials, condition=condition) for condition in CONDITIONS]
    largest = [_found(trials, max(shares), condition, works) for condition in CONDITIONS]
    is_passed = not any(each.hits for each in false_alarms) and all(each.hits == each.count for each in largest)
    parts = [
        "# What the gate can do on this machine",
        "",
        f"{machine}. When it began: {'; '.join(disturbances)}. Seed {seed}.",
        "",
        f"Eight pieces of real work, margin {rule.margin_ratio:.0%}, at most {rule.fork_limit} forks a stage. "
        "A slowdown is the same code doing so much more of the same work. *Live* gates were run; *drawn* gates take "
        "their forks at random from the recorded ones over equal trees, moved by exactly the planted share.",
        "",
        f"**{_of(_sum(false_alarms))} live gates over equal trees raised a false alarm; "
        f"+{max(shares):.0%} was found in {_of(_sum(largest))}.** "
        + ("The gate passed." if is_passed else "The gate did not pass."),
        "",
        "## Live gates",
        "",
        "| planted | condition | called slower | called not slower | undecided | median time of a gate |",
        "|---|---|---|---|---|---|",
        *(_live_row(trials, share, condition, works) for share in shares for condition in CONDITIONS),
        "",
        *_pairs_lines(pairs),
        "## The same work under other rules",
        "",
        f"Called slower, in %. Ours: {drawn_gates} gates drawn per piece of work. pytest-benchmark ran as it is, "
        "neighbouring runs compared both ways; pyperf's and asv's rules were applied to recorded processes. Every rule "
        "is shown the same exact shares.",
        "",
        "| rule | condition | " + " | ".join(f"+{share:.0%}" if share else "equal" for share in shares) + " |",
        "|---|---|" + "---|" * len(shares),
        *_rival_rows(trials, rivals, rule=rule, shares=shares, works=bound, drawn_gates=drawn_gates, seed=seed),
    ]
    if memory_bound:
        parts += [
            *(
                _row(
                    "boss-perf, memory-bound work, drawn",
                    condition,
                    [_drawn(trials, condition, memory_bound, share, rule, drawn_gates, seed)[0] for share in shares],
                )
                for condition in CONDITIONS
            )
        ]
    parts += [
        "",
        "## Wrongly let through",
        "",
        "Called *not slower* although slower by the share, in % of drawn gates, all work but the memory-bound.",
        "",
        "| condition | " + " | ".join(f"+{share:.0%}" for share in shares if share) + " |",
        "|---|" + "---|" * (len(shares) - 1),
        *(
            f"| {condition} | "
            + " | ".join(
                _percent(_drawn(trials, condition, bound, share, rule, drawn_gates, seed)[1])
                for share in shares
                if share
            )
            + " |"
            for condition in CONDITIONS
        ),
        "",
        "Rates of few trials are rough: 0 of n leaves room for 3/n. Another machine gives other figures.",
        "",
    ]
    return "\n".join(parts), is_passed


def _pairs_lines(pairs: tuple[int, int, int, int]) -> list[str]:
    if not pairs[1]:
        return []
    text = (
        f"Two implementations in one process, as `bench` compares them: {pairs[0]} of {pairs[1]} equal twins were "
        f"called changed at the default margin, {pairs[2]} of {pairs[3]} with 5 % more work."
    )
    return [text, ""]


def _live_row(trials: Sequence[Trial], share: float, condition: str, works: Sequence[str]) -> str:
    chosen = [trial for trial in trials if trial.share == share and trial.condition == condition]
    cells = [
        _of(live_rate(trials, share=share, condition=condition, verdict=verdict, works=works))
        for verdict in (GateVerdict.SLOWER, GateVerdict.NOT_SLOWER, GateVerdict.UNDECIDED)
    ]
    lasted = f"{median([trial.elapsed_s for trial in chosen]):.0f} s" if chosen else "-"
    return f"| {f'+{share:.0%}' if share else 'nothing'} | {condition} | {' | '.join(cells)} | {lasted} |"


def _rival_rows(
    trials: Sequence[Trial], rivals: Sequence[RivalRun], *, rule: DuelRule, shares: Sequence[float],
    works: Sequence[str], drawn_gates: int, seed: int,
) -> list[str]:  # fmt: skip
    rows = []
    for condition in CONDITIONS:
        drawn = [_drawn(trials, condition, works, share, rule, drawn_gates, seed)[0] for share in shares]
        rows.append(_row("boss-perf, drawn", condition, drawn))
    for name, is_mean in (
        ("pytest-benchmark compare-fail=mean:5%", True),
        ("pytest-benchmark compare-fail=min:5%", False),
    ):
        for condition in CONDITIONS:
            rates = [point_rates(rivals, share=share, condition=condition, is_mean=is_mean) for share in shares]
            rows.append(_row(name, condition, rates))
    for name, is_asv in (("pyperf's t-test, 20 x 3", False), ("asv's rule, factor 1.05", True)):
        for condition in CONDITIONS:
            rates = [
                process_rates(trials, share=share, condition=condition, works=works, is_asv=is_asv) for share in shares
            ]
            rows.append(_row(name, condition, rates))
    rows.append(
        _row("stored baseline, mean > 10 %", "as found → bursts", [stored_rates(rivals, share=s) for s in shares])
    )
    return rows


def _drawn(
    trials: Sequence[Trial], condition: str, works: Sequence[str], share: float, rule: DuelRule, gates: int, seed: int
) -> tuple[Rate, Rate]:
    slower, missed = [], []
    for work in works:
        recorded = recorded_log_ratios(trials, condition=condition, work=work)
        drawn = draw_gates(recorded, share=share, rule=rule, gates=gates, seed=seed)
        slower.append(drawn.slower)
        missed.append(drawn.not_slower)
    return _sum(slower), _sum(missed)


def _found(trials: Sequence[Trial], share: float, condition: str, works: Sequence[str]) -> Rate:
    return live_rate(trials, share=share, condition=condition, verdict=GateVerdict.SLOWER, works=works)


def _sum(rates: Sequence[Rate]) -> Rate:
    return Rate(sum(rate.hits for rate in rates), sum(rate.count for rate in rates))


def _row(name: str, condition: str, rates: Sequence[Rate]) -> str:
    return f"| {name} | {condition} | " + " | ".join(_percent(rate) for rate in rates) + " |"


def _percent(rate: Rate) -> str:
    return f"{100 * rate.ratio:.1f} (n={rate.count})" if rate.count else "not run"


def _of(rate: Rate) -> str:
    return f"{rate.hits} of {rate.count}"
