"""How two answers to one search compare: approximate search is judged by recall, exact search by sameness."""

from collections.abc import Sequence

import numpy as np

from .contract import Hit, VectorSearch
from .corpora import Corpus

SCORE_TOLERANCE = 1e-3


def recall(found: Sequence[Hit], exact: Sequence[Hit]) -> float:
    """The share of the exact answer that was found; 1 when there was nothing to find."""
    wanted = {hit["doc_id"] for hit in exact}
    return len(wanted & {hit["doc_id"] for hit in found}) / len(wanted) if wanted else 1.0


def mean_recall(resolver: VectorSearch, corpus: Corpus, *, top_k: int = 10) -> float:
    """The mean over the queries of a corpus whose rows the resolver holds, against exact search in double precision."""
    vectors, queries = corpus.vectors.astype(np.float64), corpus.queries.astype(np.float64)
    scores = (queries @ vectors.T) / np.linalg.norm(vectors, axis=1)
    found = 0
    for query, rows in zip(queries, np.argpartition(scores, -top_k, axis=1)[:, -top_k:], strict=True):
        found += len({hit["doc_id"] for hit in resolver.search(query, top_k=top_k)} & {str(row) for row in rows})
    return found / (top_k * len(queries))


def same_neighbours(left: Sequence[Hit], right: Sequence[Hit]) -> bool:
    """The same scores within 1e-3, and the same ids but for documents tied with the last one."""
    if len(left) != len(right):
        return False
    if any(abs(one["score"] - two["score"]) > SCORE_TOLERANCE for one, two in zip(left, right, strict=True)):
        return False
    strangers = {hit["doc_id"] for hit in left} ^ {hit["doc_id"] for hit in right}
    tied = SCORE_TOLERANCE * 2
    return all(hit["score"] <= left[-1]["score"] + tied for hit in (*left, *right) if hit["doc_id"] in strangers)
