"""What a composer promises: every node that is reached runs once, after all that lead to it, on their merged output.

The entry is handed the task's own input, every other node the outputs of the reached nodes that lead to it, merged in
the order in which those ran. A node with a `choice` names which of its `next_nodes` are reached; without one all are.
The answer is the merged output of the reached nodes that lead nowhere, with `executed_node`, the last node that ran.
BOSS follows the first of `next_nodes` only: on a chain, where that is the same, so is the answer.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..protocol import Resolver, ResolverMetadata, TaskRejected
from .contract import sequential_order

METADATA = ResolverMetadata(
    "mastery_composer", "1.0.0", "walks a graph of resolvers", frozenset({"compose"}), frozenset({"mastery"})
)

Output = dict[str, Any]
Choice = Callable[[Output], Collection[str]]


@dataclass(frozen=True, slots=True)
class ComposerNode:
    """A step and the ids of those that may follow it."""

    resolver: Resolver
    next_nodes: tuple[str, ...] = ()
    choice: Choice | None = None


def predecessors_of(nodes: Mapping[str, ComposerNode]) -> dict[str, list[str]]:
    """For every node, which lead to it, in the order of declaration; ValueError when one leads to nowhere known."""
    predecessors: dict[str, list[str]] = {node_id: [] for node_id in nodes}
    for node_id, node in nodes.items():
        for each in node.next_nodes:
            if each not in predecessors:
                raise ValueError(f"node {node_id!r} leads to {each!r}, which does not exist")
            predecessors[each].append(node_id)
    return predecessors


def order_of(nodes: Mapping[str, ComposerNode], entry_node: str) -> list[str]:
    """The order in which nodes run: the entry, then each node after all that lead to it; ValueError on a cycle.

    What the entry does not lead to has its place too, and never runs.
    """
    if entry_node not in nodes:
        raise ValueError(f"the entry {entry_node!r} does not exist")
    predecessors = predecessors_of(nodes)
    if predecessors[entry_node]:
        raise ValueError(f"the entry {entry_node!r} comes after {predecessors[entry_node][0]!r}")
    return sequential_order(predecessors, count=len(nodes))


def chosen_by(node: ComposerNode, output: Output) -> Collection[str]:
    """Which of the next nodes are reached; TaskRejected when the choice names one that does not follow."""
    if node.choice is None:
        return node.next_nodes
    chosen = node.choice(output)
    for each in chosen:
        if each not in node.next_nodes:
            raise TaskRejected("bad_choice", f"{each!r} was chosen, which is none of {', '.join(node.next_nodes)}")
    return chosen


def checked_output(node_id: str, output: Any) -> Output:
    """The output of a node; TaskRejected when it is no dict."""
    if not isinstance(output, dict):
        raise TaskRejected("wrong_type", f"node {node_id!r}: output must be dict, not {type(output).__name__}")
    return output
