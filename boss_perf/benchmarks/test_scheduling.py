"""A worklist filled with n items, a tenth of them updated while it is emptied; priorities 0 to 9, so most are ties.

Throughput in items is n over the time of one op.
"""

import random
from heapq import heappop, heappush

from boss_perf.resolvers.scheduling import BaselineWorklist, OptimizedWorklist

PRIORITY_COUNT = 10
UPDATE_EVERY = 10


def draining(kind, count):
    """Fill, then take one after the other; after every tenth, another item gets a new priority."""
    rng = random.Random(count)
    added = [(f"item-{number}", rng.randrange(PRIORITY_COUNT)) for number in range(count)]
    updates = [(f"item-{rng.randrange(count)}", rng.randrange(PRIORITY_COUNT)) for _ in range(count // UPDATE_EVERY)]

    def drain():
        worklist = kind()
        for item_id, priority in added:
            worklist.add(item_id, priority)
        upcoming = iter(updates)
        order = []
        while (item := worklist.take()) is not None:
            order.append(item.item_id)
            if len(order) % UPDATE_EVERY == 1 and (update := next(upcoming, None)):
                worklist.update(*update)
        return order

    return drain


def drain_both(paired, count):
    order, _ = paired(baseline=draining(BaselineWorklist, count), optimized=draining(OptimizedWorklist, count))
    assert len(order) == len(set(order)) == count


def test_drain_10(paired):
    """One op fills and empties a worklist of 10 items."""
    drain_both(paired, 10)


def test_drain_100(paired):
    """One op fills and empties a worklist of 100 items."""
    drain_both(paired, 100)


def test_drain_1000(paired):
    """One op fills and empties a worklist of 1 000 items."""
    drain_both(paired, 1_000)


def test_heap_overhead(paired):
    """One op fills and empties 1 000 items without updates; the baseline is a bare heap of tuples."""
    rng = random.Random(1)
    added = [(f"item-{number}", rng.randrange(PRIORITY_COUNT)) for number in range(1_000)]

    def bare():
        heap = []
        for turn, (item_id, priority) in enumerate(added):
            heappush(heap, (-priority, turn, item_id))
        return [heappop(heap)[2] for _ in range(len(heap))]

    def drain():
        worklist = OptimizedWorklist()
        for item_id, priority in added:
            worklist.add(item_id, priority)
        return [item.item_id for item in iter(worklist.take, None)]

    paired(baseline=bare, optimized=drain)
