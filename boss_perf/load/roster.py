"""Which resolvers the service offers: the optimized ones that can be built here, and a trivial one.

A resolver whose package or library is missing is absent with its reason; the service runs without it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from boss_perf.resolvers.protocol import Resolver, ResolverMetadata, Task, required

Example = Mapping[str, Any]
Built = tuple[Resolver, Sequence[Example]]
_DOCUMENTS_COUNT = 500
_DIMENSIONS = 128


@dataclass(frozen=True, slots=True)
class Roster:
    """Resolvers by name, tasks they can answer as the bodies of requests, and why others are absent."""

    resolvers: Mapping[str, Resolver]
    examples: tuple[Example, ...]
    absent: Mapping[str, str] = field(default_factory=dict)


class EchoResolver(Resolver):
    """Answers with what it was given: the floor that the service itself costs."""

    def __init__(self) -> None:
        super().__init__(ResolverMetadata("echo", "1.0.0", "returns its text", frozenset({"echo"})))

    async def answer(self, task: Task) -> dict[str, Any]:
        """The text of the task."""
        return {"text": required(task, "text", str)}


def call_roster(builders: Mapping[str, Callable[[], Built]] | None = None) -> Roster:
    """Build every resolver that can be built, in the order of their names."""
    resolvers: dict[str, Resolver] = {}
    examples: list[Example] = []
    absent: dict[str, str] = {}
    for name, build in sorted((BUILDERS if builders is None else builders).items()):
        try:
            resolver, tasks = build()
        except (ImportError, AttributeError, TypeError) as error:
            absent[name] = f"{type(error).__name__}: {error}"
            continue
        resolvers[name] = resolver
        examples += [{"resolver": name, **task} for task in tasks]
    return Roster(resolvers, tuple(examples), absent)


def _echo() -> Built:
    return EchoResolver(), [{"operation": "echo", "input_data": {"text": "hello"}}]


def _vector_search() -> Built:
    store = import_module("boss_perf.resolvers.vector_search.optimized")
    contract = import_module("boss_perf.resolvers.vector_search.contract")
    resolver: Any = store.OptimizedVectorSearch(_DIMENSIONS)
    texts = [f"document {number} about {_TOPICS[number % len(_TOPICS)]}" for number in range(_DOCUMENTS_COUNT)]
    resolver.store.put(
        [contract.Document(f"d{number}", text, resolver.embedder(text)) for number, text in enumerate(texts)]
    )
    searches = [
        {"operation": "search", "input_data": {"query": f"something about {topic}", "top_k": 5}} for topic in _TOPICS
    ]
    return resolver, searches


_TOPICS = ("caching", "connection pools", "graphs of tasks", "parsing answers", "retries", "slow queries")
BUILDERS: Mapping[str, Callable[[], Built]] = {"echo": _echo, "vector_search": _vector_search}
