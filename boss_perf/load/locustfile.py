"""The users that `boss-perf load` sends by default: each posts the service's own example tasks in turn, without pause.

Loaded by locust in a process of its own; nothing else may import it.
"""

import itertools
import json
from collections.abc import Iterator

from locust import FastHttpUser, constant, task
from locust.exception import StopUser


class TaskUser(FastHttpUser):
    """Asks the service what it can answer and posts that, round and round; a wrong answer counts as a failure."""

    wait_time = constant(0)
    connection_timeout = 5.0
    network_timeout = 5.0
    tasks_in_turn: Iterator[tuple[str, str]]

    def on_start(self) -> None:
        """Fetch the examples; a service that has none gets no load."""
        with self.client.get("/tasks/examples", name="/tasks/examples", catch_response=True) as response:
            examples = response.json() if response.status_code == 200 else []
            if not examples:
                response.failure(f"no examples of tasks (status {response.status_code})")
                raise StopUser
        ready = [(f"/tasks {example['resolver']}", json.dumps(example)) for example in examples]
        self.tasks_in_turn = itertools.cycle(ready)

    @task
    def post_task(self) -> None:
        """One task; any status but 200 is a failure by locust's own rule."""
        name, body = next(self.tasks_in_turn)
        self.client.post("/tasks", data=body, headers={"Content-Type": "application/json"}, name=name)
