from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from builders import explanation
from evidence_examples import (
    CACHE,
    SEARCH,
    START,
    a_failed_sample,
    a_judgement,
    a_pair_sample,
    a_run,
    a_sample,
    an_estimate,
)

from boss_perf.errors import StoreError
from boss_perf.model.metrics import Statistic
from boss_perf.model.runs import DISTRIBUTED, PROVISIONED, RunKind
from boss_perf.model.samples import Failure, Pass
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Finding, Status, Verdict
from boss_perf.store.history import History


def test_what_was_saved_is_there_after_opening_again(address: str) -> None:
    run = a_run()
    samples = (a_pair_sample(), a_sample(minutes=1), a_failed_sample(fork=1))
    with History.open(address) as history:
        history.save_run(run)
        for sample in samples:
            history.save_sample(run.id, sample)
        history.finish_run(run.id, START + timedelta(hours=1))
    with History.open(address, create=False) as history:
        assert history.runs() == (replace(run, finished_at=START + timedelta(hours=1)),)
        assert sorted(history.samples(run.id), key=repr) == sorted(samples, key=repr)


def test_saving_twice_keeps_one_and_the_first(history: History) -> None:
    history.save_run(a_run())
    assert history.save_sample("r1", a_sample())
    assert not history.save_run(replace(a_run(), note="later"))
    assert not history.save_sample("r1", replace(a_sample(), series=()))
    assert history.run("r1").note == ""
    assert history.samples("r1") == (a_sample(),)


def test_passes_forks_and_confirmations_of_a_workload_stay_apart(history: History) -> None:
    history.save_run(a_run())
    samples = {
        a_sample(),
        a_sample(fork=1),
        a_sample(phase=Pass.MEMORY),
        replace(a_sample(), is_confirmation=True),
        a_sample(CACHE),
    }
    for sample in samples:
        history.save_sample("r1", sample)
    assert set(history.samples("r1")) == samples


def test_a_run_that_nobody_saved_is_refused(history: History) -> None:
    with pytest.raises(StoreError, match="no run 'ghost'"):
        history.save_sample("ghost", a_sample())
    with pytest.raises(StoreError, match="no run 'ghost'"):
        history.finish_run("ghost", START)
    with pytest.raises(StoreError, match="no run 'ghost'"):
        history.save_verdicts("ghost", [a_judgement()])


def test_runs_come_newest_first_by_kind_and_number(history: History) -> None:
    for number, kind in enumerate((RunKind.BENCH, RunKind.QUICK, RunKind.BENCH)):
        history.save_run(a_run(f"r{number}", hours=number, kind=kind))
    assert [run.id for run in history.runs()] == ["r2", "r1", "r0"]
    assert [run.id for run in history.runs(limit=1, kind=RunKind.BENCH)] == ["r2"]
    assert [run.id for run in history.runs(kind=RunKind.QUICK)] == ["r1"]


def test_newest_evidence_is_of_the_newest_run_that_measured_the_workload(history: History) -> None:
    for run_id, hours in (("old", 0), ("new", 2), ("without", 3)):
        history.save_run(a_run(run_id, hours=hours))
    history.save_sample("old", a_sample())
    history.save_sample("old", a_sample(CACHE))
    history.save_sample("new", a_sample(fork=1, minutes=1))
    history.save_sample("new", a_sample(fork=0))
    found = history.newest_evidence_of_all([SEARCH, CACHE, "never::measured"])
    assert {workload: run.id for workload, (run, _) in found.items()} == {SEARCH: "new", CACHE: "old"}
    assert [sample.fork for sample in found[SEARCH][1]] == [0, 1]


def test_a_short_look_yields_to_an_older_full_run_but_counts_where_there_is_none(history: History) -> None:
    history.save_run(a_run("full"))
    history.save_run(a_run("look", hours=5, kind=RunKind.QUICK))
    history.save_sample("full", a_sample())
    history.save_sample("look", a_sample())
    history.save_sample("look", a_sample(CACHE))
    found = history.newest_evidence_of_all([SEARCH, CACHE])
    assert {workload: run.id for workload, (run, _) in found.items()} == {SEARCH: "full", CACHE: "look"}


def test_comparisons_of_refs_are_no_evidence(history: History) -> None:
    history.save_run(a_run("gate", kind=RunKind.GATE))
    history.save_sample("gate", a_sample())
    assert history.newest_evidence_of_all([SEARCH]) == {}


def test_more_workloads_than_one_statement_takes(history: History) -> None:
    history.save_run(a_run())
    names = [f"t.py::test_{number}" for number in range(900)]
    for name in names[::100]:
        history.save_sample("r1", a_sample(name))
    assert sorted(history.newest_evidence_of_all(names)) == sorted(names[::100])


def test_newest_finished_run_of_each_kind_and_of_memory(history: History) -> None:
    kinds = (RunKind.BENCH, RunKind.BENCH, RunKind.LOAD, RunKind.QUICK)
    for hours, (run_id, kind) in enumerate(zip("abcd", kinds, strict=True)):
        history.save_run(a_run(run_id, hours=hours, kind=kind))
    history.finish_run("a", START + timedelta(hours=4))
    history.finish_run("c", START + timedelta(hours=3))
    history.save_sample("b", a_sample(phase=Pass.MEMORY, minutes=7))
    history.save_sample("d", a_sample(phase=Pass.MEMORY, minutes=9))
    history.save_sample(
        "b", replace(a_failed_sample(), phase=Pass.MEMORY, fork=1, started_at=START + timedelta(days=1))
    )
    assert history.newest_run_by_kind() == {
        "bench": START + timedelta(hours=4),
        "load": START + timedelta(hours=3),
        "memory": START + timedelta(minutes=7),
    }


def test_a_load_over_workers_and_a_provisioned_dashboard_are_kinds_of_their_own(history: History) -> None:
    for hours, (kind, note) in enumerate(
        ((RunKind.LOAD, DISTRIBUTED), (RunKind.LOAD, ""), (RunKind.DASHBOARD, PROVISIONED), (RunKind.GATE, "exit 0"))
    ):
        history.save_run(replace(a_run(str(hours), hours=hours, kind=kind), note=note))
        history.finish_run(str(hours), START + timedelta(hours=hours))
    hours = {kind: (ended - START) / timedelta(hours=1) for kind, ended in history.newest_run_by_kind().items()}
    assert hours == {"load": 1, "distributed load": 0, "dashboard": 2, "provisioned dashboard": 2, "gate": 3}


def test_verdicts_keep_the_figures_that_decided(history: History) -> None:
    run = a_run()
    history.save_run(run)
    unmeasured = replace(
        a_judgement("c", verdict=Verdict.UNMEASURED, status=Status.NOT_STARTED), evidence=None, findings=()
    )
    history.save_verdicts(run.id, [a_judgement("a"), a_judgement("b", is_change=True), unmeasured])
    budget, change, nothing = history.verdict_history()
    assert (budget.target_id, budget.value, budget.low, budget.unit) == ("a", 42e6, 42e6 * 0.98, Unit.NANOSECONDS)
    assert (budget.ratio, budget.forks, budget.count, budget.measured_at) == (None, 5, 3000, START)
    assert (change.value, change.ratio, change.ratio_low) == (350.0, 0.35, 0.35 * 0.98)
    assert (nothing.verdict, nothing.status, nothing.value, nothing.measured_at) == (
        Verdict.UNMEASURED,
        Status.NOT_STARTED,
        None,
        None,
    )


def test_judging_a_run_again_replaces_its_verdicts(history: History) -> None:
    history.save_run(a_run())
    history.save_verdicts("r1", [a_judgement("a")])
    history.save_verdicts("r1", [a_judgement("a", verdict=Verdict.MISSED, status=Status.IN_PROGRESS)])
    assert [record.verdict for record in history.verdict_history("a")] == [Verdict.MISSED]


def test_verdict_history_is_oldest_first_and_keeps_the_newest(history: History) -> None:
    for hours in (2, 0, 1):
        history.save_run(a_run(f"r{hours}", hours=hours))
        history.save_verdicts(f"r{hours}", [a_judgement("a"), a_judgement("b")])
    assert [record.run_id for record in history.verdict_history("a")] == ["r0", "r1", "r2"]
    latest = history.verdict_history(limit_per_target=2)
    assert [(record.target_id, record.run_id) for record in latest] == [
        ("a", "r1"),
        ("a", "r2"),
        ("b", "r1"),
        ("b", "r2"),
    ]


def test_progress_names_the_month_in_which_a_target_was_first_completed(history: History) -> None:
    december = 24 * 40
    history.save_run(a_run("r0"))
    history.save_run(a_run("r1", hours=1))
    history.save_run(a_run("r2", hours=december))
    history.save_verdicts("r0", [a_judgement("late", verdict=Verdict.MISSED, status=Status.IN_PROGRESS)])
    history.save_verdicts("r1", [a_judgement("early")])
    later = a_run("r2", hours=december)
    history.save_verdicts("r2", [a_judgement("late", run=later), a_judgement("early", run=later)])
    assert history.first_completed_by_month() == {"2026-11": ("early",), "2026-12": ("late",)}


def test_text_that_a_database_cannot_hold_is_spelt_out(history: History) -> None:
    history.save_run(replace(a_run(), note="nul \0 and half a pair \ud800", branch="\udcff"))
    name = "t.py::test_\udc80\0"
    history.save_sample(
        "r1",
        replace(a_failed_sample(name), failure=Failure("raised", "bad \udc80 byte", "\0"), facts=(("\udc80", 1.0),)),
    )
    assert history.run("r1").note == "nul \\x00 and half a pair \\ud800"
    [(_, samples)] = history.newest_evidence_of_all([name]).values()
    assert samples[0].failure == Failure("raised", "bad \\udc80 byte", "\\x00")


def test_names_are_data_never_statements(history: History) -> None:
    name = "'); DROP TABLE sample; -- ? %s %(x)s"
    history.save_run(a_run(name))
    history.save_sample(name, a_sample(name))
    history.save_verdicts(name, [a_judgement(name)])
    assert history.samples(name) == (a_sample(name),)
    assert set(history.newest_evidence_of_all([name])) == {name}
    assert len(history.verdict_history(name, limit_per_target=3)) == 1


def test_a_moment_without_a_zone_is_refused(history: History) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        history.save_run(replace(a_run(), started_at=datetime(2026, 11, 3)))


def test_a_sample_that_fails_to_save_leaves_nothing_behind(history: History) -> None:
    history.save_run(a_run())
    broken = replace(a_sample(), fork=2**70)
    with pytest.raises((StoreError, OverflowError)):
        history.save_sample("r1", broken)
    assert history.samples("r1") == ()
    assert history.newest_evidence_of_all([SEARCH]) == {}
    assert history.save_sample("r1", a_sample())


def test_each_promise_of_a_target_has_a_history_of_its_own(history: History) -> None:
    judgement = a_judgement("two")
    mean = replace(judgement.findings[0].expectation, statistic=Statistic.MEAN, text="mean < 40 ms")
    missed = Finding(expectation=mean, verdict=Verdict.MISSED, reason="", estimate=an_estimate(45e6))
    for number, level in enumerate((42e6, 43e6)):
        run = a_run(f"r{number}", hours=number)
        history.save_run(run)
        met = replace(judgement.findings[0], estimate=an_estimate(level))
        history.save_verdicts(run.id, [replace(judgement, verdict=Verdict.MISSED, findings=(met, missed))])
    records = history.verdict_history("two")
    assert [each.value for each in records if each.figure_of == "p95 latency"] == [42e6, 43e6]
    assert [each.value for each in records if each.figure_of == "mean latency"] == [45e6, 45e6]
    assert {each.expectation for each in records if each.is_deciding} == {"mean < 40 ms"}
    assert len(history.verdict_history(limit_per_target=1)) == 2, "both promises of the newest run"


def test_a_dropped_run_leaves_nothing_behind_and_the_others_stand(history: History) -> None:
    for name, hours in (("kept", 0), ("wrong", 1)):
        history.save_run(a_run(name, hours=hours))
        history.save_sample(name, a_sample())
        history.save_verdicts(name, [a_judgement()])
    history.drop_run("wrong")
    assert [run.id for run in history.runs()] == ["kept"]
    assert history.newest_evidence_of_all([SEARCH])[SEARCH][0].id == "kept"
    assert [each.run_id for each in history.verdict_history()] == ["kept"]
    with pytest.raises(StoreError, match="no run 'wrong'"):
        history.drop_run("wrong")


def test_a_run_from_the_future_is_left_out_of_everything_that_is_judged(history: History) -> None:
    for name, hours in (("past", 0), ("future", 24 * 365)):
        run = a_run(name, hours=hours)
        history.save_run(run)
        history.save_sample(name, a_sample())
        history.save_verdicts(name, [a_judgement(run=run)])
        history.finish_run(name, run.started_at)
    assert history.newest_evidence_of_all([SEARCH])[SEARCH][0].id == "future"
    assert [run.id for run in history.leave_out_after(START + timedelta(hours=1))] == ["future"]
    assert history.newest_evidence_of_all([SEARCH])[SEARCH][0].id == "past"
    assert [each.run_id for each in history.verdict_history()] == ["past"]
    assert [each.run_id for each in history.verdict_history(limit_per_target=5)] == ["past"]
    assert history.newest_run_by_kind() == {"bench": START}
    assert list(history.first_completed_by_month()) == ["2026-11"]
    assert len(history.runs()) == 2


def test_the_newest_explanation_of_each_kind_is_kept_whole(history: History) -> None:
    of_arms, of_trees = explanation(SEARCH), explanation(SEARCH, base="v1", head="HEAD")
    history.save_explanation(of_arms, is_one_tree=True, at=START)
    history.save_explanation(of_trees, is_one_tree=False, at=START)
    history.save_explanation(replace(of_arms, ratio=9.0), is_one_tree=True, at=START - timedelta(hours=1))
    assert history.explanations(is_one_tree=True) == {SEARCH: of_arms}
    assert history.explanations(is_one_tree=False) == {SEARCH: of_trees}
    history.save_explanation(replace(of_arms, ratio=9.0), is_one_tree=True, at=START + timedelta(hours=1))
    assert history.explanations(is_one_tree=True)[SEARCH].ratio == 9.0
    history.leave_out_after(START)
    assert history.explanations(is_one_tree=True) == {}
