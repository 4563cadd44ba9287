"""HNSW graphs over rows that somebody else keeps: two libraries behind one interface.

usearch links the rows where they lie and adds some 250 bytes to each; hnswlib keeps its own copy in single precision,
four bytes per dimension, and answers a little faster. Either works on one thread: with more, graphs differ from run to
run. Rows must differ: more than some thirty equal ones fill each other's links, and part of the graph is lost.
"""

from typing import Any, Literal, Protocol

import numpy as np

from .rows import Row

Engine = Literal["usearch", "hnswlib"]

LINKS_COUNT = 16
BUILD_BREADTH = 40
"""Of twenty thousand rows in clusters of any width, graphs built with 64 find no more and take twice as long to build;
with 32 they find 1 to 2 % less."""
SEARCH_BREADTH = 64
"""Twenty would do for ten thousand rows in clusters; sixty-four also serves rows that are spread more evenly. What it
finds falls slowly as a graph grows, which more breadth mends."""
SEED = 100
_FIRST_ROOM = 1024


class GraphUnavailable(ImportError):
    """No library for graphs is installed; exact search goes on without one."""


class NeighbourGraph(Protocol):
    """Approximate nearest rows by inner product; a row is known by the label it was linked with."""

    def link(self, first_label: int, rows: Row) -> None:
        """Add rows under labels that count up; they must stay where they are. An unlinked label may come again."""

    def unlink(self, label: int) -> None:
        """Never answer with this row again."""

    def widen(self, breadth: int) -> None:
        """Keep that many candidates while searching from now on."""

    def nearest(self, unit: Row, count: int) -> tuple[list[int], list[float]] | None:
        """Labels and scores, best first; None when the graph cannot reach that many rows."""


class UsearchGraph:
    """Links beside the caller's rows."""

    def __init__(self, dims: int, kind: type[np.floating[Any]]) -> None:
        from usearch.index import Index

        self.bare = Index(
            ndim=dims,
            metric="ip",
            dtype="f16" if kind is np.float16 else "f32",
            connectivity=LINKS_COUNT,
            expansion_add=BUILD_BREADTH,
            expansion_search=SEARCH_BREADTH,
        )
        self._blocks: dict[int, object] = {}

    def link(self, first_label: int, rows: Row) -> None:
        """In place: the graph keeps the addresses of the rows."""
        self.bare.add(np.arange(first_label, first_label + len(rows)), rows, copy=False, threads=1)
        self._blocks[id(rows.base)] = rows.base  # an unlinked row goes on leading to others, so its memory must stay

    def unlink(self, label: int) -> None:
        """Its place in the graph is taken by a later row."""
        self.bare.remove(label)

    def widen(self, breadth: int) -> None:
        """One setting."""
        self.bare.expansion_search = breadth  # type: ignore[misc]  # its setter stands apart from its getter

    def nearest(self, unit: Row, count: int) -> tuple[list[int], list[float]] | None:
        """Fewer than were asked for are no answer."""
        found = self.bare.search(unit, count, threads=1)
        if len(found.keys) < count:
            return None
        return found.keys.tolist(), (1.0 - found.distances).tolist()


class HnswlibGraph:
    """Links and vectors of its own."""

    def __init__(self, dims: int) -> None:
        import hnswlib

        self.bare = hnswlib.Index(space="ip", dim=dims)
        self.bare.init_index(_FIRST_ROOM, M=LINKS_COUNT, ef_construction=BUILD_BREADTH, random_seed=SEED)
        self.bare.set_ef(SEARCH_BREADTH)

    def link(self, first_label: int, rows: Row) -> None:
        """The room doubles when it is full."""
        needed_count = self.bare.get_current_count() + len(rows)
        if needed_count > self.bare.get_max_elements():
            self.bare.resize_index(max(needed_count, 2 * self.bare.get_max_elements()))
        labels = np.arange(first_label, first_label + len(rows))
        self.bare.add_items(rows.astype(np.float32), labels, num_threads=1)

    def unlink(self, label: int) -> None:
        """It goes on leading to others."""
        self.bare.mark_deleted(label)

    def widen(self, breadth: int) -> None:
        """One setting."""
        self.bare.set_ef(breadth)

    def nearest(self, unit: Row, count: int) -> tuple[list[int], list[float]] | None:
        """hnswlib raises where it finds fewer."""
        try:
            labels, distances = self.bare.knn_query(unit.astype(np.float32), k=count, num_threads=1)
        except RuntimeError:
            return None
        return labels[0].tolist(), (1.0 - distances[0]).tolist()


def new_graph(dims: int, kind: type[np.floating[Any]], engine: Engine | None) -> NeighbourGraph:
    """An empty graph by the engine that is named, or else by the first that is installed; or GraphUnavailable."""
    try:
        if engine != "hnswlib":
            return UsearchGraph(dims, kind)
    except ImportError as missing:
        if engine is not None:
            raise GraphUnavailable("usearch is not installed: pip install boss-perf[hnsw]") from missing
    try:
        return HnswlibGraph(dims)
    except ImportError as missing:
        raise GraphUnavailable("hnswlib is not installed: pip install boss-perf[hnsw]") from missing
