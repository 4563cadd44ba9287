"""Vector search over one float32 matrix whose rows have length one, with an HNSW graph above a size where it pays.

Below `graph_from_count` documents the search is exact: one product, one partition. Filtered searches are exact at
every size. A document that is replaced or deleted leaves a dead row behind; the rows close up when most are dead.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boss_perf.resolvers.protocol import ResolverMetadata

from .contract import METADATA, Document, Embedder, Hit, Vector, VectorSearch, matches
from .embedding import TrigramEmbedder
from .graph import GraphUnavailable, NeighbourGraph, UnitVectors

GRAPH_FROM_COUNT = 2_000
GRAPH_TOP_K = 100
_SMALLEST_ROOM = 64
_BLOCK_ROWS = 1024
_Row = tuple[str, str, dict[str, Any]]


class MatrixStore:
    """Rows of unit vectors beside their documents. Safe to share between threads."""

    def __init__(
        self,
        dims: int,
        *,
        graph_from_count: int | None = GRAPH_FROM_COUNT,
        graph_directory: Path | None = None,
        is_half: bool = False,
    ) -> None:
        """`graph_from_count=None` searches exactly at every size; `graph_directory` keeps built graphs between runs.

        `is_half` keeps float16: half the memory, but some ten times the time of an exact search, because numpy has
        to widen the numbers first.
        """
        self.dims = dims
        self._row_type: type[np.floating[Any]] = np.float16 if is_half else np.float32
        self.graph: NeighbourGraph | None = None
        self._matrix: NDArray[np.floating[Any]]
        self._row_of: dict[str, int]
        self._documents: list[_Row]
        self._dead: list[int]
        self._graph_from_count = graph_from_count
        self._graph_directory = graph_directory
        self._lock = RLock()
        self._forget_all()

    def put(self, documents: Sequence[Document]) -> None:
        """Store the documents; of two with one id the later stays."""
        if not documents:
            return
        with self._lock:
            start = len(self._documents)
            self._make_room(start + len(documents))
            for first in range(0, len(documents), _BLOCK_ROWS):
                block = documents[first : first + _BLOCK_ROWS]
                self._matrix[start + first : start + first + len(block)] = _units([each.vector for each in block])
            replaced = []
            for row, document in enumerate(documents, start):
                if (older := self._row_of.get(document.doc_id)) is not None:
                    replaced.append(older)
                self._row_of[document.doc_id] = row
                self._documents.append((document.doc_id, document.content, dict(document.metadata)))
            if self.graph is not None:
                added = self._matrix[start : len(self._documents)].astype(np.float32, copy=False)
                self.graph.add(added, np.arange(start, len(self._documents)))
            for row in replaced:
                self._bury(row)
            self._settle()

    def search(self, vector: Vector, *, top_k: int, where: Mapping[str, Any] | None = None) -> list[Hit]:
        """The `top_k` best of the documents whose metadata equal `where`, best first."""
        length = math.sqrt(vector @ vector)
        unit: UnitVectors = (vector / length if length else vector).astype(np.float32)
        with self._lock:
            count = min(top_k, len(self._row_of))
            if count == 0:
                return []
            if where:
                rows, scores = self._exact_among(unit, count, where)
            else:
                near = self.graph.nearest(unit, count) if self.graph is not None and count <= GRAPH_TOP_K else None
                rows, scores = near or self._exact(unit, count)
            documents = self._documents
            return [
                {"doc_id": doc_id, "content": content, "score": score, "metadata": metadata.copy()}
                for (doc_id, content, metadata), score in zip([documents[row] for row in rows], scores, strict=True)
            ]

    def get(self, doc_id: str) -> Hit | None:
        """The document with score 1, or None."""
        with self._lock:
            row = self._row_of.get(doc_id)
            if row is None:
                return None
            _, content, metadata = self._documents[row]
            return {"doc_id": doc_id, "content": content, "score": 1.0, "metadata": metadata.copy()}

    def delete(self, doc_id: str) -> bool:
        """Whether there was such a document."""
        with self._lock:
            row = self._row_of.pop(doc_id, None)
            if row is None:
                return False
            self._bury(row)
            self._settle()
            return True

    def clear(self) -> int:
        """Forget all; how many there were."""
        with self._lock:
            forgotten_count = len(self._row_of)
            self._forget_all()
            return forgotten_count

    def count(self) -> int:
        """How many documents there are."""
        return len(self._row_of)

    def _exact(self, unit: UnitVectors, count: int) -> tuple[list[int], list[float]]:
        scores = _scores(self._matrix[: len(self._documents)], unit)
        if self._dead:
            scores[self._dead] = -np.inf
        return _best(scores, count)

    def _exact_among(self, unit: UnitVectors, count: int, where: Mapping[str, Any]) -> tuple[list[int], list[float]]:
        rows = [row for row in self._row_of.values() if matches(self._documents[row][2], where)]
        if not rows:
            return [], []
        places, scores = _best(_scores(self._matrix[rows], unit), min(count, len(rows)))
        return [rows[place] for place in places], scores

    def _bury(self, row: int) -> None:
        self._dead.append(row)
        self._documents[row] = ("", "", {})
        if self.graph is not None:
            self.graph.forget(row)

    def _settle(self) -> None:
        """Close up the rows when most are dead, and build the graph once there are enough documents."""
        live_count = len(self._row_of)
        if len(self._dead) > max(live_count, _SMALLEST_ROOM):
            self._close_up()
        if self.graph is None and self._graph_from_count is not None and live_count >= self._graph_from_count:
            if self._dead:
                self._close_up()
            try:
                self.graph = NeighbourGraph.over(
                    self._matrix[:live_count].astype(np.float32, copy=False), directory=self._graph_directory
                )
            except GraphUnavailable:
                self._graph_from_count = None

    def _close_up(self) -> None:
        rows = sorted(self._row_of.values())
        self._matrix = self._matrix[rows]
        self._documents = [self._documents[row] for row in rows]
        self._row_of = {document[0]: row for row, document in enumerate(self._documents)}
        self._dead = []
        self.graph = None

    def _make_room(self, rows_count: int) -> None:
        if rows_count > len(self._matrix):
            grown = np.zeros((max(rows_count, 2 * len(self._matrix), _SMALLEST_ROOM), self.dims), dtype=self._row_type)
            grown[: len(self._documents)] = self._matrix[: len(self._documents)]
            self._matrix = grown

    def _forget_all(self) -> None:
        self._matrix = np.zeros((0, self.dims), dtype=self._row_type)
        self._row_of = {}
        self._documents, self._dead = [], []
        self.graph = None


class OptimizedVectorSearch(VectorSearch):
    """The contract over a `MatrixStore`."""

    store: MatrixStore

    def __init__(
        self,
        dims: int,
        embedder: Embedder | None = None,
        *,
        graph_from_count: int | None = GRAPH_FROM_COUNT,
        graph_directory: Path | None = None,
        metadata: ResolverMetadata = METADATA,
    ) -> None:
        store = MatrixStore(dims, graph_from_count=graph_from_count, graph_directory=graph_directory)
        super().__init__(store, embedder or TrigramEmbedder(dims), dims=dims, metadata=metadata)


def _units(vectors: Sequence[Vector]) -> UnitVectors:
    rows = np.stack(vectors)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    lengths[lengths == 0.0] = 1.0
    units: UnitVectors = (rows / lengths[:, None]).astype(np.float32)
    return units


def _scores(rows: NDArray[np.floating[Any]], unit: UnitVectors) -> UnitVectors:
    if rows.dtype == np.float32:
        exact: NDArray[Any] = rows @ unit
        return exact
    widened = [
        rows[start : start + _BLOCK_ROWS].astype(np.float32) @ unit for start in range(0, len(rows), _BLOCK_ROWS)
    ]
    scores: UnitVectors = np.concatenate(widened, dtype=np.float32)
    return scores


def _best(scores: NDArray[np.float32], count: int) -> tuple[list[int], list[float]]:
    if count < len(scores):
        places = np.argpartition(scores, len(scores) - count)[len(scores) - count :]
        places = places[np.argsort(-scores[places])]
    else:
        places = np.argsort(-scores)
    return places.tolist(), scores[places].tolist()
