import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from evidence_of import (
    EVIDENCE,
    FASTER,
    LEANER,
    MEAN,
    NOW,
    P95,
    POLICY,
    RESTS_ON,
    WORKLOAD,
    batches,
    calls,
    dependencies,
    failed,
    load,
    memory,
    pairs,
    target,
    trials,
    verdict_of,
)

from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.metrics import Comparator, Metric, Statistic
from boss_perf.model.samples import POLICY_SOURCE, ArmSource, Conditions, Reading
from boss_perf.model.targets import Budget, CachePolicy, Change, Evidenced, Waiver, terms_text
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Status, Verdict

LRU = CachePolicy("lru", 1000, None, 3600.0, "lru, 1000 entries, 1 hour")
RECALL = Budget(Metric.FACT, Statistic.MEAN, Comparator.AT_LEAST, 0.95, Unit.RATIO, "recall >= 0.95", fact="recall")
RATE = Budget(Metric.THROUGHPUT, Statistic.MEAN, Comparator.AT_LEAST, 100.0, Unit.PER_SECOND, "throughput >= 100 /s")
QUICKER = Change(Metric.THROUGHPUT, 1.25, "throughput +25%")


def kinds(judgement):
    return [caveat.kind for caveat in judgement.caveats]


def with_fact(samples, *values, name="recall"):
    return [replace(each, facts=((name, value),)) for each, value in zip(samples, values, strict=True)]


@pytest.mark.parametrize(
    ("promise", "samples", "verdict"),
    [
        (P95, calls(30e6), Verdict.MET),
        (P95, calls(70e6), Verdict.MISSED),
        (P95, calls(46e6), Verdict.UNDECIDED),
        (P95, calls(30e6, count=10), Verdict.UNDECIDED),
        (MEAN, batches(30e6), Verdict.MET),
        (MEAN, batches(70e6), Verdict.MISSED),
        (MEAN, calls(30e6), Verdict.MET),
        (RATE, batches(5e6), Verdict.MET),
        (RATE, batches(50e6), Verdict.MISSED),
        (FASTER, pairs(0.35), Verdict.MET),
        (FASTER, pairs(0.45), Verdict.MISSED),
        (FASTER, pairs(0.4), Verdict.UNDECIDED),
        (FASTER, pairs(0.35, forks=3), Verdict.UNDECIDED),
        (QUICKER, pairs(0.75), Verdict.MET),
        (QUICKER, pairs(0.85), Verdict.MISSED),
        (QUICKER, pairs(0.8), Verdict.UNDECIDED),
        (LEANER, memory(1000, 700), Verdict.MET),
        (LEANER, memory(1000, 701), Verdict.MISSED),
        (LEANER, memory(1000, 0), Verdict.MET),
        (LEANER, memory(1000, 600, forks=1), Verdict.UNDECIDED),
        (LRU, trials(True, True), Verdict.MET),
        (LRU, trials(True, forks=1), Verdict.UNDECIDED),
        (LRU, trials(True, False), Verdict.MISSED),
        (RECALL, with_fact(calls(1e6, forks=2), 0.95, 0.99), Verdict.MET),
        (RECALL, with_fact(calls(1e6, forks=1), 0.99), Verdict.UNDECIDED),
        (RECALL, with_fact(calls(1e6, forks=2), 0.99, 0.90), Verdict.UNDECIDED),
        (RECALL, with_fact(calls(1e6, forks=2), 0.80, 0.90), Verdict.MISSED),
    ],
)
def test_a_promise_is_judged_by_its_bound(promise, samples, verdict):
    judgement = verdict_of(target(promise), samples)
    assert judgement.verdict is verdict, judgement.reason
    assert judgement.status is (Status.COMPLETED if verdict is Verdict.MET else Status.IN_PROGRESS)


def test_an_absolute_promise_holds_for_other_processes_too():
    assert verdict_of(target(P95), calls(40e6, forks=5)).verdict is Verdict.UNDECIDED
    assert verdict_of(target(P95), calls(40e6, forks=9)).verdict is Verdict.MET
    assert verdict_of(target(MEAN), batches(40e6, forks=5)).verdict is Verdict.UNDECIDED
    assert verdict_of(target(MEAN), batches(40e6, forks=9)).verdict is Verdict.MET


def in_processes(*centres_ns):
    return [replace(batches(each, forks=1)[0], fork=fork) for fork, each in enumerate(centres_ns)]


def test_a_few_slow_processes_do_not_hide_what_all_of_them_say():
    slow_now_and_then = [70e6] * 17 + [130e6] * 3
    assert verdict_of(target(MEAN), in_processes(*slow_now_and_then)).verdict is Verdict.MISSED


def test_more_processes_never_prove_less():
    some = [36e6, 40e6, 38e6, 44e6, 37e6, 41e6, 39e6, 36e6, 52e6]
    assert verdict_of(target(MEAN), in_processes(*some)).verdict is Verdict.UNDECIDED
    assert verdict_of(target(MEAN), in_processes(*some * 3)).verdict is Verdict.MET


def test_a_limit_among_the_times_that_processes_commonly_have_is_given_up():
    def is_hopeless(*centres_ns):
        return verdict_of(target(MEAN), in_processes(*centres_ns)).deciding.is_hopeless

    assert is_hopeless(*[45e6, 50e6, 56e6] * 5)
    assert not is_hopeless(*[45e6, 50e6, 56e6] * 4)
    assert not is_hopeless(*[35e6, 36e6, 37e6, 38e6, 80e6] * 3)


def met_wrongly(slow_share, *, trials, forks, promise, bound_ns):
    """How often a promise just below the truth is met when a share of the processes is 28 % slower for life."""
    rng = random.Random(1)
    budget = replace(promise, bound=bound_ns)
    found = 0
    for seed in range(trials):
        samples = []
        for fork in range(forks):
            centre = 30e6 * (1.28 if rng.random() < slow_share else 1.0)
            (one,) = calls(centre, forks=1, count=60, seed=seed * 100 + fork)
            samples.append(replace(one, fork=fork))
        found += verdict_of(target(budget), samples).verdict is Verdict.MET
    return found / trials


@pytest.mark.slow
@pytest.mark.parametrize("forks", [5, 9])
def test_processes_that_are_slow_for_life_do_not_make_a_promise_green(forks):
    most = 0.05 + 2 * (0.05 / 120) ** 0.5
    assert met_wrongly(0.3, trials=120, forks=forks, promise=P95, bound_ns=38.5e6) <= most
    assert met_wrongly(0.3, trials=120, forks=forks, promise=MEAN, bound_ns=32.5e6) <= most


def test_reasons_are_sentences_with_numbers():
    assert verdict_of(target(P95), calls(30e6)).reason == (
        "p95 ≤ 42.5 ms at 95 % confidence, 50.0 ms allowed (1000 calls, 5 forks)"
    )
    assert verdict_of(target(FASTER), pairs(0.35)).reason.startswith("latency −65 %, −60 % promised")
    assert verdict_of(target(FASTER), pairs(0.3998, spread=0.002, forks=6)).reason.startswith("latency −60.02 % (−60.0")
    assert verdict_of(target(RECALL), with_fact(calls(1e6, forks=2), 0.9997, 0.99)).reason == (
        "recall ≥ 99.0 % in every report, 95.0 % promised (2 reports, 2 forks)"
    )
    undecided = verdict_of(target(FASTER), pairs(0.397, spread=0.05, forks=6)).reason
    assert "more forks would decide" in undecided or "too close" in undecided
    assert verdict_of(target(LRU), trials(True, False)).reason == (
        "check 1: 1000 entries expected, 1001 entries observed (2 forks)"
    )
    assert "reports no recall, only hit_ratio" in (
        verdict_of(target(RECALL), with_fact(calls(1e6, forks=1), 0.9, name="hit_ratio")).reason
    )


@pytest.mark.parametrize("kind", ["raised", "disagreed", "timed_out", "died", "something_new"])
def test_one_failed_fork_fails_the_target(kind):
    samples = calls(30e6)
    samples[3] = failed(samples[3], kind)
    judgement = verdict_of(target(P95), samples)
    assert judgement.verdict is Verdict.FAILED
    assert judgement.findings[0].estimate is None
    assert "boom" in judgement.reason


@pytest.mark.parametrize("kind", ["not_collected", "skipped", "unavailable"])
def test_a_workload_that_gave_no_number_is_unmeasured(kind):
    samples = [failed(each, kind, "no hnswlib") for each in calls(30e6)]
    judgement = verdict_of(target(P95), samples)
    assert (judgement.verdict, judgement.status) == (Verdict.UNMEASURED, Status.NOT_STARTED)
    assert "no hnswlib" in judgement.reason


def test_the_worst_finding_decides():
    both = target(P95, LEANER)
    assert verdict_of(both, [*calls(30e6), *memory(1000, 600)]).verdict is Verdict.MET
    assert verdict_of(both, [*calls(30e6), *memory(1000, 900)]).verdict is Verdict.MISSED
    half = verdict_of(both, calls(30e6))
    assert (half.verdict, half.status) == (Verdict.UNDECIDED, Status.IN_PROGRESS)
    assert "ended before it was measured" in half.reason


def test_without_a_workload_or_a_promise_nothing_is_measured():
    assert "no workload" in verdict_of(target(P95, workload=None), [], evidence=None).reason
    assert verdict_of(target(P95), [], evidence=None).reason == "never measured"
    empty = verdict_of(target(), calls(30e6))
    assert (empty.verdict, empty.status) == (Verdict.UNMEASURED, Status.NOT_STARTED)


def test_old_evidence_is_stale_and_falls_back():
    judgement = verdict_of(target(P95), calls(30e6), now=NOW + timedelta(days=31))
    assert (judgement.verdict, judgement.status) == (Verdict.STALE, Status.IN_PROGRESS)
    assert f"{NOW:%Y-%m-%d}" in judgement.reason
    assert "30 days allowed" in judgement.reason
    assert verdict_of(target(P95), calls(30e6), now=NOW + timedelta(days=29)).verdict is Verdict.MET


AS_MEASURED = {(each.kind, each.name): each.state for each in RESTS_ON}


def now(**changed):
    return AS_MEASURED | {
        key: changed.get(key[1].split("/")[-1].split(".")[0], old) for key, old in AS_MEASURED.items()
    }


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"search": "s2"}, "search.py changed since it was measured"),
        ({"words": "absent"}, "benchmarks/words.txt changed"),
        ({"benchmarks": "i2"}, "pytest's settings for benchmarks changed"),
        ({"search": "s2", "words": "w2"}, "search.py, benchmarks/words.txt changed"),
    ],
)
def test_what_the_workload_rests_on_makes_evidence_stale_when_it_changes(changed, said):
    samples = [*dependencies(), *pairs(0.3)]
    judgement = verdict_of(target(FASTER), samples, current_states=now(**changed))
    assert judgement.verdict is Verdict.STALE
    assert said in judgement.reason
    assert CaveatKind.DEPENDENCY_CHANGED in kinds(judgement)
    assert verdict_of(target(FASTER), samples, current_states=now()).verdict is Verdict.MET


def test_another_version_of_a_distribution_is_a_doubt_not_a_verdict():
    judgement = verdict_of(target(FASTER), [*dependencies(), *pairs(0.3)], current_states=now(numpy="2.5.0"))
    assert judgement.verdict is Verdict.MET
    (caveat,) = judgement.caveats
    assert (caveat.kind, caveat.text) == (CaveatKind.OTHER_VERSION, "measured with numpy 2.4.6, now 2.5.0")


def test_work_that_uses_up_its_input_never_meets_a_promise():
    doubt = Caveat(CaveatKind.CONSUMED_INPUT, "the work uses up its input")
    judgement = verdict_of(target(P95), [replace(each, caveats=(doubt,)) for each in calls(30e6)])
    assert judgement.verdict is Verdict.UNDECIDED
    assert judgement.reason.startswith(doubt.text)
    assert judgement.caveats.count(doubt) == 1
    slow = verdict_of(target(P95), [replace(each, caveats=(doubt,)) for each in calls(90e6)])
    assert slow.verdict is Verdict.MISSED


def test_evidence_that_does_not_say_what_it_rests_on_is_stale():
    judgement = verdict_of(target(FASTER), pairs(0.3), current_states={})
    assert (judgement.verdict, judgement.status) == (Verdict.STALE, Status.IN_PROGRESS)
    assert "not known what it rests on" in judgement.reason


def test_a_trial_speaks_for_the_policy_that_it_tried():
    held_to = ArmSource(POLICY_SOURCE, terms_text(LRU.terms))
    tried = [replace(each, sources=(held_to,)) for each in trials(True, True)]
    assert verdict_of(target(LRU), tried).verdict is Verdict.MET
    edited = verdict_of(target(replace(LRU, max_entries=500)), tried)
    assert (edited.verdict, edited.status) == (Verdict.STALE, Status.IN_PROGRESS)
    assert "tried as eviction lru, max_entries 1000, ttl_s 3600.0" in edited.reason


def test_another_machine_is_a_doubt_not_a_verdict():
    judgement = verdict_of(target(P95), calls(30e6), machine="m2")
    assert judgement.verdict is Verdict.MET
    assert CaveatKind.OTHER_MACHINE in kinds(judgement)
    assert CaveatKind.OTHER_MACHINE not in kinds(verdict_of(target(P95), calls(30e6), machine="m1"))


@pytest.mark.parametrize(
    ("excuses", "samples", "verdict"),
    [
        (("slower", "missed"), calls(70e6), Verdict.WAIVED),
        (("slower", "missed"), calls(49.9e6), Verdict.WAIVED),
        (("slower", "missed"), [failed(each, "raised") for each in calls(40e6)], Verdict.FAILED),
        (("slower", "missed"), [], Verdict.UNMEASURED),
        (("unmeasured",), [], Verdict.WAIVED),
        (("unmeasured",), calls(70e6), Verdict.MISSED),
    ],
)
def test_a_waiver_excuses_what_it_names_and_nothing_else(excuses, samples, verdict):
    waiver = Waiver(NOW.date(), "the vendor is slow", "Ada", excuses)
    judgement = verdict_of(target(P95, waiver=waiver), samples)
    assert judgement.verdict is verdict
    assert ("waived until" in judgement.reason) is (verdict is Verdict.WAIVED)
    assert f"excuses {' and '.join(excuses)} only" in judgement.reason or verdict is Verdict.WAIVED


def test_a_waiver_excuses_until_its_date_and_is_void_after():
    waiver = Waiver(NOW.date(), "the vendor is slow", "Ada")
    waived = verdict_of(target(P95, waiver=waiver), calls(70e6))
    assert (waived.verdict, waived.status) == (Verdict.WAIVED, Status.IN_PROGRESS)
    assert "Ada" in waived.reason
    assert verdict_of(target(P95, waiver=waiver), []).status is Status.NOT_STARTED
    later = verdict_of(target(P95, waiver=waiver), calls(70e6), now=NOW + timedelta(days=1))
    assert later.verdict is Verdict.MISSED
    assert "waiver ended" in later.reason
    assert verdict_of(target(P95, waiver=waiver), calls(30e6)).verdict is Verdict.MET


def test_a_due_date_that_passed_is_marked_until_the_target_is_completed():
    late = {"due": date(2026, 11, 19)}
    assert CaveatKind.OVERDUE in kinds(verdict_of(target(P95, **late), calls(70e6)))
    assert CaveatKind.OVERDUE in kinds(verdict_of(target(P95, **late), []))
    assert CaveatKind.OVERDUE not in kinds(verdict_of(target(P95, **late), calls(30e6)))
    assert CaveatKind.OVERDUE not in kinds(verdict_of(target(P95, due=NOW.date()), calls(70e6)))


def test_a_budget_nobody_can_break_is_called_loose():
    assert CaveatKind.TOO_LOOSE in kinds(verdict_of(target(P95), calls(1e6)))
    assert CaveatKind.TOO_LOOSE in kinds(verdict_of(target(RATE), batches(1e5)))
    assert CaveatKind.TOO_LOOSE not in kinds(verdict_of(target(P95), calls(10e6)))


def test_surroundings_are_doubts():
    stalled = calls(30e6, conditions=Conditions(stalled_ratio=0.6))
    assert CaveatKind.CONTENDED in kinds(verdict_of(target(P95), stalled))
    dirty = replace(EVIDENCE, is_dirty=True)
    assert CaveatKind.DIRTY_TREE in kinds(verdict_of(target(P95), calls(30e6), evidence=dirty))
    assert CaveatKind.TOO_FEW_FORKS in kinds(verdict_of(target(P95), calls(30e6, forks=3)))


def test_infrastructure_rests_on_runs():
    row = target(Evidenced("bench", "evidence of a benchmark run"), workload=None)
    fresh = verdict_of(row, [], evidence=None, runs_by_kind={"bench": NOW - timedelta(days=3)})
    assert (fresh.verdict, fresh.status) == (Verdict.MET, Status.COMPLETED)
    none = verdict_of(row, [], evidence=None, runs_by_kind={"load": NOW})
    assert none.verdict is Verdict.UNMEASURED and "`boss-perf bench` makes one" in none.reason
    old = verdict_of(row, [], evidence=None, runs_by_kind={"bench": NOW - timedelta(days=40)})
    assert (old.verdict, old.status) == (Verdict.STALE, Status.IN_PROGRESS)
    ahead = verdict_of(row, [], evidence=None, runs_by_kind={"bench": NOW + timedelta(days=2)})
    assert ahead.verdict is Verdict.STALE


def test_a_load_run_is_judged_by_its_requests():
    failures = Budget(Metric.FAILURES, Statistic.MEAN, Comparator.BELOW, 0.01, Unit.RATIO, "failures < 1%")
    promise = target(P95, failures, replace(RATE, bound=80.0), workload=None)
    assert verdict_of(promise, load(40e6)).verdict is Verdict.MET
    assert verdict_of(replace(promise, workload=WORKLOAD), load(40e6)).verdict is Verdict.MET
    assert verdict_of(promise, load(40e6, count=90, window_s=0.9)).verdict is Verdict.UNDECIDED
    assert verdict_of(promise, load(40e6, failed_count=60)).verdict is Verdict.MISSED
    assert verdict_of(promise, load(60e6)).verdict is Verdict.MISSED
    assert verdict_of(promise, load(40e6, window_s=50.0)).verdict is Verdict.MISSED


@pytest.mark.parametrize("facts", [{"users": 8.0}, {"is_cut": 1.0}, {"is_steady": 0.0}])
def test_a_load_that_was_not_the_promised_load_proves_nothing(facts):
    assert verdict_of(target(P95, workload=None), load(40e6, **facts)).verdict is Verdict.UNDECIDED


def test_resident_memory_of_one_fork_stands_beside_the_exact_count():
    samples = memory(1000, 600)
    exact = tuple(each for each in samples[1].series if each.reading is not Reading.RESIDENT_BYTES)
    samples = [samples[0], *(replace(each, series=exact) for each in samples[1:])]
    finding = verdict_of(target(LEANER), samples).findings[0]
    assert finding.verdict is Verdict.MET
    assert [(name, estimate.value) for name, estimate in finding.side] == [("resident memory", 600)]


def test_a_larger_suite_accuses_less_easily_and_claims_as_before():
    slow = pairs(0.41, spread=0.06, forks=7)
    alone = verdict_of(target(FASTER), slow)
    among_many = verdict_of(target(FASTER), slow, suite_size=1000)
    assert (alone.verdict, among_many.verdict) == (Verdict.MISSED, Verdict.UNDECIDED)
    fast = pairs(0.392, spread=0.06, forks=7)
    assert verdict_of(target(FASTER), fast, suite_size=1000).verdict is Verdict.MET


def test_the_same_samples_give_the_same_judgement_in_any_fork_order():
    samples = pairs(0.35, forks=7)
    assert verdict_of(target(FASTER), samples).verdict is verdict_of(target(FASTER), samples[::-1]).verdict
    assert verdict_of(target(FASTER), samples) == verdict_of(target(FASTER), samples)
    assert POLICY.false_alarm_ratio == 0.01
