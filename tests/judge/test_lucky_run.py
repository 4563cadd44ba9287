"""A green light that came after many red ones of the same code is doubted."""

from dataclasses import replace
from datetime import timedelta

import pytest
from evidence_of import EVIDENCE, MEAN, NOW, P95, batches, calls, target, verdict_of

from boss_perf.judge.promises.earlier_runs import lucky_run_caveats
from boss_perf.model.history import VerdictRecord, figure_of
from boss_perf.model.verdicts import Status, Verdict

SAME = replace(EVIDENCE, dependencies_digest="d1")


def record(day: int, verdict: Verdict) -> VerdictRecord:
    return VerdictRecord(
        run_id=f"e{day}", evidence_run_id=f"e{day}", target_id="search", figure_of=figure_of(P95), expectation=P95.text,
        verdict=verdict, status=Status.IN_PROGRESS, reason="", judged_at=NOW - timedelta(days=day), machine="m1",
        dependencies_digest="d1",
    )  # fmt: skip


MISSED = [record(day, Verdict.MISSED) for day in range(9, 0, -1)]
MET = verdict_of(target(P95), calls(30e6), evidence=SAME)


def test_nine_that_missed_make_the_tenth_a_lucky_one() -> None:
    (caveat,) = lucky_run_caveats(MISSED, MET)
    assert caveat.text == "the same code missed it in 9 of 10 runs: this one may be lucky"
    again = [replace(each, run_id="again", verdict=Verdict.STALE) for each in MISSED]
    assert lucky_run_caveats([*MISSED, *again], MET) == (caveat,)


@pytest.mark.parametrize(
    "records",
    [
        [replace(each, dependencies_digest="d0") for each in MISSED],
        [replace(each, dependencies_digest="") for each in MISSED],
        [replace(each, machine="m2") for each in MISSED],
        [replace(each, expectation="p95 < 1 ms") for each in MISSED],
        [replace(each, evidence_run_id="r1") for each in MISSED],
        [replace(each, verdict=Verdict.MET) for each in MISSED],
        MISSED[:1],
        [],
    ],
    ids=["other code", "unknown code", "other machine", "other promise", "own", "met", "one", "none"],
)
def test_runs_of_something_else_say_nothing(records: list[VerdictRecord]) -> None:
    assert lucky_run_caveats(records, MET) == ()


def test_what_is_not_met_needs_no_doubt() -> None:
    assert lucky_run_caveats(MISSED, verdict_of(target(P95), calls(60e6), evidence=SAME)) == ()


def test_the_worst_figure_decides() -> None:
    both = verdict_of(target(P95, replace(MEAN, bound=1e6)), [*calls(30e6), *batches(40e6)], evidence=SAME)
    assert both.deciding is both.findings[1]
    assert both.deciding.verdict is both.verdict is Verdict.MISSED
    assert MET.deciding is MET.findings[0]
    assert verdict_of(target(), []).deciding is None
