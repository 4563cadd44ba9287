"""Similarity search over embedded documents: a loop over float64 vectors; a float32 matrix with a graph above it."""

from .baseline import BaselineVectorSearch, LoopStore
from .contract import Document, Hit, VectorSearch
from .corpora import Corpus, clustered
from .embedding import TrigramEmbedder
from .graph import GraphUnavailable, NeighbourGraph
from .neighbours import recall, same_neighbours
from .optimized import MatrixStore, OptimizedVectorSearch

__all__ = [
    "BaselineVectorSearch",
    "Corpus",
    "Document",
    "GraphUnavailable",
    "Hit",
    "LoopStore",
    "MatrixStore",
    "NeighbourGraph",
    "OptimizedVectorSearch",
    "TrigramEmbedder",
    "VectorSearch",
    "clustered",
    "recall",
    "same_neighbours",
]
