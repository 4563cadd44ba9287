"""What to know before figures are believed: the caveats that count, the worst first, each kind said once."""

from collections.abc import Iterable

from boss_perf.model.estimates import CaveatKind
from boss_perf.model.verdicts import Judgement

_NAMED_COUNT = 3
_WORST_FIRST = (
    CaveatKind.CONFLICTING,
    CaveatKind.FORKS_DISAGREE,
    CaveatKind.AGREES_WITH_ANYTHING,
    CaveatKind.ANSWERS_NOT_COMPARED,
    CaveatKind.CONSUMED_INPUT,
    CaveatKind.FIRST_CALL,
    CaveatKind.FACT_DROPPED,
    CaveatKind.LUCKY_RUN,
    CaveatKind.DEPENDENCY_CHANGED,
    CaveatKind.OTHER_VERSION,
    CaveatKind.BENCHMARK_CHANGED,
    CaveatKind.BELOW_BEST,
    CaveatKind.LOAD_GENERATOR,
    CaveatKind.INTERRUPTED,
    CaveatKind.OTHER_MACHINE,
    CaveatKind.DIRTY_TREE,
    CaveatKind.CONTENDED,
    CaveatKind.TOO_FEW_FORKS,
    CaveatKind.TOO_FEW_CALLS,
    CaveatKind.INEXACT_MEMORY,
    CaveatKind.TOO_LOOSE,
)


def doubts_of(judgements: Iterable[Judgement]) -> tuple[str, ...]:
    """`12 targets, such as search: measured with changes that were not committed`; the ids where they are few."""
    found: dict[CaveatKind, dict[str, str]] = {}
    for judgement in judgements:
        for caveat in judgement.caveats:
            found.setdefault(caveat.kind, {}).setdefault(judgement.target.id, caveat.text)
    return tuple(_line(found[kind]) for kind in _WORST_FIRST if kind in found)


def _line(texts: dict[str, str]) -> str:
    name, text = next(iter(texts.items()))
    who = ", ".join(texts) if len(texts) <= _NAMED_COUNT else f"{len(texts)} targets, such as {name}"
    return f"{who}: {text}"
