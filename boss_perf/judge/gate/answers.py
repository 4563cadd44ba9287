"""Whether two trees answer alike: what each answered first, and when it was asked again after measuring."""

from collections.abc import Sequence
from enum import StrEnum

from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.gate import GateVerdict
from boss_perf.model.samples import Sample

LEAST_FORKS = 2
Digests = tuple[str | None, ...]
_FLICKERING = "answers not compared: base's own differ from call to call"


class Agreement(StrEnum):
    """What the digests of all forks come to."""

    SAME = "same"
    CHANGED = "changed"
    UNKNOWN = "unknown"


def agreement(samples: Sequence[Sample]) -> tuple[Agreement, str]:
    """Whether base and head answer alike, and in words why not, or why nobody knows.

    CHANGED takes two forks that show it and a base that is steady: one that answers the same when it is asked again,
    and for the comparison of first answers the same in every fork, as head does. A digest of two parts is that of the
    public part and of everything: a difference in the private part alone is UNKNOWN. What cannot be looked at is
    another answer where base's can, and has another type.
    """
    asked = [sample for sample in samples if len(sample.answer_digests) == len(sample.later_digests) == 2]
    if not asked:
        return Agreement.UNKNOWN, "answers not compared"
    firsts = [sample.answer_digests for sample in asked]
    laters = [sample.later_digests for sample in asked]
    if any(_is_unseen(each) for pair in (*firsts, *laters) for each in pair):
        return _of_unseen(firsts, laters)
    base_keeps, head_keeps = (
        [_is_same(first[side], later[side]) for first, later in zip(firsts, laters, strict=True)] for side in (0, 1)
    )
    if all(base_keeps) and head_keeps.count(False) >= min(LEAST_FORKS, len(asked)):
        return Agreement.CHANGED, "head answers something else when it is asked again after measuring"
    if all(base == head for base, head in firsts):
        if all(base_keeps) and all(head_keeps):
            return Agreement.SAME, ""
        return Agreement.UNKNOWN, f"{_FLICKERING}; only the first were the same"
    bases, heads = {base for base, _ in firsts}, {head for _, head in firsts}
    if len(asked) >= LEAST_FORKS and len(bases) == len(heads) == 1 and not _is_same(*firsts[0]):
        return Agreement.CHANGED, "base and head answer differently, or leave what they are given differently"
    if len(bases) == len(heads) == 1 and _is_same(*firsts[0]):
        return Agreement.UNKNOWN, "answers not compared: they keep what is private to them in another way"
    return Agreement.UNKNOWN, _FLICKERING.replace("call to call", "process to process")


def weigh_answers(
    verdict: GateVerdict, reason: str, samples: Sequence[Sample], *, looks_back: bool
) -> tuple[GateVerdict, str, list[Caveat]]:
    """What remains of a verdict on time once the answers are looked at, with the doubts of the measured processes.

    Another answer closes, unless the gate `looks_back`; work that uses up its input is not decided, whatever its time;
    and nothing is faster whose answers were not compared.
    """
    caveats = list(dict.fromkeys(caveat for sample in samples for caveat in sample.caveats))
    if not samples:
        return verdict, reason, caveats
    found, why = agreement(samples)
    kinds = {caveat.kind: caveat.text for caveat in caveats}
    if found is Agreement.CHANGED and looks_back:
        return verdict, f"{reason}; {why}", caveats
    if found is Agreement.CHANGED and verdict is not GateVerdict.SLOWER:
        return GateVerdict.CHANGED_ANSWER, f"{why} ({reason})", caveats
    if verdict.opens and CaveatKind.CONSUMED_INPUT in kinds:
        return GateVerdict.UNDECIDED, f"{kinds[CaveatKind.CONSUMED_INPUT]} ({reason})", caveats
    if found is Agreement.UNKNOWN and CaveatKind.ANSWERS_NOT_COMPARED not in kinds:
        caveats.append(Caveat(CaveatKind.ANSWERS_NOT_COMPARED, why))
    if found is Agreement.UNKNOWN and verdict is GateVerdict.FASTER:
        return GateVerdict.NOT_SLOWER, f"{reason}, no gain to claim: answers not compared", caveats
    return verdict, reason, caveats


def _of_unseen(firsts: Sequence[Digests], laters: Sequence[Digests]) -> tuple[Agreement, str]:
    """What answers come to of which some cannot be looked at."""
    bases = [pair[0] for pair in (*firsts, *laters)]
    kinds, heads = {_kind(each) for each in bases}, list(zip(firsts, laters, strict=True))
    odd = [each for pairs in heads for _, each in pairs if _is_unseen(each) and _kind(each) not in {"", *kinds}]
    forks = sum(any(head in odd for _, head in pairs) for pairs in heads)
    if forks >= LEAST_FORKS and len(kinds) == 1 and not any(map(_is_unseen, bases)):
        return Agreement.CHANGED, f"base answers {kinds.pop()}, head {_kind(odd[0])}, which cannot be looked at"
    return Agreement.UNKNOWN, "answers not compared"


def _is_unseen(digest: str | None) -> bool:
    return digest is None or digest.startswith("?")


def _kind(digest: str | None) -> str:
    """The type of the answer by name; empty where it is not known."""
    return (digest or "").removeprefix("?").partition(" ")[0]


def _is_same(left: str | None, right: str | None) -> bool:
    """Whether the public parts are the same."""
    return (left or "").partition(":")[0] == (right or "").partition(":")[0]
