"""What BOSS's MasteryExecutor does at a71fc06: one node after the other, whatever the graph would allow.

Every finished state keeps its whole output alive; a full history is trimmed by copying it; a state is found by looking
through all of them.
"""

from collections.abc import Mapping

from ..protocol import ResolverMetadata
from .contract import HISTORY_SIZE, METADATA, MasteryExecutor, Output, TaskGraph, answer_of_node


class BaselineExecutor(MasteryExecutor):
    """Runs the nodes in sequential order."""

    def __init__(
        self,
        masteries: Mapping[str, TaskGraph],
        *,
        history_size: int = HISTORY_SIZE,
        metadata: ResolverMetadata = METADATA,
    ) -> None:
        super().__init__(masteries, history_size=history_size, metadata=metadata)
        self._states: list[Output] = []

    async def run(self, graph: TaskGraph, task_data: Output) -> dict[str, Output]:
        """The time of a mastery is the sum of its nodes' times."""
        outputs: dict[str, Output] = {}
        for node in graph.nodes:
            upstream = {each: outputs[each] for each in node.after}
            outputs[node.id] = await answer_of_node(node, {**task_data, "upstream": upstream})
        return outputs

    def remember(self, summary: Output, output: Output | None) -> None:
        """Append, and copy the last ones once there are too many."""
        self._states.append({**summary, "final_result": output})
        if len(self._states) > self.history_size:
            self._states = self._states[-self.history_size :]

    def recall(self, execution_id: str) -> Output | None:
        """Look through all states."""
        for summary in self.recent():
            if summary["execution_id"] == execution_id:
                return summary
        return None

    def recall_output(self, execution_id: str) -> Output | None:
        """The live object."""
        for state in self._states:
            if state["execution_id"] == execution_id:
                output: Output | None = state["final_result"]
                return output
        return None

    def recent(self) -> list[Output]:
        """Without the outputs that the states keep."""
        return [{key: state[key] for key in state if key != "final_result"} for state in self._states]
