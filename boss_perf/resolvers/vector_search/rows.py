"""Unit vectors as rows of half precision that never move in memory, and their scores against a query.

Half precision keeps a score within 1e-4 and takes half the memory of single precision. numkong multiplies it as fast
as it can be read; numpy would have to widen it first, at ten times the cost, so without numkong the rows are single.
"""

from bisect import bisect_right
from typing import Any

import numpy as np
from numpy.typing import NDArray

try:
    import numkong
except ImportError:
    numkong = None  # type: ignore[assignment]

Row = NDArray[np.floating[Any]]
Scores = NDArray[np.float64]

SMALLEST_BLOCK_ROWS = 64
LARGEST_BLOCK_ROWS = 2048


class Rows:
    """A dense list of rows in blocks, each as large as all before it up to a limit: a row is never copied to grow."""

    def __init__(self, dims: int) -> None:
        self.dims = dims
        self.kind: type[np.floating[Any]] = np.float32 if numkong is None else np.float16
        self._blocks: list[Row] = []
        self._starts: list[int] = []
        self._count = 0

    def __len__(self) -> int:
        """How many rows there are."""
        return self._count

    def __getitem__(self, place: int) -> Row:
        """The row itself, not a copy."""
        row: Row = self.run(place, 1)[0]
        return row

    def run(self, place: int, most_count: int) -> Row:
        """The rows from a place on that lie together in memory, themselves, and `most_count` of them at most."""
        block = bisect_right(self._starts, place) - 1
        start = self._starts[block]
        rows: Row = self._blocks[block][place - start : min(place + most_count, self._count) - start]
        return rows

    def append(self, row: Row) -> Row:
        """Add a row behind the last; where it now lies."""
        room_count = self._starts[-1] + len(self._blocks[-1]) if self._blocks else 0
        if self._count == room_count:
            rows_count = min(max(room_count, SMALLEST_BLOCK_ROWS), LARGEST_BLOCK_ROWS)
            self._starts.append(room_count)
            self._blocks.append(np.empty((rows_count, self.dims), dtype=self.kind))
        self._count += 1
        kept = self[self._count - 1]
        kept[:] = row
        return kept

    def pop(self) -> None:
        """Drop the last row, and its block when it was the only one in there."""
        self._count -= 1
        if self._count == self._starts[-1]:
            del self._starts[-1], self._blocks[-1]

    def scores(self, unit: Row, count: int | None = None) -> Scores:
        """The cosine of the first `count` rows, or of every row, with the query."""
        end = self._count if count is None else count
        parts = [
            _products(block[: end - start], unit)
            for start, block in zip(self._starts, self._blocks, strict=True)
            if start < end
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def scores_of(self, places: list[int], unit: Row) -> Scores:
        """The cosine of some rows with the query."""
        return _products(np.stack([self[place] for place in places]), unit)


def units_of(vectors: NDArray[np.float64], kind: type[np.floating[Any]]) -> Row:
    """The vectors at length one, those of length zero as they are."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    lengths[lengths == 0.0] = 1.0
    units: Row = (vectors / lengths[:, None]).astype(kind) + kind(0)  # no negative zeros: equal rows have equal bytes
    return units


def _products(rows: Row, unit: Row) -> Scores:
    if numkong is None:
        return (rows @ unit).astype(np.float64)
    products: Scores = np.asarray(numkong.cdist(unit[None, :], rows, "dot"))[0]
    return products
