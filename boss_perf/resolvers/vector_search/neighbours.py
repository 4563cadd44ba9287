"""How two answers to one search compare: approximate search is judged by recall, exact search by sameness."""

from collections.abc import Sequence

from .contract import Hit

SCORE_TOLERANCE = 1e-3


def recall(found: Sequence[Hit], exact: Sequence[Hit]) -> float:
    """The share of the exact answer that was found; 1 when there was nothing to find."""
    wanted = {hit["doc_id"] for hit in exact}
    return len(wanted & {hit["doc_id"] for hit in found}) / len(wanted) if wanted else 1.0


def same_neighbours(left: Sequence[Hit], right: Sequence[Hit]) -> bool:
    """The same scores within 1e-3, and the same ids but for documents tied with the last one."""
    if len(left) != len(right):
        return False
    if any(abs(one["score"] - two["score"]) > SCORE_TOLERANCE for one, two in zip(left, right, strict=True)):
        return False
    strangers = {hit["doc_id"] for hit in left} ^ {hit["doc_id"] for hit in right}
    tied = SCORE_TOLERANCE * 2
    return all(hit["score"] <= left[-1]["score"] + tied for hit in (*left, *right) if hit["doc_id"] in strangers)
