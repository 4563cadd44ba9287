"""The next item from a heap. A changed priority adds an entry; the one before is dropped when it comes to the top.

An entry counts while its item is pending and has the entry's priority. When entries outnumber the pending items by
far, the heap is built anew, so its size stays in proportion whatever is updated. An item whose priority or status is
changed from outside tells its worklist, as the plain one would see it at the next `take`. Moments are kept as numbers
until somebody reads a stamp or the history: to write one costs more than the heap.
"""

from datetime import datetime
from heapq import heapify, heappop, heappush
from time import time
from typing import Any

from ..protocol import ResolverMetadata, TaskRejected, TaskStatus
from .contract import DEFAULT_PRIORITY, ITEM_LIMIT, METADATA, WorkItem, Worklist

_PENDING, _IN_PROGRESS = TaskStatus.PENDING, TaskStatus.IN_PROGRESS
_SPARE_COUNT = 64
_new_item = WorkItem.__new__

Change = tuple[float, str, Any, Any]
"""When, in seconds since the epoch; the name of the field; its value before and after."""


def _stamped(slot: str) -> Any:
    """A moment that becomes a stamp when it is read."""

    def read(item: "_ListedItem") -> str:
        moment = getattr(item, slot)
        if isinstance(moment, float):
            moment = _stamp(moment)
            setattr(item, slot, moment)
        return str(moment)

    return property(read, lambda item, moment: setattr(item, slot, moment))


class _ListedItem(WorkItem):
    """An item that tells its worklist when it is changed."""

    __slots__ = ("_changes", "_created_at", "_history", "_priority", "_status", "_updated_at", "worklist")

    worklist: "OptimizedWorklist | None"
    _priority: float
    _status: TaskStatus
    _created_at: float | str
    _updated_at: float | str
    _changes: list[Change] | None
    """What is not yet in the history, which nobody has read; None once somebody has it in hand."""

    created_at = _stamped("_created_at")
    updated_at = _stamped("_updated_at")

    @property
    def history(self) -> list[dict[str, Any]]:
        if self._changes is not None:
            self.history = [*map(_told, self._changes)]
        return self._history

    @history.setter
    def history(self, history: list[dict[str, Any]]) -> None:
        self._history, self._changes = history, None

    def note(self, name: str, old: Any, new: Any) -> None:
        """Write a change of a field into the history."""
        self._updated_at = moment = time()
        if self._changes is None:
            self._history.append(_told((moment, name, old, new)))
        else:
            self._changes.append((moment, name, old, new))

    @property
    def priority(self) -> float:
        return self._priority

    @priority.setter
    def priority(self, priority: float) -> None:
        if priority != priority:
            raise TaskRejected("wrong_value", "NaN has no place among priorities")
        self._priority = priority
        if self.worklist is not None:
            self.worklist.relist(self)

    @property
    def status(self) -> TaskStatus:
        return self._status

    @status.setter
    def status(self, status: TaskStatus) -> None:
        before = self._status
        self._status = status
        if self.worklist is not None and (before == _PENDING) != (status == _PENDING):
            self.worklist.recount(self, is_pending=status == _PENDING)

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        """The slots alone: a copy that sets a property would tell a worklist that is not whole yet."""
        slots = ("item_id", "turn", "data", *self.__slots__)
        return None, {slot: getattr(self, slot) for slot in slots if hasattr(self, slot)}

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
        item = self._items[item_id] = _new_item(_ListedItem)  # a constructor would cost as much as all the rest
        item.item_id = item_id
        item._priority = priority
        item.turn = turn
        item.data = data
        item.worklist = self
        item._status = _PENDING
        item._created_at = item._updated_at = time()
        item._changes = []
        heappush(self._heap, (-priority, turn, item))
        self._added_count = turn + 1
        self._pending_count += 1
        return item

    def update(self, item_id: str, priority: float) -> bool:
        """Change the priority of a pending item; whether there was one."""
        item = self._items.get(item_id)
        if item is None or item._status != _PENDING:
            return False
        before = item._priority
        if before != priority:
            item.priority = priority
            item.note("priority", before, priority)
        return True

    def take(self) -> WorkItem | None:
        """The next item, now in progress; None when nothing is pending."""
        heap = self._heap
        while heap:
            key, _, item = heappop(heap)
            if item._priority == -key and item._status == _PENDING and item.worklist is not None:
                item._status = _IN_PROGRESS
                self._pending_count -= 1
                item.note("status", _PENDING, _IN_PROGRESS)
                return item
        return None

    def forget(self, item_id: str, status: TaskStatus = TaskStatus.COMPLETED) -> WorkItem | None:
        """Take the item out of the list, whatever its state, with this as its last status; None for an unknown id."""
        item = self._items.pop(item_id, None)
        if item is None:
            return None
        before = item._status
        if before == _PENDING:
            self._pending_count -= 1
        item.worklist = None
        item.status = status
        item.note("status", before, status)
        self._tidy()
        return item

    def relist(self, item: _ListedItem) -> None:
        """The priority of an item has changed, which may be a copy that is not in the list."""
        if item._status == _PENDING and self._items.get(item.item_id) is item:
            heappush(self._heap, (-item._priority, item.turn, item))
            self._tidy()

    def recount(self, item: _ListedItem, *, is_pending: bool) -> None:
        """An item, which may be a copy, has become pending, or is so no more."""
        if self._items.get(item.item_id) is item:
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
    return item.worklist is not None and item._status == _PENDING and item._priority == -key


def _told(change: Change) -> dict[str, Any]:
    moment, name, old, new = change
    return {"timestamp": _stamp(moment), "field": name, "old_value": old, "new_value": new}


def _stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment).isoformat()
