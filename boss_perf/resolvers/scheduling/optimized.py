"""The next item from a heap. A changed priority adds an entry; the one before is dropped when it comes to the top.

An entry counts while its item is pending and has the entry's priority. When entries outnumber the pending items by
far, the heap is built anew, so its size stays in proportion whatever is updated.
"""

from heapq import heapify, heappop, heappush
from typing import Any

from ..protocol import ResolverMetadata, TaskRejected, TaskStatus
from .contract import DEFAULT_PRIORITY, ITEM_LIMIT, METADATA, WorkItem, Worklist

_PENDING, _IN_PROGRESS = TaskStatus.PENDING, TaskStatus.IN_PROGRESS
_SPARE_COUNT = 64

Entry = tuple[float, int, WorkItem]
"""Ordered by falling priority, then by turn; turns differ, so items are never compared."""


class OptimizedWorklist(Worklist):
    """Logarithmic in the number of pending items, whatever was taken before."""

    def __init__(self, metadata: ResolverMetadata = METADATA) -> None:
        super().__init__(metadata)
        self._items: dict[str, WorkItem] = {}
        self._heap: list[Entry] = []
        self._added_count = 0
        self._pending_count = 0

    def add(self, item_id: str, priority: float = DEFAULT_PRIORITY, *, data: Any = None) -> WorkItem:
        """A new pending item."""
        if item_id in self._items:
            raise TaskRejected("duplicate", f"there is an item {item_id!r:.80}")
        turn = self._added_count
        if len(self._items) >= ITEM_LIMIT:
            raise TaskRejected("full", f"a worklist holds {ITEM_LIMIT} items")
        if priority != priority:
            raise TaskRejected("wrong_value", "NaN has no place among priorities")
        item = WorkItem(item_id, priority, turn, data)
        self._items[item_id] = item
        heappush(self._heap, (-priority, turn, item))
        self._added_count = turn + 1
        self._pending_count += 1
        return item

    def update(self, item_id: str, priority: float) -> bool:
        """Change the priority of a pending item; whether there was one."""
        item = self._items.get(item_id)
        if item is None or item.status is not _PENDING:
            return False
        if item.priority != priority:
            if priority != priority:
                raise TaskRejected("wrong_value", "NaN has no place among priorities")
            item.priority = priority
            heappush(self._heap, (-priority, item.turn, item))
            self._tidy()
        return True

    def take(self) -> WorkItem | None:
        """The next item, now in progress; None when nothing is pending."""
        heap = self._heap
        while heap:
            key, _, item = heappop(heap)
            if item.status is _PENDING and item.priority == -key:
                item.status = _IN_PROGRESS
                self._pending_count -= 1
                return item
        return None

    def forget(self, item_id: str, status: TaskStatus = TaskStatus.COMPLETED) -> WorkItem | None:
        """Take the item out of the list, whatever its state, with this as its last status; None for an unknown id."""
        item = self._items.pop(item_id, None)
        if item is None:
            return None
        if item.status is _PENDING:
            self._pending_count -= 1
        item.status = status
        self._tidy()
        return item

    def get(self, item_id: str) -> WorkItem | None:
        """The item, pending or in progress."""
        return self._items.get(item_id)

    def pending_count(self) -> int:
        """How many items wait."""
        return self._pending_count

    def _tidy(self) -> None:
        if len(self._heap) > 2 * self._pending_count + _SPARE_COUNT:
            # From the heap, not from the items: of those in progress there may be any number.
            counting = {entry[1]: entry for entry in self._heap if _counts(entry)}
            self._heap = list(counting.values())
            heapify(self._heap)


def _counts(entry: Entry) -> bool:
    item = entry[2]
    return item.status is _PENDING and item.priority == -entry[0]
