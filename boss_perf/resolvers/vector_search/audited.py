"""A graph that has to prove itself: it answers only while audits show that it finds what exact search does.

From `from_count` rows on a graph is grown beside the rows, a few in a `step`, so that nobody waits for all of it. It
is trusted once it holds every row and has passed an audit: `AUDITED_COUNT` searches for rows of the store and as many
for what was asked of late are answered both ways, and of either it must have found `SUFFICIENT_RECALL` of the ten best.
Growth and use go on auditing it. One that fails although it passed with fewer rows is searched with twice the breadth,
where there are enough rows for it to be faster still, and audited again; any other is dropped, and tried again when
there are twice as many rows. One that has lost many rows is grown anew.
"""

import random
from collections import deque
from contextlib import suppress

import numpy as np

from .graph import SEARCH_BREADTH, SEED, Engine, GraphUnavailable, NeighbourGraph, new_graph
from .rows import Row, Rows, Scores, units_of

GRAPH_TOP_K = 100
AUDITED_COUNT = 32
AUDITED_TOP_K = 10
SUFFICIENT_RECALL = 0.98
CHANGES_PER_AUDIT = 128
LINKED_AT_ONCE = 16
CHANGES_PER_UNLINK = 8
"""A removed row costs a graph more than a new one: others were reached through it."""
SEARCHES_PER_AUDIT = 512
_TIE = 1e-6


class AuditedGraph:
    """Searches rows, by a graph where that is trusted. Belongs to whoever holds the lock of the rows."""

    def __init__(self, rows: Rows, *, from_count: int | None, engine: Engine | None) -> None:
        self.graph: NeighbourGraph | None
        self.linked_count: int
        self._changes_count: int
        self._is_row_next: bool
        self._breadth: int
        self._was_trusted: bool
        self._rows = rows
        self._from_count = self._least_count = from_count
        self._engine = engine
        self._draw = random.Random(SEED)
        self._asked: deque[Row] = deque(maxlen=AUDITED_COUNT)
        self._drop()

    @property
    def is_trusted(self) -> bool:
        """Whether searches are answered by the graph now."""
        return self.linked_count == len(self._rows) and self._has_passed

    def nearest(self, unit: Row, count: int) -> tuple[list[int], list[float]]:
        """The best rows and their scores, best first."""
        self._asked.append(unit)
        if self.graph is None or not self.is_trusted or count > GRAPH_TOP_K:
            if self.linked_count == len(self._rows) and not self._has_passed:
                self.step(1)  # a graph that is searched more broadly is audited even where nothing is stored any more
            return best(self._rows.scores(unit), count)
        self._searches_count += 1
        if self._searches_count % SEARCHES_PER_AUDIT == 0:
            return best(self._audit(unit, is_row=False), count)
        found = self.graph.nearest(unit, count)
        return best(self._rows.scores(unit), count) if found is None else found

    def unlink(self, row: int) -> None:
        """The row is about to go or to change."""
        if self.graph is not None and row < self.linked_count:
            self.graph.unlink(row)
            self._unlinked_count += 1
            self._changes_count += CHANGES_PER_UNLINK

    def relink(self, row: int, *, was_linked: bool) -> None:
        """The row has been filled by the last one, which is gone; `was_linked` is what it was before."""
        self.linked_count = min(self.linked_count, len(self._rows))
        if was_linked and row < len(self._rows) and self.graph is not None:
            self.graph.link(row, self._rows.run(row, 1))

    def prepare(self) -> None:
        """Import the library of the first graph while nobody waits: it takes some 50 ms, once. Needs no lock."""
        if self.graph is None and self._from_count is not None and len(self._rows) >= self._from_count:
            with suppress(GraphUnavailable):
                new_graph(self._rows.dims, self._rows.kind, self._engine)

    def step(self, most_count: int) -> int:
        """Link some rows, `most_count` at most, or audit one search; how much was done, 0 where nothing is to do."""
        rows_count = len(self._rows)
        if self.graph is None:
            if self._from_count is None or rows_count < self._from_count:
                return 0
            try:
                self.graph = new_graph(self._rows.dims, self._rows.kind, self._engine)
            except GraphUnavailable:
                self._from_count = None
                return 0
        if self._unlinked_count > max(rows_count // 2, AUDITED_COUNT):
            self._drop()
            return 1
        audits_count = sum(map(len, self._found_ratios))
        is_large = self.linked_count >= min(rows_count, self._from_count or 0) > 0
        if self._changes_count >= CHANGES_PER_AUDIT if audits_count == 2 * AUDITED_COUNT else is_large:
            self._changes_count = 0
            self._is_row_next = not self._is_row_next
            self._audit(self._question(is_row=self._is_row_next), is_row=self._is_row_next)
            return 1
        if self.linked_count < rows_count:
            rows = self._rows.run(self.linked_count, min(most_count, LINKED_AT_ONCE))
            self.graph.link(self.linked_count, rows)
            self.linked_count += len(rows)
            self._changes_count += len(rows)
            return len(rows)
        return 0

    def _question(self, *, is_row: bool) -> Row:
        """A row; or else what was asked of late or, before anything was, what lies between two rows."""
        first, second = (self._rows[self._draw.randrange(len(self._rows))] for _ in range(2))
        if is_row:
            return first
        if self._asked:
            return self._draw.choice(self._asked)
        between: Row = units_of((first.astype(np.float64) + second)[None, :], self._rows.kind)[0]
        return between

    def _audit(self, unit: Row, *, is_row: bool) -> Scores:
        """Ask the graph for what exact search finds among the linked rows; the exact scores of these."""
        scores = self._rows.scores(unit, self.linked_count)
        count = min(AUDITED_TOP_K, len(scores))
        found = self.graph.nearest(unit, count) if self.graph is not None else None
        least = np.partition(scores, -count)[-count] - _TIE
        self._found_ratios[is_row].append(0.0 if found is None else float(np.mean(scores[found[0]] >= least)))
        if all(len(each) == AUDITED_COUNT for each in self._found_ratios):
            self._has_passed = all(sum(each) >= SUFFICIENT_RECALL * AUDITED_COUNT for each in self._found_ratios)
            self._was_trusted |= self._has_passed
            if not self._has_passed:
                self._failed()
        return scores

    def _failed(self) -> None:
        """Search more broadly, which pays where the rows have grown as much as the breadth; or give the graph up."""
        breadth = 2 * self._breadth
        is_paying = len(self._rows) * SEARCH_BREADTH >= breadth * (self._least_count or 1)
        if self.graph is not None and self._was_trusted and is_paying:
            self.graph.widen(breadth)
            self._breadth = breadth
            self._forget_audits()
        else:
            self._drop()
            self._from_count = 2 * len(self._rows)

    def _drop(self) -> None:
        self.graph = None
        self.linked_count = self._unlinked_count = self._changes_count = self._searches_count = 0
        self._breadth, self._was_trusted = SEARCH_BREADTH, False
        self._forget_audits()

    def _forget_audits(self) -> None:
        self._found_ratios: tuple[deque[float], ...] = (deque(maxlen=AUDITED_COUNT), deque(maxlen=AUDITED_COUNT))
        self._has_passed = self._is_row_next = False


def best(scores: Scores, count: int) -> tuple[list[int], list[float]]:
    """Places and scores of the greatest, best first."""
    if count < len(scores):
        places = np.argpartition(scores, len(scores) - count)[len(scores) - count :]
        places = places[np.argsort(-scores[places])]
    else:
        places = np.argsort(-scores)
    return places.tolist(), scores[places].tolist()
