"""A keeper takes things in and gives each back with equal values; only the bytes in between differ.

Vectors, histories and results of queries are kept by the resolvers themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

Thing_contra = TypeVar("Thing_contra", contravariant=True)


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


class Kept(Protocol[Thing_contra]):
    """Things in the order they were added."""

    def add(self, thing: Thing_contra) -> None:
        """Keep one more."""

    def read(self, place: int) -> Any:
        """The values of the thing at a place, as plain dicts and lists."""

    def __len__(self) -> int:
        """How many are kept."""
