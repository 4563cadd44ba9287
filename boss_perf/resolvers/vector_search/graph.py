"""An HNSW graph over unit vectors, kept by hnswlib; imported only when a store is large enough to want one.

One thread builds and one thread asks: hnswlib's own threads would make the graph differ from run to run. It believes
what it reads from a file, and a damaged one can crash the process: a kept graph has the digest of its file in its name.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

UnitVectors = NDArray[np.float32]

LINKS_COUNT = 16
BUILD_BREADTH = 100
SEARCH_BREADTH = 40
"""Twenty would do for ten thousand rows; forty still finds 0.97 of the ten best among a million."""
SEED = 100


class GraphUnavailable(ImportError):
    """hnswlib is not installed; exact search goes on without it."""


def require_hnswlib() -> Any:
    """The hnswlib module, or GraphUnavailable with the command that installs it."""
    try:
        import hnswlib
    except ImportError as missing:
        raise GraphUnavailable("hnswlib is not installed: pip install boss-perf[hnsw]") from missing
    return hnswlib


class NeighbourGraph:
    """Approximate nearest rows by inner product; a row is known by the label it was added with."""

    def __init__(self, dims: int, *, room_count: int = 1024, search_breadth: int = SEARCH_BREADTH) -> None:
        self.dims = dims
        self.search_breadth = search_breadth
        self.bare = self._empty(room_count)

    @classmethod
    def over(cls, vectors: UnitVectors, *, directory: Path | None = None) -> "NeighbourGraph":
        """A graph whose labels are the row numbers; read from `directory` if it was built there before."""
        graph = cls(vectors.shape[1], room_count=max(len(vectors), 1))
        name = "" if directory is None else _digest(vectors)
        if directory is not None and graph._read(directory, name, len(vectors)):
            return graph
        graph.add(vectors, np.arange(len(vectors)))
        if directory is not None:
            graph._write(directory, name)
        return graph

    def add(self, vectors: UnitVectors, labels: NDArray[np.int64]) -> None:
        """Link new rows in; the room doubles when it is full."""
        wanted_count = self.bare.get_current_count() + len(vectors)
        if wanted_count > self.bare.get_max_elements():
            self.bare.resize_index(max(wanted_count, 2 * self.bare.get_max_elements()))
        self.bare.add_items(vectors, labels, num_threads=1)

    def forget(self, label: int) -> None:
        """Never answer with this row again."""
        self.bare.mark_deleted(label)

    def nearest(self, unit: UnitVectors, count: int) -> tuple[list[int], list[float]] | None:
        """Labels and scores, best first; None when the graph cannot reach that many rows."""
        try:
            labels, distances = self.bare.knn_query(unit, k=count, num_threads=1)
        except RuntimeError:
            return None
        return labels[0].tolist(), (1.0 - distances[0]).tolist()

    def _empty(self, room_count: int) -> Any:
        index = require_hnswlib().Index(space="ip", dim=self.dims)
        index.init_index(max_elements=room_count, M=LINKS_COUNT, ef_construction=BUILD_BREADTH, random_seed=SEED)
        index.set_ef(self.search_breadth)
        return index

    def _read(self, directory: Path, name: str, rows_count: int) -> bool:
        for path in directory.glob(f"{name}.*.hnsw"):
            with suppress(OSError, RuntimeError):
                if path.name != _file_name(name, path):
                    continue
                index = require_hnswlib().Index(space="ip", dim=self.dims)
                index.load_index(str(path), max_elements=rows_count)
                if index.get_current_count() == rows_count:
                    index.set_ef(self.search_breadth)
                    self.bare = index
                    return True
        return False

    def _write(self, directory: Path, name: str) -> None:
        """Keep the graph for the next process; a directory that cannot be written only costs the next build."""
        unfinished = directory / f"{name}.{os.getpid()}"
        with suppress(OSError, RuntimeError):
            directory.mkdir(parents=True, exist_ok=True)
            try:
                self.bare.save_index(str(unfinished))
                kept = directory / _file_name(name, unfinished)
                for damaged in directory.glob(f"{name}.*.hnsw"):
                    damaged.unlink(missing_ok=True)
                unfinished.replace(kept)
            finally:
                unfinished.unlink(missing_ok=True)


def _file_name(name: str, path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    return f"{name}.{digest}.hnsw"


def _digest(vectors: UnitVectors) -> str:
    version = getattr(require_hnswlib(), "__version__", "")
    recipe = f"{version}|{LINKS_COUNT}|{BUILD_BREADTH}|{SEED}|{vectors.shape}".encode()
    digest = hashlib.blake2b(recipe, digest_size=16)
    digest.update(np.ascontiguousarray(vectors).data)
    return digest.hexdigest()
