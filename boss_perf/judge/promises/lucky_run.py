"""Whoever measures until it is green gets a green light: earlier runs of the very same code have to be counted."""

from collections.abc import Iterable

from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.history import VerdictRecord, figure_of
from boss_perf.model.verdicts import Judgement, Verdict


def lucky_run_caveats(records: Iterable[VerdictRecord], judgement: Judgement) -> tuple[Caveat, ...]:
    """One caveat when a target is met, while more runs of the same files on this machine missed it than met it.

    Records of what is no longer promised, and judgements of the same evidence, do not count.
    """
    evidence, target = judgement.evidence, judgement.target
    if judgement.verdict is not Verdict.MET or evidence is None or not evidence.dependencies_digest:
        return ()
    promised = {(figure_of(each), each.text) for each in target.expectations}
    is_met = {
        each.evidence_run_id: each.verdict is Verdict.MET
        for each in records
        if each.target_id == target.id
        and each.is_deciding
        and each.verdict in (Verdict.MET, Verdict.MISSED)
        and (each.figure_of, each.expectation) in promised
        and each.dependencies_digest == evidence.dependencies_digest
        and each.machine == evidence.machine
        and each.evidence_run_id not in (None, evidence.run_id)
    }
    met = 1 + sum(is_met.values())
    missed = len(is_met) + 1 - met
    if missed <= met:
        return ()
    text = f"the same code missed it in {missed} of {missed + met} runs: this one may be lucky"
    return (Caveat(CaveatKind.LUCKY_RUN, text),)
