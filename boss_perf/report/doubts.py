"""What to know before figures are believed: the caveats that count, the worst first, each kind said once."""

from collections.abc import Iterable

from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.gate import GateItem
from boss_perf.model.verdicts import Judgement

_NAMED_COUNT = 3
_TOLD_OF_GATES = frozenset({
    CaveatKind.HEAPS_DIFFER, CaveatKind.QUICK_LOOK, CaveatKind.WALL_TIME, CaveatKind.DRIFTING, CaveatKind.OVERDUE,
})  # fmt: skip
"""Of targets these are told beside each alone."""


def doubts_of(judgements: Iterable[Judgement]) -> tuple[str, ...]:
    """`12 targets, such as search: measured with changes that were not committed`; the ids where they are few."""
    return _told(
        ((each.target.id, each.caveats) for each in judgements),
        "targets",
        (kind for kind in CaveatKind if kind not in _TOLD_OF_GATES),
    )


def doubts_of_gate(items: Iterable[GateItem]) -> tuple[str, ...]:
    """The same of benchmarks; each kind that there is, as a gate has no other place for what is doubtful."""
    named = ((each.benchmark.partition("::")[2] or each.benchmark, each.caveats) for each in items)
    return _told(named, "benchmarks", CaveatKind)


def _told(found: Iterable[tuple[str, Iterable[Caveat]]], noun: str, kinds: Iterable[CaveatKind]) -> tuple[str, ...]:
    texts: dict[CaveatKind, dict[str, str]] = {}
    for name, caveats in found:
        for caveat in caveats:
            texts.setdefault(caveat.kind, {}).setdefault(name, caveat.text)
    return tuple(_line(texts[kind], noun) for kind in kinds if kind in texts)


def _line(texts: dict[str, str], noun: str) -> str:
    name, text = next(iter(texts.items()))
    who = ", ".join(texts) if len(texts) <= _NAMED_COUNT else f"{len(texts)} {noun}, such as {name}"
    return f"{who}: {text}"
