import asyncio
import copy
import dataclasses
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.resolvers.mastery import BaselineComposer, ComposerNode, OptimizedComposer
from boss_perf.resolvers.protocol import Resolver, ResolverMetadata, Task, TaskResult, TaskStatus
from boss_perf.resolvers.serialization import BaselineSerializer, OptimizedSerializer


class Note(Resolver):
    """Adds its name to those that led to it; spoils its input, which must be its own."""

    def __init__(self, name, log=None, error=None):
        super().__init__(ResolverMetadata(name, "1", "a step"))
        self.log = [] if log is None else log
        self.error = error

    async def answer(self, task):
        name = self.metadata.name
        self.log.append(name)
        if self.error is not None:
            raise self.error
        seen = sorted({*task.input_data.get("seen", []), name})
        output = {"seen": seen, name: len(self.log), "last": name}
        task.input_data["spoilt"] = True
        return output


class Own(Note):
    """Has a `resolve` of its own."""

    async def resolve(self, task):
        return TaskResult(task.id, TaskStatus.COMPLETED, {"own": True, "asked": task.name})


@pytest.fixture(params=[BaselineComposer, OptimizedComposer], ids=["baseline", "optimized"])
def kind(request):
    return request.param


def walk(composer, input_data=None):
    return asyncio.run(composer.resolve(Task("t", {} if input_data is None else input_data)))


def graph(edges, *, log=None, **special):
    return {
        name: ComposerNode(special.get(name) or Note(name, log), tuple(after.split()), None)
        for name, after in edges.items()
    }


def test_a_chain_ends_with_its_last_node(kind):
    log = []
    result = walk(kind(graph({"a": "b", "b": "c", "c": ""}, log=log), entry_node="a"), {"seen": ["start"]})
    assert log == ["a", "b", "c"]
    assert result.output_data == {"seen": ["a", "b", "c", "start"], "c": 3, "last": "c", "executed_node": "c"}


def test_more_than_ten_nodes_in_a_row(kind):
    names = [f"n{number}" for number in range(200)]
    edges = dict(zip(names, [*names[1:], ""], strict=True))
    assert walk(kind(graph(edges), entry_node="n0")).output_data["executed_node"] == "n199"


def test_a_node_runs_after_all_that_lead_to_it(kind):
    log = []
    edges = {"a": "d b c", "b": "d", "c": "d", "d": ""}
    result = walk(kind(graph(edges, log=log), entry_node="a"))
    assert log == ["a", "b", "c", "d"]
    assert result.output_data["seen"] == ["a", "c", "d"]  # c ran after b, so its output is merged last


def test_only_what_the_entry_leads_to_runs(kind):
    log = []
    walk(kind(graph({"stray": "c", "b": "c", "c": ""}, log=log), entry_node="b"))
    assert log == ["b", "c"]


def test_several_exits_are_merged(kind):
    result = walk(kind(graph({"a": "b c", "b": "", "c": ""}), entry_node="a"))
    assert result.output_data["b"] == result.output_data["c"] == 1
    assert result.output_data["executed_node"] == "c"


def test_a_choice_decides_which_nodes_are_reached(kind):
    log = []
    nodes = graph({"a": "b c", "b": "d", "c": "d", "d": ""}, log=log)
    nodes["a"] = ComposerNode(nodes["a"].resolver, ("b", "c"), lambda output: ["c"] if output["seen"] else ["b"])
    result = walk(kind(nodes, entry_node="a"))
    assert log == ["a", "c", "d"]
    assert result.output_data["seen"] == ["a", "c", "d"]


def test_a_choice_of_something_else_is_an_error(kind):
    nodes = {"a": ComposerNode(Note("a"), ("b",), lambda output: ["z"]), "b": ComposerNode(Note("b"))}
    assert walk(kind(nodes, entry_node="a")).error["kind"] == "bad_choice"


def test_a_failing_node_ends_the_walk(kind):
    log = []
    broken = Note("b", log, ValueError("no such thing"))
    result = walk(kind(graph({"a": "b", "b": "c", "c": ""}, log=log, b=broken), entry_node="a"))
    assert log == ["a", "b"]
    assert result.status is TaskStatus.ERROR
    assert result.error == {"kind": "ValueError", "message": "node 'b': no such thing"}


def test_an_error_that_cannot_be_shown_is_told_by_its_kind(kind):
    class Wordless(Exception):
        def __str__(self):
            raise LookupError("no words")

    error = walk(kind(graph({"a": ""}, a=Note("a", error=Wordless())), entry_node="a")).error
    assert error == {"kind": "Wordless", "message": "node 'a': Wordless, which cannot be shown"}


def test_a_resolver_with_its_own_resolve_is_asked_through_it(kind):
    result = walk(kind(graph({"a": "b", "b": ""}, b=Own("b")), entry_node="a"))
    assert result.output_data == {"own": True, "asked": "b", "executed_node": "b"}


def test_the_input_of_the_task_is_left_alone(kind):
    given_data = {"seen": ["x"]}
    walk(kind(graph({"a": "b", "b": ""}), entry_node="a"), given_data)
    assert given_data == {"seen": ["x"]}


def test_two_tasks_at_once_do_not_meet(kind):
    class Slow(Note):
        async def answer(self, task):
            before = task.input_data["who"]
            await asyncio.sleep(0)
            return {"who": before, "same": task.input_data["who"] == before}

    composer = kind(graph({"a": "b", "b": ""}, a=Slow("a"), b=Slow("b")), entry_node="a")

    async def body():
        return await asyncio.gather(*(composer.resolve(Task("t", {"who": each})) for each in range(5)))

    answers = asyncio.run(body())
    assert [each.output_data["who"] for each in answers] == list(range(5))
    assert all(each.output_data["same"] for each in answers)


def test_an_output_or_input_that_is_no_dict(kind):
    class Wrong(Note):
        async def answer(self, task):
            return ["no dict"]

    assert walk(kind(graph({"a": ""}, a=Wrong("a")), entry_node="a")).error["kind"] == "wrong_type"
    assert walk(kind(graph({"a": ""}), entry_node="a"), ["no dict"]).error["kind"] == "wrong_type"


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        ({"a": "b", "b": "c", "c": "b"}, "wait for each other"),
        ({"a": "x"}, "does not exist"),
        ({"b": ""}, "does not exist"),
        ({"a": "", "b": "a"}, "comes after"),
        ({"a": "b b", "b": ""}, "twice"),
    ],
)
def test_a_graph_that_cannot_be_walked_is_refused(kind, edges, message):
    with pytest.raises(ValueError, match=message):
        kind(graph(edges), entry_node="a")


@given(st.data())
def test_both_arms_answer_alike(data):
    count = data.draw(st.integers(1, 8))
    names = [f"n{number}" for number in range(count)]
    order = data.draw(st.permutations(names[1:]))
    edges, choices, broken = {}, {}, data.draw(st.sampled_from([None, None, *names]))
    for number, name in enumerate(names):
        after = data.draw(st.lists(st.sampled_from(names[number + 1 :]), unique=True)) if number + 1 < count else []
        edges[name] = after
        if data.draw(st.booleans()):
            choices[name] = data.draw(st.lists(st.sampled_from(after), unique=True)) if after else []
    answers = []
    for composer in (BaselineComposer, OptimizedComposer):
        log = []
        nodes = {
            name: ComposerNode(
                Note(name, log, KeyError("broken") if name == broken else None),
                tuple(edges[name]),
                (lambda _, chosen=choices[name]: chosen) if name in choices else None,
            )
            for name in [names[0], *order]
        }
        result = walk(composer(nodes, entry_node="n0"), {"seen": ["start"]})
        answers.append((log, result.status, result.output_data, result.error))
    assert answers[0] == answers[1]


class Touchy(Resolver):
    """Notes what it was handed, keeps the task, and leaves marks wherever it can."""

    def __init__(self, log, failures_count=0):
        super().__init__(ResolverMetadata("touchy", "1", "leaves marks"))
        self.log, self.failures_count = log, failures_count

    async def answer(self, task):
        metadata = task.metadata
        history = [{key: each[key] for key in each if key != "at"} for each in task.history]
        handed = (task.name, task.description, task.status, dict(task.context), history, *task.errors, *task.results)
        self.log.append((*handed, metadata.retry_count, metadata.max_retries, metadata.tags, metadata.owner))
        self.kept = task
        while self.failures_count:
            self.failures_count -= 1
            metadata.retry_count += 1
            task.errors.append({"attempt": metadata.retry_count})
            if metadata.retry_count > metadata.max_retries:
                raise ConnectionError("given up")
        task.status, task.id, task.context["seen"] = TaskStatus.FAILED, "another", True
        metadata.owner, metadata.tags = "somebody", ("seen",)
        for entries in (task.history, task.results):
            entries.append({"seen": True})
        return dict(task.input_data)


@pytest.mark.parametrize("is_choosing", [False, True])
def test_every_node_is_handed_a_task_of_its_own_and_the_same_one_by_either_arm(is_choosing):
    logs = []
    for kind in (BaselineComposer, OptimizedComposer):
        logs.append([])
        steps = {name: Touchy(logs[-1], failures_count=2) for name in "abc"}
        choice = (lambda output: ("b",)) if is_choosing else None
        nodes = {
            "a": ComposerNode(steps["a"], ("b",), choice),
            "b": ComposerNode(steps["b"], ("c",)),
            "c": ComposerNode(steps["c"]),
        }
        result = walk(kind(nodes, entry_node="a"), {"x": 1})
        assert result.output_data == {"x": 1, "executed_node": "c"}
        kept = [each.kept for each in steps.values()]
        assert len({id(task) for task in kept}) == len({id(task.metadata) for task in kept}) == 3
    assert logs[0] == logs[1]


def test_identifiers_differ_between_nodes_and_walks():
    seen = []

    class Asked(Note):
        async def answer(self, task):
            seen.append(task.id)
            return {}

    composer = OptimizedComposer(graph({"a": "b", "b": ""}, a=Asked("a"), b=Asked("b")), entry_node="a")
    walk(composer)
    walk(composer)
    assert len(set(seen)) == 4


def serialized(task, kind):
    task.history = []  # it holds a date, which no JSON tells
    return kind().load(kind().dump_exactly(task))


@pytest.mark.parametrize(
    "taken",
    [
        copy.deepcopy,
        copy.copy,
        dataclasses.replace,
        lambda task: pickle.loads(pickle.dumps(task)),
        lambda task: serialized(task, BaselineSerializer),
        lambda task: serialized(task, OptimizedSerializer),
    ],
    ids=["deepcopy", "copy", "replace", "pickle", "plain JSON", "JSON"],
)
def test_a_task_that_nobody_has_looked_at_is_copied_whole(taken):
    class Copying(Note):
        async def answer(self, task):
            copied = taken(task)
            assert copied == task == copied
            return {"copied": dataclasses.asdict(copied), "own": dataclasses.asdict(task)}

    answered = walk(OptimizedComposer(graph({"a": ""}, a=Copying("a")), entry_node="a"), {"x": 1}).output_data
    assert answered["copied"] == answered["own"]
    assert (answered["own"]["input_data"], answered["own"]["metadata"]["owner"]) == ({"x": 1}, "system")


def test_a_task_has_no_other_fields():
    class Curious(Note):
        async def answer(self, task):
            return {"has": hasattr(task, "deadline")}

    assert walk(OptimizedComposer(graph({"a": ""}, a=Curious("a")), entry_node="a")).output_data["has"] is False


def test_a_large_graph_is_put_into_order_once():
    visited = []
    names = [f"n{number}" for number in range(300)]
    nodes = graph(dict(zip(names, [*names[1:], ""], strict=True)))

    class Counted(dict):
        def __getitem__(self, key):
            visited.append(key)
            return super().__getitem__(key)

    OptimizedComposer(Counted(nodes), entry_node="n0")
    assert len(visited) < 10 * len(names)
