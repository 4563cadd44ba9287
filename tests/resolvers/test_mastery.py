import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.resolvers.mastery import (
    BaselineExecutor,
    DeadlockInVirtualTime,
    OptimizedExecutor,
    TaskGraph,
    TaskNode,
    VirtualTimeLoop,
    reference_graphs,
)
from boss_perf.resolvers.protocol import Resolver, ResolverMetadata, Task, TaskRejected, TaskResult, TaskStatus


class Step(Resolver):
    """Sleeps, then answers or fails; writes down when it began, ended, or was cancelled."""

    def __init__(self, name, log=None, *, latency_s=0.0, failures_count=0):
        super().__init__(ResolverMetadata(name, "1", "a step"))
        self.log = [] if log is None else log
        self.latency_s = latency_s
        self.failures_count = failures_count

    def note(self, event):
        self.log.append((event, self.metadata.name, round(asyncio.get_running_loop().time(), 6)))

    async def answer(self, task):
        self.note("begin")
        try:
            await asyncio.sleep(self.latency_s)
        except asyncio.CancelledError:
            self.note("cancelled")
            raise
        if self.failures_count:
            self.failures_count -= 1
            self.note("fail")
            raise TaskRejected("broken", f"{self.metadata.name} is broken")
        self.note("end")
        return {"name": self.metadata.name, "upstream": sorted(task.input_data["upstream"]), **task.context}


def run_virtually(awaitable):
    """The answer, and how many virtual seconds it took."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        answer = runner.run(awaitable)
        return answer, round(runner.get_loop().time(), 6)


def execute(executor, **input_data):
    task = Task("t", {"operation": "execute_mastery", "mastery_name": "m", **input_data})
    return run_virtually(executor.resolve(task))


ARMS = [BaselineExecutor, OptimizedExecutor]


@pytest.fixture(params=ARMS, ids=["baseline", "optimized"])
def kind(request):
    return request.param


def diamond(log, **latencies):
    def node(name, *after, **more):
        return TaskNode(name, Step(name, log, latency_s=latencies.get(name, 1)), after, **more)

    return TaskGraph([node("a"), node("b", "a"), node("c", "a"), node("d", "b", "c")])


def test_every_node_runs_once_after_what_it_needs(kind):
    log = []
    result, _ = execute(kind({"m": diamond(log)}))
    assert list(result.output_data["outputs"]) == ["a", "b", "c", "d"]
    assert result.output_data["outputs"]["d"]["upstream"] == ["b", "c"]
    ended = {name: place for place, (event, name, _) in enumerate(log) if event == "end"}
    begun = {name: place for place, (event, name, _) in enumerate(log) if event == "begin"}
    assert all(ended[before] < begun[after] for before, after in ["ab", "ac", "bd", "cd"])


def test_a_node_starts_when_its_own_predecessors_are_done():
    log = []
    nodes = [
        TaskNode("slow", Step("slow", log, latency_s=10)),
        TaskNode("quick", Step("quick", log, latency_s=1)),
        TaskNode("next", Step("next", log, latency_s=1), ("quick",)),
    ]
    _, elapsed_s = execute(OptimizedExecutor({"m": TaskGraph(nodes)}))
    assert ("begin", "next", 1.0) in log
    assert elapsed_s == 10


@pytest.mark.parametrize("name", ["chain", "fan", "twin_chains"])
def test_the_reference_graphs_take_their_critical_path(name):
    graph = getattr(reference_graphs, name)()
    plain, plain_s = execute(BaselineExecutor({"m": graph}))
    quick, quick_s = execute(OptimizedExecutor({"m": graph}))
    assert plain.output_data["outputs"] == quick.output_data["outputs"]
    assert plain_s == reference_graphs.latency_sum_ms(graph) / 1e3
    assert quick_s == reference_graphs.critical_path_ms(graph) / 1e3


@pytest.mark.parametrize(("limit", "elapsed_s"), [(1, 6), (2, 3), (3, 2), (6, 1), (100, 1)])
def test_no_more_nodes_at_once_than_allowed(limit, elapsed_s):
    graph = TaskGraph([TaskNode(str(number), Step(str(number), latency_s=1)) for number in range(6)])
    result, took_s = execute(OptimizedExecutor({"m": graph}, max_concurrency=limit))
    assert result.is_success
    assert took_s == elapsed_s


def test_the_first_failure_in_sequential_order_is_reported(kind):
    log = []
    nodes = [
        TaskNode("early", Step("early", log, latency_s=5, failures_count=1)),
        TaskNode("late", Step("late", log, latency_s=1, failures_count=1)),
    ]
    result, _ = execute(kind({"m": TaskGraph(nodes)}))
    assert result.error == {"kind": "broken", "message": "node 'early': early is broken"}
    assert result.output_data == {}


def test_a_failure_cancels_what_comes_later_and_lets_the_earlier_end():
    log = []
    nodes = [
        TaskNode("earlier", Step("earlier", log, latency_s=3)),
        TaskNode("fails", Step("fails", log, latency_s=1, failures_count=1)),
        TaskNode("later", Step("later", log, latency_s=9)),
        TaskNode("never", Step("never", log), ("earlier",)),
    ]
    result, elapsed_s = execute(OptimizedExecutor({"m": TaskGraph(nodes)}))
    assert result.error["message"] == "node 'fails': fails is broken"
    assert ("cancelled", "later", 1.0) in log
    assert ("end", "earlier", 3.0) in log
    assert all(name != "never" for _, name, _ in log)
    assert elapsed_s == 3


def test_a_cancelled_execution_leaves_no_node_running(kind):
    log = []
    executor = kind({"m": diamond(log, b=50, c=50)})

    async def cancel_midway():
        running = asyncio.create_task(
            executor.resolve(Task("t", {"operation": "execute_mastery", "mastery_name": "m"}))
        )
        await asyncio.sleep(2)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return await executor.resolve(Task("t", {"operation": "get_execution_history"}))

    history, _ = run_virtually(cancel_midway())
    assert [each["status"] for each in history.output_data["history"]] == ["cancelled"]
    begun = [name for event, name, _ in log if event == "begin" and name != "a"]
    assert sorted(begun) == sorted(name for event, name, _ in log if event == "cancelled")


def test_a_failed_node_is_retried_with_growing_pauses(kind):
    step = Step("s", failures_count=2)
    graph = TaskGraph([TaskNode("s", step, max_retries=2, retry_delay_s=1.5)])
    result, elapsed_s = execute(kind({"m": graph}))
    assert result.output_data["outputs"]["s"]["attempt"] == 2
    assert elapsed_s == 4.5
    step.failures_count = 3
    result, _ = execute(kind({"m": graph}))
    assert result.error["kind"] == "broken"


def test_a_late_node_is_stopped_and_retried(kind):
    step = Step("s", latency_s=10)
    graph = TaskGraph([TaskNode("s", step, max_retries=1, timeout_s=2)])
    result, elapsed_s = execute(kind({"m": graph}))
    assert result.error["kind"] == "timeout"
    assert elapsed_s == 4
    assert [event for event, _, _ in step.log] == ["begin", "cancelled"] * 2


def test_pauses_grow_no_more_before_they_overflow(kind):
    graph = TaskGraph([TaskNode("s", Step("s", failures_count=1100), max_retries=1100)])
    result, elapsed_s = execute(kind({"m": graph}))
    assert result.output_data["outputs"]["s"]["attempt"] == 1100
    assert elapsed_s == 0


class Rude(Step):
    """Answers as no resolver should."""

    def __init__(self, name, answer):
        super().__init__(name)
        self.answer_rudely = answer

    async def resolve(self, task):
        return self.answer_rudely(task)


def raising(error):
    def raise_it(_task):
        raise error

    return raise_it


@pytest.mark.parametrize("company", [(), ("other",)])
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (raising(KeyError("x")), {"kind": "KeyError", "message": "'x'"}),
        (raising(asyncio.CancelledError()), {"kind": "cancelled", "message": "node 'rude': was cancelled"}),
        (lambda task: TaskResult(task.id, TaskStatus.ERROR, message="no", error={"code": 1}),
         {"kind": "error", "message": "node 'rude': no"}),
    ],
)  # fmt: skip
def test_a_node_that_breaks_the_protocol_fails_its_execution_and_no_more(kind, answer, error, company):
    nodes = [TaskNode("rude", Rude("rude", answer)), *(TaskNode(each, Step(each)) for each in company)]
    executor = kind({"m": TaskGraph(nodes)})
    result, _ = execute(executor)
    assert (result.status, result.error) == (TaskStatus.ERROR, error)
    history, _ = run_virtually(executor.resolve(Task("t", {"operation": "get_execution_history"})))
    assert [each["status"] for each in history.output_data["history"]] == ["error"]


def test_the_history_is_bounded_and_found_by_id(kind):
    executor = kind({"m": TaskGraph([TaskNode("s", Step("s"))])}, history_size=3)
    ids = [execute(executor)[0].output_data["execution_id"] for _ in range(5)]
    history, _ = run_virtually(executor.resolve(Task("t", {"operation": "get_execution_history"})))
    assert [each["execution_id"] for each in history.output_data["history"]] == ids[2:]
    assert all(set(each) == {"execution_id", "mastery_name", "status", "error", "execution_time_ms"}
               for each in history.output_data["history"])  # fmt: skip
    state = {"operation": "get_execution_state", "execution_id": ids[4]}
    found, _ = run_virtually(executor.resolve(Task("t", state)))
    assert found.output_data["state"]["status"] == "completed"
    gone, _ = run_virtually(executor.resolve(Task("t", {**state, "execution_id": ids[0]})))
    assert gone.error["kind"] == "unknown_execution"


def test_an_answer_that_is_changed_does_not_change_the_history(kind):
    executor = kind({"m": TaskGraph([TaskNode("s", Step("s"))])})
    execute(executor)
    asked = Task("t", {"operation": "get_execution_history"})
    first, _ = run_virtually(executor.resolve(asked))
    first.output_data["history"][0]["status"] = "forged"
    second, _ = run_virtually(executor.resolve(asked))
    assert second.output_data["history"][0]["status"] == "completed"


@pytest.mark.parametrize(
    ("input_data", "error_kind"),
    [
        ({}, "missing_field"),
        ({"operation": 1}, "wrong_type"),
        ({"operation": "dance"}, "unknown_operation"),
        ({"operation": "execute_mastery"}, "missing_field"),
        ({"operation": "execute_mastery", "mastery_name": "x"}, "unknown_mastery"),
        ({"operation": "execute_mastery", "mastery_name": "m", "task_data": []}, "wrong_type"),
        ({"operation": "get_execution_state"}, "missing_field"),
        (["execute_mastery"], "wrong_type"),
        (None, "wrong_type"),
    ],
)
def test_a_malformed_task_is_told_what_is_wrong(kind, input_data, error_kind):
    executor = kind({"m": TaskGraph([])})
    result, _ = run_virtually(executor.resolve(Task("t", input_data)))
    assert result.status is TaskStatus.ERROR
    assert result.error["kind"] == error_kind


def test_an_empty_mastery_has_no_outputs(kind):
    assert execute(kind({"m": TaskGraph([])}))[0].output_data["outputs"] == {}


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        ([("a", ("b",)), ("b", ("a",))], "wait for each other: a, b"),
        ([("a", ("a",))], "wait for each other: a"),
        ([("a", ("x",))], "'x', which does not exist"),
        ([("a", ()), ("a", ())], "same id"),
        ([("a", ()), ("b", ("a", "a"))], "twice"),
    ],
)
def test_an_impossible_graph_is_refused(edges, message):
    with pytest.raises(ValueError, match=message):
        TaskGraph([TaskNode(node_id, Step(node_id), after) for node_id, after in edges])


def test_virtual_time_reports_a_deadlock():
    with pytest.raises(DeadlockInVirtualTime), asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(asyncio.wait_for(asyncio.Event().wait(), None))


def test_virtual_time_keeps_the_order_of_timers():
    async def body():
        order = []

        async def sleeper(delay_s):
            await asyncio.sleep(delay_s)
            order.append(delay_s)

        await asyncio.gather(*map(sleeper, (3e6, 0.001, 0, 20)))
        return order

    assert run_virtually(body()) == ([0, 0.001, 20, 3e6], 3e6)


@st.composite
def graphs(draw):
    """Nodes of some latency, some of which fail for good or once."""
    count = draw(st.integers(1, 9))
    nodes = []
    for number in range(count):
        before = draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        nodes.append(
            (
                str(number),
                tuple(str(each) for each in sorted(before)),
                draw(st.integers(0, 4)),
                draw(st.sampled_from([0, 0, 0, 0, 1, 9])),
                draw(st.integers(0, 1)),
            )
        )
    return draw(st.permutations(nodes))


@given(graphs(), st.integers(1, 4))
def test_both_arms_answer_alike(nodes, max_concurrency):
    answers = []
    for make in (BaselineExecutor, lambda book: OptimizedExecutor(book, max_concurrency=max_concurrency)):
        graph = TaskGraph(
            TaskNode(node_id, Step(node_id, latency_s=latency, failures_count=failures), after, max_retries=retries)
            for node_id, after, latency, failures, retries in nodes
        )
        result, elapsed_s = execute(make({"m": graph}))
        answers.append((result.status, result.error, list(result.output_data.get("outputs", {}).items()), elapsed_s))
    assert answers[0][:3] == answers[1][:3]
    if answers[0][0] is TaskStatus.COMPLETED:
        assert answers[1][3] <= answers[0][3]


@pytest.mark.parametrize("kind", [BaselineExecutor, OptimizedExecutor])
def test_the_outputs_of_the_last_executions_can_be_told_again(kind):
    class Counting(Resolver):
        def __init__(self):
            super().__init__(ResolverMetadata("counting", "1", "counts"))
            self.count = 0

        async def answer(self, task):
            self.count += 1
            return {"count": self.count, "pair": (1, 2)}

    async def main():
        executor = kind({"g": TaskGraph([TaskNode("n", Counting())])}, history_size=2)
        ids = []
        for _ in range(3):
            done = await executor.resolve(Task("x", {"operation": "execute_mastery", "mastery_name": "g"}))
            ids.append(done.output_data["execution_id"])
        asked = {"operation": "get_execution_state", "with_output": True}
        return [await executor.resolve(Task("s", {**asked, "execution_id": each})) for each in ids]

    gone, *kept = asyncio.run(main())
    assert gone.error["kind"] == "unknown_execution"
    assert [each.output_data["output"]["outputs"]["n"] for each in kept] == [
        {"count": count, "pair": (1, 2)} for count in (2, 3)
    ]
