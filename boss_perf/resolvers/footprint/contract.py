"""A keeper takes things in and gives each back with equal values; only the bytes in between differ.

Vectors, histories and results of queries are kept by the resolvers themselves.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

Thing = TypeVar("Thing")
Held = TypeVar("Held")


@dataclass(frozen=True, slots=True)
class Execution:
    """One finished run of a mastery; `output` is made of what JSON can hold."""

    execution_id: str
    mastery: str
    version: str
    started_at: datetime
    finished_at: datetime
    output: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of a language model: a text that has JSON in a fence, and what came with it."""

    content: str
    model: str
    tokens_count: int
    received_at: datetime


class Kept(ABC, Generic[Thing, Held]):
    """Things in the order they were added."""

    def __init__(self) -> None:
        self._held: list[Held] = []

    @abstractmethod
    def hold(self, thing: Thing) -> Held:
        """What is kept of a thing; its containers are taken over, not copied."""

    @abstractmethod
    def tell(self, held: Held) -> dict[str, Any]:
        """The values of the thing that this was kept of, as plain dicts and lists."""

    def add(self, thing: Thing) -> None:
        """Keep one more."""
        self._held.append(self.hold(thing))

    def read(self, place: int) -> dict[str, Any]:
        """The values of the thing at a place."""
        return self.tell(self._held[place])

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._held)
