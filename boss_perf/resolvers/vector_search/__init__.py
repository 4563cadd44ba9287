"""Similarity search over embedded documents: a loop over double vectors; rows of half floats with a graph beside."""

from .baseline import BaselineVectorSearch, LoopStore
from .contract import Document, Hit, VectorSearch
from .corpora import Corpus, clustered
from .embedding import TrigramEmbedder
from .graph import GraphUnavailable
from .neighbours import mean_recall, recall, same_neighbours
from .optimized import OptimizedVectorSearch, VectorRows

__all__ = [
    "BaselineVectorSearch",
    "Corpus",
    "Document",
    "GraphUnavailable",
    "Hit",
    "LoopStore",
    "OptimizedVectorSearch",
    "TrigramEmbedder",
    "VectorRows",
    "VectorSearch",
    "clustered",
    "mean_recall",
    "recall",
    "same_neighbours",
]
