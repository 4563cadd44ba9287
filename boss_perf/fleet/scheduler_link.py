"""The line to a dask scheduler: its workers by name, what they are asked, and that somebody went away."""

import contextlib
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError
from typing import Any

from distributed import Client, Future
from distributed.client import ClosedClientError
from distributed.scheduler import KilledWorker

from boss_perf.errors import MeasureError
from boss_perf.fleet.worker import RESOURCE, describe, versions
from boss_perf.measure.core_pool import ExecutorLost
from boss_perf.model.runs import Fingerprint

ANSWER_S = 20.0
GONE = (OSError, CancelledError, KilledWorker, ClosedClientError)
"""What dask raises when somebody went away; a timeout is an OSError."""


class SchedulerLink:
    """The line to a scheduler: who works for it, and what they are asked; nothing here waits without an end."""

    def __init__(self, client: Client, address: str) -> None:
        self._client = client
        self._address = address
        self.machines = self._machines()
        """By the address of each worker."""

    @property
    def machine(self) -> Fingerprint:
        """The machine that absolute figures are of; MeasureError where the workers are not alike."""
        first, *others = self.machines.items()
        for address, machine in others:
            if machine.digest != first[1].digest:
                raise MeasureError(
                    "its workers are not alike, so figures of one say nothing of another: "
                    f"{first[0]} is {first[1].text}, {address} is {machine.text}",
                    where=self._address, hint="bench on machines of one kind; a gate may have any",
                )  # fmt: skip
        return first[1]

    def submit(self, address: str, task: Callable[..., Any], *words: Any) -> Future:
        """Have a worker do something when it is its turn."""
        return self._client.submit(task, *words, workers=[address], resources={RESOURCE: 1}, pure=False)

    def send(self, content: Any, address: str) -> Future:
        """Bring something large to a worker before it is needed."""
        return self._client.scatter(content, workers=[address], hash=False)

    def tell(self, addresses: list[str], change: Callable[..., None], *words: Any) -> None:
        """Change what these workers do now; one that has gone hears nothing, and is waited for until it is known."""
        self.ask(lambda: self._client.run(change, *words, workers=addresses, on_error="ignore"))

    def hint(self, addresses: list[str], change: Callable[..., None], *words: Any) -> None:
        """The same without waiting for it: a worker that was lost does not answer, and nothing depends on who heard."""

        def say() -> None:
            with contextlib.suppress(Exception):
                self.tell(addresses, change, *words)

        threading.Thread(target=say, daemon=True).start()

    def present(self) -> frozenset[str]:
        """The workers that the scheduler knows now."""
        return frozenset(self.ask(self._client.nthreads))

    def ask(self, question: Callable[[], Awaitable[Any]]) -> Any:
        """What the client's own loop says; ExecutorLost when the scheduler is gone or silent."""
        try:
            if self._client.status != "running":
                raise ClosedClientError(self._client.status)
            return self._client.sync(question, callback_timeout=ANSWER_S)
        except GONE as error:
            why = "does not answer" if isinstance(error, TimeoutError) else "went away"
            raise ExecutorLost(f"the scheduler {why}; what was measured stands", where=self._address) from error

    def _machines(self) -> dict[str, Fingerprint]:
        told = self.ask(lambda: self._client.run(describe, on_error="return"))
        own = versions()
        found = {}
        for address, said in sorted(told.items()):
            if isinstance(said, Exception) or not said["is_bench"]:
                why = f": {said}" if isinstance(said, Exception) else ""
                raise MeasureError(
                    f"{address} is no worker of boss-perf {own['boss-perf']}{why}", where=self._address,
                    hint="start the workers with `boss-perf worker`, all of this version",
                )  # fmt: skip
            for name, version in own.items():
                if said[name] != version:
                    raise MeasureError(
                        f"{address} has {name} {said[name]}, this is {version}", where=self._address,
                        hint="client and workers exchange Python objects: let both be the same",
                    )  # fmt: skip
            found[address] = said["machine"]
        if not found:
            raise MeasureError(
                "the scheduler has no worker", where=self._address,
                hint=f"start one on each machine: boss-perf worker {self._address}",
            )  # fmt: skip
        return found
