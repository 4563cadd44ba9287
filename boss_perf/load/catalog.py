"""Which resolvers the service offers: the optimized ones that can be built here, and a trivial one.

A resolver whose package or library is missing is absent with its reason; the service runs without it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boss_perf.resolvers.protocol import Resolver, ResolverMetadata, Task, required
from boss_perf.resolvers.registry.contract import TaskResolverRegistry
from boss_perf.resolvers.registry.optimized import OptimizedRegistry

Example = Mapping[str, Any]
Built = tuple[Resolver, Sequence[Example]]
_DOCUMENTS_COUNT = 500
_DIMENSIONS = 128


@dataclass(frozen=True, slots=True)
class Catalog:
    """A registry of resolvers, tasks they can answer as the bodies of requests, and why others are absent."""

    registry: TaskResolverRegistry
    examples: tuple[Example, ...]
    absent: Mapping[str, str]

    @property
    def resolvers(self) -> dict[str, Resolver]:
        """The latest of every name."""
        return {resolver.metadata.name: resolver for resolver in self.registry.search()}


class EchoResolver(Resolver):
    """Answers with what it was given: the floor that the service itself costs."""

    def __init__(self) -> None:
        super().__init__(ResolverMetadata("echo", "1.0.0", "returns its text", frozenset({"echo"})))

    async def answer(self, task: Task) -> dict[str, Any]:
        """The text of the task."""
        return {"text": required(task, "text", str)}


def _vector_search() -> Built:
    from boss_perf.resolvers.vector_search.contract import Document
    from boss_perf.resolvers.vector_search.optimized import OptimizedVectorSearch

    resolver = OptimizedVectorSearch(_DIMENSIONS)
    texts = [f"document {number} about {_TOPICS[number % len(_TOPICS)]}" for number in range(_DOCUMENTS_COUNT)]
    resolver.store.put([Document(f"d{number}", text, resolver.embedder(text)) for number, text in enumerate(texts)])
    searches = [
        {"operation": "search", "input_data": {"query": f"something about {topic}", "top_k": 5}} for topic in _TOPICS
    ]
    return resolver, searches


def _llm_parsing() -> Built:
    from boss_perf.resolvers.llm_parsing.optimized import OptimizedResponseParser

    answer = {"steps": [{"name": f"step {number}", "needs": [number - 1]} for number in range(20)], "confidence": 0.9}
    content = f"Here is the plan:\n```json\n{json.dumps(answer, indent=1)}\n```\nShall I begin?"
    task = {"operation": "parse_response", "input_data": {"content": content, "model": "any"}}
    return OptimizedResponseParser(), [task]


_TOPICS = ("caching", "connection pools", "graphs of tasks", "parsing answers", "retries", "slow queries")
BUILDERS: Mapping[str, Callable[[], Built]] = {
    "echo": lambda: (EchoResolver(), [{"operation": "echo", "input_data": {"text": "hello"}}]),
    "llm_parsing": _llm_parsing,
    "vector_search": _vector_search,
}


def build_catalog(builders: Mapping[str, Callable[[], Built]] = BUILDERS) -> Catalog:
    """Build every resolver that can be built, in the order of their names, and register it under its own."""
    registry = OptimizedRegistry()
    examples: list[Example] = []
    absent: dict[str, str] = {}
    for name, build in sorted(builders.items()):
        try:
            resolver, tasks = build()
        except ImportError as error:
            absent[name] = f"{type(error).__name__}: {error}"
            continue
        registry.register(resolver)
        examples += [{"resolver": resolver.metadata.name, **task} for task in tasks]
    return Catalog(registry, tuple(examples), absent)
