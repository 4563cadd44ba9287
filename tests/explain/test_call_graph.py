"""Library code is folded into who calls it, and nothing of its time is lost."""

from boss_perf.explain.call_graph import ABOVE, counted_graph, timed_graph
from boss_perf.worker.profile_messages import CallCounts, Function, FunctionTimes

FUNCTIONS = (
    Function("shop.py", "shop", "root", 1, True),
    Function("/lib/json.py", "json", "dumps", 1, False),
    Function("/lib/json.py", "json", "encode", 9, False),
    Function("shop.py", "shop", "default", 7, True),
    Function("shop.py", "shop", "other", 9, True),
)
ROOT, DEFAULT, OTHER = ("shop.py", "root"), ("shop.py", "default"), ("shop.py", "other")


def timed(self_ns: list[tuple[int, int]], edges: list[tuple[int, int, int, int]]) -> FunctionTimes:
    return FunctionTimes(FUNCTIONS, tuple(self_ns), tuple(edges), 1, 1)


def test_what_a_library_takes_counts_for_its_caller_and_calls_back_come_from_it() -> None:
    answer = timed(
        [(0, 100), (1, 40), (2, 60), (3, 30)],
        [(-1, 0, 1, 230), (0, 1, 2, 130), (1, 2, 2, 90), (2, 3, 6, 30)],
    )
    graph = timed_graph(answer, 2)
    assert graph.self_ns == {ROOT: 100.0, DEFAULT: 15.0}
    assert graph.edges == {(ABOVE, ROOT): (0.5, 115.0), (ROOT, DEFAULT): (3.0, 15.0)}


def test_two_callers_share_a_library_by_the_time_below_each() -> None:
    answer = timed([(0, 10), (1, 80), (4, 10)], [(-1, 0, 1, 100), (0, 4, 1, 30), (0, 1, 1, 60), (4, 1, 3, 20)])
    assert timed_graph(answer, 1).self_ns == {ROOT: 70.0, OTHER: 30.0}


def test_a_library_that_nobody_of_ours_calls_is_above() -> None:
    answer = timed([(1, 50), (0, 10)], [(-1, 1, 1, 60), (-1, 0, 1, 10)])
    assert timed_graph(answer, 1).self_ns == {ABOVE: 50.0, ROOT: 10.0}


def test_a_library_that_calls_itself_is_folded_too() -> None:
    answer = timed([(0, 10), (1, 90)], [(-1, 0, 1, 100), (0, 1, 1, 90), (1, 1, 5, 80)])
    assert timed_graph(answer, 1).self_ns == {ROOT: 100.0}


def test_counts_are_per_call_of_the_benchmark() -> None:
    answer = CallCounts(FUNCTIONS, ((-1, 0, 4), (0, 4, 12), (0, 1, 4), (0, 3, 8)), (), False)
    graph = counted_graph(answer, 4)
    assert {pair: calls for pair, (calls, _) in graph.edges.items()} == {
        (ABOVE, ROOT): 1.0, (ROOT, OTHER): 3.0, (ROOT, DEFAULT): 2.0,
    }  # fmt: skip
