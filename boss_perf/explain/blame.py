"""Splits the difference between two call graphs over functions, so that the parts add up to the whole.

The time below a function is T(f) = s(f) + Σ r(f, g) T(g): its own, and for each call it makes what is below that one.
So head minus base is a sum over functions of n(f) · [Δs(f) + Σ Δr(f, g) T(g)], n the calls of f in head: a function
answers for its own time per call and for the calls it makes more often, not for being called more often.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set

from boss_perf.explain.call_graph import ABOVE, CallGraph, Key
from boss_perf.measure.profile_pass import LEAST_ROUNDS
from boss_perf.stats.location import hodges_lehmann, median
from boss_perf.stats.sequential import Interval

Z = 2.5758
"""The normal quantile at 99 %, two-sided."""
LEAST_SHARE_RATIO = 0.003
"""Less than this part of the time is no answer to the question why."""
LEAST_SILENT_RATIO = 0.03
"""What a function must add whose code and calls are the same in both arms, where nothing proved a difference."""
EDITED_WEIGHT = 5.0
"""How much more an edited function is believed than one that is the same in both trees."""


def over_rounds(values: Sequence[float]) -> Interval:
    """The Hodges-Lehmann centre of the rounds between order statistics of their pairwise means, at 99 %.

    The interval inverts Wilcoxon's signed-rank test (Hollander and Wolfe, 3.3); it is infinite below `LEAST_ROUNDS`.
    """
    count = len(values)
    if count < LEAST_ROUNDS:
        return Interval(hodges_lehmann(values), -math.inf, math.inf)
    means = sorted((left + right) / 2 for at, left in enumerate(values) for right in values[at:])
    deviation = math.sqrt(count * (count + 1) * (2 * count + 1) / 24)
    cut = max(0, math.floor(count * (count + 1) / 4 - Z * deviation))
    return Interval(median(means), means[cut], means[-1 - cut])


def contributions(base: CallGraph, head: CallGraph, *, edited: Set[Key]) -> dict[Key, float]:
    """Nanoseconds per call of the benchmark that each function adds; below 0 it saves.

    Calls that an unedited function makes more often of an edited one are that one's doing: it may have lost a cache.
    """
    calls_base, calls_head = base.calls(), head.calls()
    added = {ABOVE: head.self_ns.get(ABOVE, 0.0) - base.self_ns.get(ABOVE, 0.0)}
    seen_in_both = (base.self_ns.keys() | calls_base.keys()) & (head.self_ns.keys() | calls_head.keys()) - {ABOVE}
    growth = {
        key: calls_head[key] / calls_base[key] if calls_base.get(key) and calls_head.get(key) else 1.0
        for key in seen_in_both
    }
    for key in seen_in_both:
        added[key] = head.self_ns.get(key, 0.0) - growth[key] * base.self_ns.get(key, 0.0)
    for caller, callee in base.edges.keys() | head.edges.keys():
        if caller not in growth and caller != ABOVE:
            continue  # new or gone itself: who calls it answers for all below
        count_base, below_base = base.edges.get((caller, callee), (0.0, 0.0))
        count_head, below_head = head.edges.get((caller, callee), (0.0, 0.0))
        count, below_ns = (count_base, below_base) if count_base else (count_head, below_head)
        more = count_head - growth.get(caller, 1.0) * count_base
        if not count or not more:
            continue
        is_callee_edited = callee in edited and caller not in edited and callee in growth
        answerable = callee if is_callee_edited else caller
        added[answerable] = added.get(answerable, 0.0) + more * below_ns / count
    return added


def credit_loop(parts: dict[Key, list[float]], *, head: CallGraph, moved: Set[Key]) -> None:
    """Add what an event loop takes more, in every round, to the edited functions that call something else.

    Who awaits more has the loop do more. The nearest ones answer; where none calls anything else it stays as it is.
    """
    _hand_over(parts, ABOVE, _heirs(ABOVE, moved, head))


def credit_decorated(parts: dict[Key, list[float]], *, head: CallGraph, edited: Set[Key], wrapping: Set[Key]) -> None:
    """Let the edited functions that unedited ones call by way of more library code answer for what those add.

    Such a function was decorated, or is handed to something else. `wrapping` are those that call a library more often.
    """
    for key in wrapping - edited:
        wrapped = [callee for (caller, callee), (calls, _) in head.edges.items() if caller == key and calls]
        _hand_over(parts, key, [each for each in dict.fromkeys(wrapped) if each in edited and each in parts])


def _hand_over(parts: dict[Key, list[float]], key: Key, heirs: Sequence[Key]) -> None:
    for heir in heirs:
        parts[heir] = [own + more / len(heirs) for own, more in zip(parts[heir], parts[key], strict=True)]
    if heirs:
        del parts[key]


def own_differences(base: CallGraph, head: CallGraph) -> dict[Key, float]:
    """What each function takes itself in head and not in base: for two implementations that share no code."""
    keys = base.self_ns.keys() | head.self_ns.keys()
    return {key: head.self_ns.get(key, 0.0) - base.self_ns.get(key, 0.0) for key in keys}


def ranked(
    added: Mapping[Key, Interval],
    *,
    head: CallGraph,
    edited: Set[Key],
    moved: Set[Key],
    base_ns: float,
    sign: int,
    is_proven: bool,
    is_apart: bool = False,
) -> tuple[Key, ...]:
    """The functions that the difference comes from, the most responsible first; `sign` is 1 where head is slower,
    `moved` are edited functions that call anything more or less often.

    What unedited functions add counts for the nearest edited one that calls them, else that they call: arguments or
    answers changed. Nothing is named for a difference that chance explains, unless `is_proven` says there is one.
    `is_apart`: plain batches differ clearly, so that an edited function need not do so by itself.
    """
    blamed = {key: sign * each.value for key, each in added.items()}
    executed_edits = edited & added.keys()
    heirs: set[Key] = set()
    for key, each in added.items():
        is_seen = each.is_clear if key == ABOVE else each.is_sure
        if key not in edited and is_seen and abs(each.value) >= LEAST_SHARE_RATIO * base_ns:
            inheriting = _heirs(key, executed_edits, head)
            heirs.update(inheriting)
            for heir in inheriting:
                blamed[heir] += sign * each.value / len(inheriting)

    def is_named(key: Key) -> bool:
        if key in edited:
            is_seen = is_proven or is_apart or key in moved or key in heirs or added[key].is_clear
            return is_seen and blamed[key] >= (0 if is_proven else LEAST_SHARE_RATIO * base_ns)
        least = LEAST_SHARE_RATIO if is_proven or executed_edits else LEAST_SILENT_RATIO
        return added[key].is_sure and sign * added[key].value >= least * base_ns

    def weight(key: Key) -> float:
        return -blamed[key] * (EDITED_WEIGHT if key in edited else 1.0)

    named = {key for key in added if is_named(key)} or (executed_edits if is_proven else set())
    return tuple(sorted(named - {ABOVE}, key=weight))


def _heirs(key: Key, edited: Set[Key], graph: CallGraph) -> list[Key]:
    """The edited functions nearest above, or else below."""
    upwards, downwards = defaultdict(list), defaultdict(list)
    for (caller, callee), (calls, _) in graph.edges.items():
        if not calls:
            continue  # only the profiler saw it, which mixes up who calls whom by way of a library
        upwards[callee].append(caller)
        downwards[caller].append(callee)
    return _nearest(key, edited, upwards) or _nearest(key, edited, downwards)


def _nearest(key: Key, wanted: Set[Key], neighbours: Mapping[Key, list[Key]]) -> list[Key]:
    """The wanted functions that are the fewest steps away."""
    seen, level = {key}, [key]
    while level:
        found = [each for each in level if each in wanted]
        if found:
            return found
        level = list(dict.fromkeys(each for at in level for each in neighbours.get(at, ()) if each not in seen))
        seen.update(level)
    return []
