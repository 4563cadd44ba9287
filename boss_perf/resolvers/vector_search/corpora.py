"""Synthetic vectors that look like embeddings: Gaussian clusters, because real texts crowd around topics.

Directions drawn without clusters are nearly orthogonal to each other, and no index of any kind helps with those.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .contract import Document

UnitVectors = NDArray[np.float32]

CLUSTER_COUNT = 50
SPREAD = 0.6


@dataclass(frozen=True, slots=True)
class Corpus:
    """One row per document and one per query, all from the same mixture."""

    vectors: UnitVectors
    queries: UnitVectors

    def documents(self) -> list[Document]:
        """The rows as documents; the id is the row number."""
        return [
            Document(str(row), f"document {row}", vector, {"part": row % 10})
            for row, vector in enumerate(self.vectors.astype(np.float64))
        ]


def clustered(documents_count: int, *, dims: int = 384, queries_count: int = 256, seed: int = 20240715) -> Corpus:
    """Clusters of 50 documents around standard normal centres, with a spread of 0.6 in every dimension."""
    generator = np.random.default_rng(seed)
    centres = generator.standard_normal((max(1, documents_count // CLUSTER_COUNT), dims), dtype=np.float32)

    def drawn(owners: np.ndarray) -> UnitVectors:
        noise = generator.standard_normal((len(owners), dims), dtype=np.float32)
        rows: UnitVectors = centres[owners] + np.float32(SPREAD) * noise
        return rows

    return Corpus(
        drawn(np.arange(documents_count) % len(centres)), drawn(generator.integers(0, len(centres), queries_count))
    )
