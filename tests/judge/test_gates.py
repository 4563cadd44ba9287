from dataclasses import replace

import pytest
from evidence_of import FASTER, P95, POLICY, calls, pairs, target, verdict_of

from boss_perf.judge import contradictions, exit_status
from boss_perf.model.estimates import CaveatKind
from boss_perf.model.gate import FailOn
from boss_perf.model.metrics import Metric
from boss_perf.model.targets import Change, TargetSet
from boss_perf.model.verdicts import Verdict

MET = verdict_of(target(P95), calls(40e6))


def ending(verdict):
    return replace(MET, verdict=verdict)


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ([], 4),
        ([Verdict.MET, Verdict.WAIVED], 0),
        ([Verdict.MET, Verdict.UNDECIDED], 4),
        ([Verdict.STALE], 4),
        ([Verdict.UNMEASURED, Verdict.MET], 4),
        ([Verdict.UNMEASURED, Verdict.MISSED], 3),
        ([Verdict.FAILED, Verdict.UNDECIDED], 3),
    ],
)
def test_the_worst_judgement_closes_the_gate(verdicts, status):
    assert exit_status([ending(each) for each in verdicts], policy=POLICY) == status


def test_tolerated_verdicts_open_their_gate_only():
    lenient = replace(POLICY, tolerate=("undecided", "UNMEASURED"))
    assert exit_status([ending(Verdict.UNDECIDED), ending(Verdict.UNMEASURED)], policy=lenient) == 0
    assert exit_status([ending(Verdict.UNDECIDED), ending(Verdict.STALE)], policy=lenient) == 4
    assert exit_status([], policy=lenient) == 4
    assert exit_status([ending(Verdict.UNDECIDED)], policy=lenient, fail_on=FailOn.DOUBT) == 4


def test_two_promises_about_one_thing_conflict():
    other = Change(Metric.LATENCY, 0.6, "latency -40%")
    lean = Change(Metric.PEAK_MEMORY, 0.6, "peak_memory -40%")
    targets = (
        replace(target(FASTER), id="a", component="VectorSearch"),
        replace(target(other), id="b", component="vectorsearch "),
        replace(target(lean), id="c", component="VectorSearch"),
        replace(target(FASTER), id="d", component="Registry"),
    )
    found = contradictions(TargetSet(project="p", path="targets.yaml", digest="0", targets=targets))
    assert set(found) == {"a", "b"}
    assert found["a"].kind is CaveatKind.CONFLICTING
    assert "latency -40% in b" in found["a"].text


def test_pairs_and_limits_meet_in_the_reason():
    reason = verdict_of(target(FASTER), pairs(0.45)).reason
    assert "−60 % promised" in reason
    assert "processor time" in reason
