"""Masteries: graphs of nodes run side by side against one after the other, and graphs walked by a composer.

The gain of an executor is a property of the graph: no schedule beats the critical path, so each result is to be read
beside 1 - critical path / sum of latencies, given as `ceiling_ratio`. Latencies are whole milliseconds from 5 to 12,
drawn with a fixed seed.
"""

import asyncio
import itertools

import pytest

from boss_perf.resolvers.mastery import (
    BaselineComposer,
    BaselineExecutor,
    ComposerNode,
    OptimizedComposer,
    OptimizedExecutor,
    VirtualTimeLoop,
    reference_graphs,
)
from boss_perf.resolvers.protocol import Resolver, ResolverMetadata, Task

EXECUTE = Task("execute", {"operation": "execute_mastery", "mastery_name": "graph"})
TRAVERSE = Task("traverse", {"start": 1})
NODE_COUNT = 1000
EDGE_COUNT = 4
CHAIN_LENGTH = 100


def same_outputs(left, right):
    assert left.is_success, left.message
    assert right.is_success, right.message
    return list(left.output_data["outputs"].items()) == list(right.output_data["outputs"].items())


def same_answer(left, right):
    assert left.is_success, left.message
    assert right.is_success, right.message
    return left.output_data == right.output_data


def ceiling_ratio(graph):
    return 1 - reference_graphs.critical_path_ms(graph) / reference_graphs.latency_sum_ms(graph)


def compare_executors(paired, graph):
    baseline, optimized = BaselineExecutor({"graph": graph}), OptimizedExecutor({"graph": graph})
    paired.extra_info["ceiling_ratio"] = ceiling_ratio(graph)
    paired(baseline=baseline.resolve, optimized=optimized.resolve, inputs=[EXECUTE], agree=same_outputs)


def test_execution_chain(paired):
    """One op: ten sleepers in a row. Nothing can be gained; the optimized arm must not lose more than 2 %."""
    compare_executors(paired, reference_graphs.chain())


def test_execution_fan(paired):
    """One op: four layers of four sleepers, each after two of the layer before."""
    compare_executors(paired, reference_graphs.fan())


def test_execution_twin_chains(paired):
    """One op: two independent rows of eight sleepers."""
    compare_executors(paired, reference_graphs.twin_chains())


def virtual_seconds(executor):
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        result = runner.run(executor.resolve(EXECUTE))
        assert result.is_success, result.message
        return runner.get_loop().time()


@pytest.mark.parametrize("name", ["fan", "twin_chains"])
def test_execution_virtual(benchmark, name):
    """One op: the graph executed on a clock that jumps, so that only scheduling costs time.

    `achieved_ratio` is the share of the ceiling that was reached: (1 - time / sum) / (1 - critical path / sum), exact.
    """
    graph = getattr(reference_graphs, name)()
    optimized = OptimizedExecutor({"graph": graph})
    one_by_one_s = virtual_seconds(BaselineExecutor({"graph": graph}))
    assert round(one_by_one_s * 1e3, 6) == reference_graphs.latency_sum_ms(graph)
    benchmark.extra_info["ceiling_ratio"] = ceiling_ratio(graph)
    benchmark.extra_info["achieved_ratio"] = (1 - virtual_seconds(optimized) / one_by_one_s) / ceiling_ratio(graph)
    elapsed_s = benchmark(virtual_seconds, optimized)
    assert round(elapsed_s * 1e3, 6) == reference_graphs.critical_path_ms(graph)


def test_execution_virtual_chain(benchmark):
    """One op: the chain executed on a clock that jumps. `slowdown_ratio` is optimized over baseline, exact."""
    graph = reference_graphs.chain()
    optimized = OptimizedExecutor({"graph": graph})
    benchmark.extra_info["slowdown_ratio"] = virtual_seconds(optimized) / virtual_seconds(
        BaselineExecutor({"graph": graph})
    )
    elapsed_s = benchmark(virtual_seconds, optimized)
    assert round(elapsed_s * 1e3, 6) == reference_graphs.latency_sum_ms(graph)


class AddOne(Resolver):
    """The least a node can do."""

    def __init__(self):
        super().__init__(ResolverMetadata("add_one", "1.0.0", "adds one"))

    async def answer(self, task):
        """The number after the one it was handed."""
        return {"start": task.input_data["start"] + 1}


def dense_graph():
    """A thousand nodes, each leading to the next four."""
    names = [f"n{number}" for number in range(NODE_COUNT)]
    adding = AddOne()
    return {
        name: ComposerNode(adding, tuple(names[number + 1 : number + 1 + EDGE_COUNT]))
        for number, name in enumerate(names)
    }


def chain_graph():
    names = [f"n{number}" for number in range(CHAIN_LENGTH)]
    adding = AddOne()
    pairs = itertools.zip_longest(names, names[1:])
    return {name: ComposerNode(adding, (after,) if after else ()) for name, after in pairs}


def test_graph_traversal(benchmark):
    """One op: a graph of 1000 nodes and 4 edges each walked in topological order, every node once."""
    composer = OptimizedComposer(dense_graph(), entry_node="n0")
    result = benchmark(composer.resolve, TRAVERSE)
    assert result.output_data == {"start": 1 + NODE_COUNT, "executed_node": f"n{NODE_COUNT - 1}"}


def test_graph_traversal_gain(paired):
    """One op: the same walk, ordered anew with a Task and two results for each node against compiled once."""
    paired(
        baseline=BaselineComposer(dense_graph(), entry_node="n0").resolve,
        optimized=OptimizedComposer(dense_graph(), entry_node="n0").resolve,
        inputs=[TRAVERSE],
        agree=same_answer,
    )


def test_traversal_chain(paired):
    """One op: a row of 100 nodes, the only graph that BOSS's own composer can walk."""
    first, _ = paired(
        baseline=BaselineComposer(chain_graph(), entry_node="n0").resolve,
        optimized=OptimizedComposer(chain_graph(), entry_node="n0").resolve,
        inputs=[TRAVERSE],
        agree=same_answer,
    )
    assert first.output_data == {"start": 1 + CHAIN_LENGTH, "executed_node": f"n{CHAIN_LENGTH - 1}"}


def test_traversal_overhead(paired):
    """One op: the row of 100 nodes; the first arm only awaits the hundred resolvers one after the other."""
    answer = AddOne().answer

    async def bare(task):
        own = Task("bare")
        output = task.input_data
        for _ in range(CHAIN_LENGTH):
            own.input_data = output
            output = await answer(own)
        return output

    optimized = OptimizedComposer(chain_graph(), entry_node="n0").resolve
    paired(
        baseline=bare,
        optimized=optimized,
        inputs=[TRAVERSE],
        agree=lambda raw, result: raw["start"] == result.output_data["start"],
    )
