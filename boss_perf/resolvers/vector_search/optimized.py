"""Vector search over rows of half precision, exact where that is fast, by an audited graph where there are many.

One row for each *distinct* vector, however many documents share it. Every `put` links a few rows more to the graph than
it brings, so no call pays for all of it, and only a caller who brings many at once waits for them: the lock is free
again after a few rows. Filtered searches and those for more than `GRAPH_TOP_K` documents are exact at every size.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import islice
from threading import RLock
from typing import Any, NamedTuple

import numpy as np

from ..protocol import ResolverMetadata
from .audited import AuditedGraph, best
from .contract import METADATA, Document, Embedder, Hit, Vector, VectorSearch, matches
from .embedding import TrigramEmbedder
from .graph import Engine, NeighbourGraph
from .rows import Row, Rows, units_of

GRAPH_FROM_COUNT = 3_000
"""A graph takes 8 MB from its first row on, which is more than 3 000 rows take, and up to 2 000 it is no faster."""
LINKS_PER_DOCUMENT = 4
_BLOCK_DOCUMENTS = 256


class _Kept(NamedTuple):
    row: int
    content: str
    metadata: dict[str, Any]


class VectorRows:
    """Rows of unit vectors beside their documents. Safe to share between threads."""

    def __init__(
        self, dims: int, *, graph_from_count: int | None = GRAPH_FROM_COUNT, engine: Engine | None = None
    ) -> None:
        """`graph_from_count=None` searches exactly at every size; without `engine` it is the one that is installed."""
        self.dims = dims
        self._graph_from_count = graph_from_count
        self._engine = engine
        self._lock = RLock()
        self._forget_all()

    @property
    def is_graph_trusted(self) -> bool:
        """Whether searches are answered by the graph now."""
        return self._search.is_trusted

    @property
    def graph(self) -> NeighbourGraph | None:
        """The graph, whether or not it is trusted; None where there is none."""
        return self._search.graph

    def put(self, documents: Sequence[Document]) -> None:
        """Store the documents; of two with one id the later stays. Others may search between any two of them."""
        for first in range(0, len(documents), _BLOCK_DOCUMENTS):
            block = documents[first : first + _BLOCK_DOCUMENTS]
            units = units_of(np.stack([each.vector for each in block]), self._rows.kind)
            with self._lock:
                for document, unit in zip(block, units, strict=True):
                    self._store(document, unit)
        self._tend(len(documents))

    def search(self, vector: Vector, *, top_k: int, where: Mapping[str, Any] | None = None) -> list[Hit]:
        """The `top_k` best of the documents whose metadata equal `where`, best first."""
        length = math.sqrt(vector @ vector)
        unit: Row = (vector / length if length else vector).astype(self._rows.kind)
        if where:
            return self._search_among(unit, top_k, where)
        with self._lock:
            count = min(top_k, len(self._rows))
            if count == 0:
                return []
            rows, scores = self._search.nearest(unit, count)
            hits: list[Hit] = []
            for row, score in zip(rows, scores, strict=True):
                owners = self._owners[row]
                if isinstance(owners, str):
                    hits.append(_hit(owners, self._documents[owners], score))
                else:
                    first = islice(owners, top_k - len(hits))
                    hits.extend(_hit(doc_id, self._documents[doc_id], score) for doc_id in first)
                if len(hits) >= top_k:
                    break
            return hits

    def get(self, doc_id: str) -> Hit | None:
        """The document with score 1, or None."""
        with self._lock:
            kept = self._documents.get(doc_id)
            return None if kept is None else _hit(doc_id, kept, 1.0)

    def delete(self, doc_id: str) -> bool:
        """Whether there was such a document."""
        with self._lock:
            kept = self._documents.pop(doc_id, None)
            if kept is None:
                return False
            self._disown(kept.row, doc_id)
        self._tend(1)
        return True

    def clear(self) -> int:
        """Forget all; how many there were."""
        with self._lock:
            forgotten_count = len(self._documents)
            self._forget_all()
            return forgotten_count

    def count(self) -> int:
        """How many documents there are."""
        return len(self._documents)

    def _forget_all(self) -> None:
        self._rows = Rows(self.dims)
        self._documents: dict[str, _Kept] = {}
        self._owners: list[str | dict[str, None]] = []
        self._row_of_vector: dict[int, int] = {}
        self._search = AuditedGraph(self._rows, from_count=self._graph_from_count, engine=self._engine)

    def _store(self, document: Document, unit: Row) -> None:
        doc_id, metadata = document.doc_id, dict(document.metadata)
        older = self._documents.get(doc_id)
        if older is not None:
            if np.array_equal(self._rows[older.row], unit):
                self._documents[doc_id] = _Kept(older.row, document.content, metadata)
                return
            self._disown(older.row, doc_id)
        digest = hash(unit.tobytes())
        row = self._row_of_vector.get(digest)
        if row is not None and np.array_equal(self._rows[row], unit):
            owners = self._owners[row]
            if isinstance(owners, str):
                owners = self._owners[row] = {owners: None}
            owners[doc_id] = None
        else:
            row = len(self._rows)
            self._rows.append(unit)
            self._owners.append(doc_id)
            self._row_of_vector[digest] = row
        self._documents[doc_id] = _Kept(row, document.content, metadata)

    def _disown(self, row: int, doc_id: str) -> None:
        """Take a document off its row; the last one takes the row along, and the last row fills the gap."""
        owners = self._owners[row]
        if not isinstance(owners, str):
            del owners[doc_id]
            if len(owners) == 1:
                (self._owners[row],) = owners
            return
        last = len(self._rows) - 1
        was_linked = row < self._search.linked_count
        self._search.unlink(row)
        self._forget_vector(row)
        if row != last:
            self._search.unlink(last)
            self._move(last, row)
        self._owners.pop()
        self._rows.pop()
        self._search.relink(row, was_linked=was_linked)

    def _forget_vector(self, row: int) -> None:
        digest = hash(self._rows[row].tobytes())
        if self._row_of_vector.get(digest) == row:
            del self._row_of_vector[digest]

    def _move(self, source: int, target: int) -> None:
        digest = hash(self._rows[source].tobytes())
        if self._row_of_vector.get(digest) == source:
            self._row_of_vector[digest] = target
        self._rows[target][:] = self._rows[source]
        owners = self._owners[target] = self._owners[source]
        for doc_id in (owners,) if isinstance(owners, str) else owners:
            self._documents[doc_id] = self._documents[doc_id]._replace(row=target)

    def _search_among(self, unit: Row, top_k: int, where: Mapping[str, Any]) -> list[Hit]:
        """Exact. Which documents match is found out without the lock, and looked at again under it."""
        with self._lock:
            documents = list(self._documents.items())
        matching = [(doc_id, kept) for doc_id, kept in documents if matches(kept.metadata, where)]
        with self._lock:
            now = self._documents
            current = [(doc_id, now[doc_id]) for doc_id, kept in matching if _is_same(now.get(doc_id), kept)]
            if not current:
                return []
            scores = self._rows.scores_of([kept.row for _, kept in current], unit)
        places, greatest = best(scores, min(top_k, len(current)))
        return [_hit(*current[place], score) for place, score in zip(places, greatest, strict=True)]

    def _tend(self, documents_count: int) -> None:
        """Let the graph catch up, by a few links for each document; a few milliseconds at a time under the lock."""
        self._search.prepare()
        left_count = LINKS_PER_DOCUMENT * documents_count
        while left_count > 0:
            with self._lock:
                done_count = self._search.step(left_count)
            if not done_count:
                return
            left_count -= done_count


class OptimizedVectorSearch(VectorSearch):
    """The contract over `VectorRows`."""

    store: VectorRows

    def __init__(
        self,
        dims: int,
        embedder: Embedder | None = None,
        *,
        graph_from_count: int | None = GRAPH_FROM_COUNT,
        engine: Engine | None = None,
        metadata: ResolverMetadata = METADATA,
    ) -> None:
        store = VectorRows(dims, graph_from_count=graph_from_count, engine=engine)
        super().__init__(store, embedder or TrigramEmbedder(dims), dims=dims, metadata=metadata)


def _hit(doc_id: str, kept: _Kept, score: float) -> Hit:
    _, content, metadata = kept
    if not -1.0 <= score <= 1.0:  # rounding may take a cosine past one
        score = math.copysign(1.0, score)
    return {"doc_id": doc_id, "content": content, "score": score, "metadata": metadata.copy()}


def _is_same(now: _Kept | None, before: _Kept) -> bool:
    return now is not None and now.metadata is before.metadata
