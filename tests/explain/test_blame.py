"""Who answers for a difference: the parts add up to the whole, and the edited function comes before what it calls."""

import random

from boss_perf.explain.blame import contributions, credit_decorated, credit_loop, over_rounds, ranked
from boss_perf.explain.call_graph import ABOVE, CallGraph, Key
from boss_perf.stats.sequential import Interval

ROOT, SCAN, NORM, LEAF = (("shop.py", name) for name in ("root", "scan", "norm", "leaf"))


def graph(self_ns: dict[Key, float], calls: dict[tuple[Key, Key], float]) -> CallGraph:
    """A tree's graph with the time below each pair computed from what each function takes itself per call."""

    def below(key: Key) -> float:
        return self_ns[key] + sum(count * below(callee) for (caller, callee), count in calls.items() if caller == key)

    totals: dict[Key, float] = {}

    def visit(key: Key, times: float) -> None:
        totals[key] = totals.get(key, 0.0) + times
        for (caller, callee), count in calls.items():
            if caller == key:
                visit(callee, times * count)

    visit(ROOT, 1.0)
    edges = {pair: (totals[pair[0]] * count, totals[pair[0]] * count * below(pair[1])) for pair, count in calls.items()}
    return CallGraph({key: totals[key] * self_ns[key] for key in totals}, {(ABOVE, ROOT): (1.0, below(ROOT)), **edges})


CALLS = {(ROOT, SCAN): 2.0, (ROOT, NORM): 1.0, (SCAN, LEAF): 3.0, (NORM, LEAF): 1.0}
TIMES = {ROOT: 10.0, SCAN: 20.0, NORM: 5.0, LEAF: 7.0}
BASE = graph(TIMES, CALLS)


def whole(each: CallGraph) -> float:
    return sum(each.self_ns.values())


def named(
    head: CallGraph, *, edited: set[Key], is_proven: bool = False, moved: frozenset[Key] = frozenset()
) -> tuple[Key, ...]:
    added = contributions(BASE, head, edited=edited)
    intervals = {key: Interval(ns, ns - 0.1, ns + 0.1) for key, ns in added.items()}
    return ranked(intervals, head=head, edited=edited, moved=moved, base_ns=whole(BASE), sign=1, is_proven=is_proven)


def test_a_function_answers_for_its_own_time() -> None:
    head = graph({**TIMES, LEAF: 9.0}, CALLS)
    added = contributions(BASE, head, edited=set())
    assert {key: ns for key, ns in added.items() if abs(ns) > 1e-9} == {LEAF: 14.0}


def test_the_caller_answers_for_calls_it_makes_more_often() -> None:
    head = graph(TIMES, {**CALLS, (SCAN, LEAF): 5.0})
    added = contributions(BASE, head, edited=set())
    assert {key: ns for key, ns in added.items() if abs(ns) > 1e-9} == {SCAN: 28.0}


def test_the_caller_answers_for_a_function_that_is_new() -> None:
    new = ("shop.py", "new")
    head = graph({**TIMES, new: 4.0}, {**CALLS, (SCAN, new): 1.0})
    added = contributions(BASE, head, edited={SCAN, new})
    assert added[SCAN] == 8.0 and not added.get(new)


def test_a_function_that_lost_its_cache_answers_for_the_calls_that_reach_it() -> None:
    head = graph(TIMES, {**CALLS, (SCAN, LEAF): 30.0})
    assert named(head, edited={LEAF})[0] == LEAF


def test_the_parts_add_up_to_the_difference() -> None:
    rng = random.Random(7)
    for _ in range(50):
        head = graph(
            {key: ns * rng.uniform(0.5, 2) for key, ns in TIMES.items()},
            {pair: count * rng.choice((1, 2, 3)) for pair, count in CALLS.items()},
        )
        assert abs(sum(contributions(BASE, head, edited=set()).values()) - (whole(head) - whole(BASE))) < 1e-6


def test_an_edited_function_that_hands_on_more_work_comes_before_the_one_that_does_it() -> None:
    assert named(graph({**TIMES, LEAF: 9.0}, CALLS), edited={SCAN}) == (SCAN, LEAF)


def test_nothing_is_named_where_code_calls_and_times_are_the_same() -> None:
    assert named(BASE, edited=set()) == ()
    assert named(BASE, edited={SCAN}) == ()


def test_a_small_difference_without_an_edit_is_noise_unless_it_is_proven() -> None:
    head = graph({**TIMES, LEAF: 7.2}, CALLS)
    assert named(head, edited=set()) == ()
    assert named(head, edited=set(), is_proven=True) == (LEAF,)


def test_an_edit_that_is_lost_in_noise_is_named_where_the_whole_is_clearly_slower() -> None:
    added = {key: Interval(3.0 if key == SCAN else 0.0, -9.0, 9.0) for key in TIMES}
    found = [
        ranked(
            added, head=BASE, edited={SCAN, NORM}, moved=set(), base_ns=whole(BASE), sign=1, is_proven=False,
            is_apart=is_apart,
        )
        for is_apart in (False, True)
    ]  # fmt: skip
    assert found == [(), (SCAN,)]


def test_a_proven_difference_names_the_only_edit_even_where_the_profile_does_not_see_it() -> None:
    assert named(BASE, edited={SCAN}, is_proven=True) == (SCAN,)


def test_the_interval_over_rounds_holds_as_often_as_it_says() -> None:
    rng = random.Random(3)
    misses = 0
    for _ in range(600):
        interval = over_rounds([rng.gauss(5, 2) for _ in range(20)])
        misses += not interval.low <= 5 <= interval.high
    assert misses / 600 <= 0.025


def test_few_rounds_have_no_interval() -> None:
    assert not over_rounds([5.0] * 7).is_clear
    assert over_rounds([5.0 + each / 100 for each in range(8)]).is_clear


def test_a_decorated_function_answers_for_its_decorator() -> None:
    parts = {ROOT: [6.0, 8.0], SCAN: [1.0, 1.0], NORM: [0.0, 0.0]}
    credit_decorated(parts, head=BASE, edited={SCAN}, wrapping=set())
    credit_decorated(parts, head=BASE, edited={LEAF}, wrapping={ROOT})
    assert parts[ROOT] == [6.0, 8.0]
    credit_decorated(parts, head=BASE, edited={SCAN}, wrapping={ROOT})
    assert parts == {SCAN: [7.0, 9.0], NORM: [0.0, 0.0]}


def test_what_the_event_loop_takes_more_counts_for_who_calls_something_else_not_for_a_nearer_edit() -> None:
    parts = {ABOVE: [9.0, 7.0], ROOT: [0.0, 0.0], LEAF: [1.0, 1.0]}
    credit_loop(parts, head=BASE, moved=set())
    assert parts[ABOVE] == [9.0, 7.0]
    credit_loop(parts, head=BASE, moved={LEAF})
    assert parts == {ROOT: [0.0, 0.0], LEAF: [10.0, 8.0]}


def test_what_the_event_loop_takes_more_counts_for_the_edited_function_that_calls_something_new() -> None:
    head = CallGraph({**BASE.self_ns, ABOVE: 9.0}, BASE.edges)
    assert named(head, edited={SCAN}, moved=frozenset({SCAN})) == (SCAN,)
    assert named(head, edited=set()) == ()
