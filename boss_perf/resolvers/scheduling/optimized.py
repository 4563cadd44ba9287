"""The next item from a heap. A changed priority adds an entry; the one before is dropped when it comes to the top.

An entry counts while its item is pending and has the entry's priority. When entries outnumber the pending items by
far, the heap is built anew, so its size stays in proportion whatever is updated. An item whose priority or status is
changed from outside tells its worklist, as the plain one would see it at the next `take`. What happens at once has one
stamp: a stamp costs more than the heap.
"""

from heapq import heapify, heappop, heappush
from typing import Any

from ..protocol import ResolverMetadata, TaskRejected, TaskStatus
from .contract import DEFAULT_PRIORITY, ITEM_LIMIT, METADATA, WorkItem, Worklist, stamp

_PENDING, _IN_PROGRESS = TaskStatus.PENDING, TaskStatus.IN_PROGRESS
_SPARE_COUNT = 64

_priority, _status = vars(WorkItem)["priority"], vars(WorkItem)["status"]
_priority_of, _set_priority = _priority.__get__, _priority.__set__
_status_of, _set_status = _status.__get__, _status.__set__


class _ListedItem(WorkItem):
    """An item that tells its worklist when it is changed."""

    __slots__ = ("worklist",)

    worklist: "OptimizedWorklist | None"

    def __init__(self, item_id: str, priority: float, turn: int, data: Any, worklist: "OptimizedWorklist") -> None:
        self.item_id, self.turn, self.data, self.worklist = item_id, turn, data, worklist
        _set_priority(self, priority)
        _set_status(self, _PENDING)
        self.created_at = self.updated_at = stamp()
        self.history = []

    def note(self, name: str, old: Any, new: Any) -> None:
        """Write a change of a field into the history."""
        self.updated_at = moment = stamp()
        self.history.append({"timestamp": moment, "field": name, "old_value": old, "new_value": new})

    @property
    def priority(self) -> float:
        return float(_priority_of(self))

    @priority.setter
    def priority(self, priority: float) -> None:
        if priority != priority:
            raise TaskRejected("wrong_value", "NaN has no place among priorities")
        _set_priority(self, priority)
        if self.worklist is not None:
            self.worklist.relist(self)

    @property
    def status(self) -> TaskStatus:
        status: TaskStatus = _status_of(self)
        return status

    @status.setter
    def status(self, status: TaskStatus) -> None:
        before = _status_of(self)
        _set_status(self, status)
        if self.worklist is not None and (before == _PENDING) != (status == _PENDING):
            self.worklist.recount(self, is_pending=status == _PENDING)

    def __lt__(self, other: object) -> bool:
        """Two entries of one item may meet in the heap, where either may come first."""
        return False


Entry = tuple[float, int, _ListedItem]
"""Ordered by falling priority, then by turn."""


class OptimizedWorklist(Worklist):
    """Logarithmic in the number of pending items, whatever was taken before."""

    def __init__(self, metadata: ResolverMetadata = METADATA) -> None:
        super().__init__(metadata)
        self._items: dict[str, _ListedItem] = {}
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
        item = _ListedItem(item_id, priority, turn, data, self)
        self._items[item_id] = item
        heappush(self._heap, (-priority, turn, item))
        self._added_count = turn + 1
        self._pending_count += 1
        return item

    def update(self, item_id: str, priority: float) -> bool:
        """Change the priority of a pending item; whether there was one."""
        item = self._items.get(item_id)
        if item is None or _status_of(item) != _PENDING:
            return False
        before = _priority_of(item)
        if before != priority:
            item.priority = priority
            item.note("priority", before, priority)
        return True

    def take(self) -> WorkItem | None:
        """The next item, now in progress; None when nothing is pending."""
        heap = self._heap
        while heap:
            entry = heappop(heap)
            if _counts(entry):
                item = entry[2]
                _set_status(item, _IN_PROGRESS)
                self._pending_count -= 1
                item.note("status", _PENDING, _IN_PROGRESS)
                return item
        return None

    def forget(self, item_id: str, status: TaskStatus = TaskStatus.COMPLETED) -> WorkItem | None:
        """Take the item out of the list, whatever its state, with this as its last status; None for an unknown id."""
        item = self._items.pop(item_id, None)
        if item is None:
            return None
        before = _status_of(item)
        if before == _PENDING:
            self._pending_count -= 1
        item.worklist = None
        item.status = status
        item.note("status", before, status)
        self._tidy()
        return item

    def relist(self, item: _ListedItem) -> None:
        """The priority of an item has changed."""
        if _status_of(item) == _PENDING:
            heappush(self._heap, (-_priority_of(item), item.turn, item))
            self._tidy()

    def recount(self, item: _ListedItem, *, is_pending: bool) -> None:
        """An item has become pending, or is so no more."""
        self._pending_count += 1 if is_pending else -1
        self.relist(item)

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
    key, _, item = entry
    return item.worklist is not None and _status_of(item) == _PENDING and _priority_of(item) == -key
