"""What a vector search promises, whichever way it searches: documents in, the most similar of them out.

Similarity is the cosine; a vector of length zero is similar to nothing (score 0). A filter chooses the documents
*before* the best are taken, so a filter that twenty documents pass never yields an empty answer. A score is right
within 1e-3, the precision of half floats, and documents whose scores differ by less may come in either order. A large
store may answer approximately: 0.95 of the ten best at least, as it has checked on its own documents and queries.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypedDict

import numpy as np
from numpy.typing import NDArray

from ..protocol import Resolver, ResolverMetadata, TaskRejected, said_by

Vector = NDArray[np.float64]
Embedder = Callable[[str], Vector]

DEFAULT_TOP_K = 5
MAX_TOP_K = 10_000
OPERATIONS = frozenset(
    ("index", "upsert", "search", "get", "delete", "clear", "count", "batch_index", "batch_search", "batch_delete")
)
METADATA = ResolverMetadata(
    "vector_search", "1.0.0", "similarity search over embedded documents", OPERATIONS, frozenset({"search"})
)


class Hit(TypedDict):
    """One found document; `score` is the cosine with the query."""

    doc_id: str
    content: str
    score: float
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """What is stored; the vector has the dimensions of its store and need not be of length one."""

    doc_id: str
    content: str
    vector: Vector
    metadata: Mapping[str, Any] = field(default_factory=dict)


class VectorStore(Protocol):
    """Where documents live. Putting a known id replaces the document."""

    def put(self, documents: Sequence[Document]) -> None:
        """Store the documents; of two with one id the later stays."""

    def search(self, vector: Vector, *, top_k: int, where: Mapping[str, Any] | None = None) -> list[Hit]:
        """The `top_k` best of the documents whose metadata equal `where`, best first."""

    def get(self, doc_id: str) -> Hit | None:
        """The document with score 1, or None."""

    def delete(self, doc_id: str) -> bool:
        """Whether there was such a document."""

    def clear(self) -> int:
        """Forget all; how many there were."""

    def count(self) -> int:
        """How many documents there are."""


class VectorSearch(Resolver):
    """Answers the ten operations over a store and an embedder."""

    def __init__(self, store: VectorStore, embedder: Embedder, *, dims: int, metadata: ResolverMetadata = METADATA):
        super().__init__(metadata)
        self.store = store
        self.embedder = embedder
        self.dims = dims

    def search(
        self, vector: Vector, *, top_k: int = DEFAULT_TOP_K, where: Mapping[str, Any] | None = None
    ) -> list[Hit]:
        """The store's own search, for callers that already hold a checked vector."""
        return self.store.search(vector, top_k=top_k, where=where)

    async def answer(self, task: Any) -> dict[str, Any]:
        """The output of the operation the task names."""
        arguments = task.input_data
        match arguments.get("operation"):
            case "search":
                return self._search(arguments)
            case "index" | "upsert":
                return self._index(arguments)
            case "get":
                return dict(self._get(_text(arguments, "doc_id")))
            case "delete":
                return self._delete(_text(arguments, "doc_id"))
            case "clear":
                return {"cleared": True, "count": self.store.clear()}
            case "count":
                return {"count": self.store.count()}
            case "batch_index":
                return _each(_items(arguments, "documents"), "doc_id", self._index)
            case "batch_search":
                shared = {key: arguments[key] for key in ("top_k", "filter") if key in arguments}
                queries = [{**shared, **_mapping(query)} for query in _items(arguments, "queries")]
                return _each(queries, "query_id", self._search)
            case "batch_delete":
                doc_ids = [_text({"doc_id": each}, "doc_id") for each in _items(arguments, "doc_ids")]
                removed = [self._delete(doc_id) for doc_id in doc_ids]
                deleted_count = sum(each["deleted"] for each in removed)
                return {"results": removed, "deleted_count": deleted_count, "total": len(removed)}
            case other:
                raise TaskRejected(
                    "unknown_operation", f"no operation {other!r:.80}; there are {', '.join(sorted(OPERATIONS))}"
                )

    def _search(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        query, given = arguments.get("query"), arguments.get("query_vector")
        if given is None:
            vector = self._checked(self.embedder(_text(arguments, "query")))
        else:
            vector = self._checked(given)
        top_k = arguments.get("top_k", DEFAULT_TOP_K)
        if not isinstance(top_k, int) or isinstance(top_k, bool) or not 1 <= top_k <= MAX_TOP_K:
            raise TaskRejected("wrong_value", f"'top_k' must be a whole number from 1 to {MAX_TOP_K}")
        where = arguments.get("filter")
        hits = self.store.search(vector, top_k=top_k, where=None if where is None else _mapping(where))
        return {"results": hits, "count": len(hits), "query": query}

    def _index(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        doc_id, content = _text(arguments, "doc_id"), _text(arguments, "content")
        given = arguments.get("vector")
        vector = self._checked(self.embedder(content) if given is None else given)
        self.store.put([Document(doc_id, content, vector, dict(_mapping(arguments.get("metadata") or {})))])
        return {"doc_id": doc_id, "indexed": True, "vector_dimensions": self.dims}

    def _get(self, doc_id: str) -> Hit:
        hit = self.store.get(doc_id)
        if hit is None:
            raise TaskRejected("not_found", f"no document {doc_id!r:.80}")
        return hit

    def _delete(self, doc_id: str) -> dict[str, Any]:
        return {"doc_id": doc_id, "deleted": self.store.delete(doc_id)}

    def _checked(self, given: Any) -> Vector:
        try:
            vector: Vector = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            raise TaskRejected("wrong_type", "a vector must be a list of numbers") from None
        if vector.shape != (self.dims,):
            raise TaskRejected("wrong_value", f"a vector here has {self.dims} dimensions, not shape {vector.shape}")
        with np.errstate(over="ignore"):
            is_finite = math.isfinite(vector @ vector)
        if not is_finite:
            raise TaskRejected("wrong_value", "a vector must be finite, and so must its length")
        return vector


def matches(metadata: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    """Whether the metadata hold every key of `where` with an equal value."""
    return all(key in metadata and metadata[key] == wanted for key, wanted in where.items())


def _each(items: Sequence[Any], name: str, operation: Callable[[Mapping[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    results: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for position, item in enumerate(items):
        label = item.get(name, position) if isinstance(item, Mapping) else position
        try:
            results.append({name: label, **operation(_mapping(item))})
        except TaskRejected as rejected:
            errors.append({name: label, "error": str(rejected), "kind": rejected.kind})
        except Exception as error:  # noqa: BLE001 - what is done is done: the answer must tell which members that were
            errors.append({name: label, "error": said_by(error), "kind": type(error).__name__})
    counts = {"success_count": len(results), "error_count": len(errors), "total": len(items)}
    return {"results": results, "errors": errors, **counts}


def _items(arguments: Mapping[str, Any], key: str) -> Sequence[Any]:
    items = arguments.get(key)
    if not isinstance(items, list | tuple) or not items:
        raise TaskRejected("wrong_type", f"{key!r} must be a list with something in it")
    return items


def _text(arguments: Mapping[str, Any], key: str) -> str:
    text = arguments.get(key)
    if not isinstance(text, str) or not text:
        raise TaskRejected(
            "missing_field" if text is None else "wrong_type", f"{key!r} must be a text that is not empty"
        )
    return text


def _mapping(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise TaskRejected("wrong_type", f"a mapping was expected, not {type(given).__name__}")
    return given
