"""One body over both worklists; the optimized one gives out items in the baseline's order, whatever happens between."""

import asyncio
import copy
import pickle
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from boss_perf.resolvers.protocol import Task, TaskRejected, TaskStatus
from boss_perf.resolvers.scheduling import BaselineWorklist, OptimizedWorklist, optimized


@pytest.fixture(params=(BaselineWorklist, OptimizedWorklist))
def worklist(request):
    return request.param()


def ask(worklist, **arguments):
    return asyncio.run(worklist.resolve(Task("scheduling", arguments)))


def drained(worklist):
    return [item.item_id for item in iter(worklist.take, None)]


def test_the_highest_priority_comes_first_and_ties_in_the_order_they_came(worklist):
    for item_id, priority in (("a", 1), ("b", 5), ("c", 1), ("d", 5), ("e", -2.5)):
        worklist.add(item_id, priority)
    assert worklist.pending_count() == 5
    assert drained(worklist) == ["b", "d", "a", "c", "e"]
    assert worklist.pending_count() == 0
    assert worklist.take() is None


def test_an_update_moves_an_item_but_keeps_its_place_among_equals(worklist):
    for item_id in "abcd":
        worklist.add(item_id, 3)
    assert worklist.update("a", 1)
    assert worklist.update("d", 9)
    assert worklist.update("a", 3)
    assert drained(worklist) == ["d", "a", "b", "c"]
    assert not worklist.update("a", 7)
    assert not worklist.update("z", 7)


def test_an_item_is_known_until_it_is_forgotten(worklist):
    item = worklist.add("a", data={"x": 1})
    assert (worklist.get("a"), item.status) == (item, TaskStatus.PENDING)
    assert worklist.take() is item
    assert (worklist.get("a"), item.status) == (item, TaskStatus.IN_PROGRESS)
    assert worklist.forget("a") is item
    assert item.status is TaskStatus.COMPLETED
    assert worklist.get("a") is worklist.forget("a") is None


def test_a_forgotten_item_is_not_given_out_and_its_id_is_free_again(worklist):
    worklist.add("a", 9)
    worklist.add("b", 1)
    worklist.forget("a", TaskStatus.CANCELLED)
    assert worklist.pending_count() == 1
    worklist.add("a", 1)
    assert drained(worklist) == ["b", "a"]


def test_an_id_is_taken_once(worklist):
    worklist.add("a")
    with pytest.raises(TaskRejected, match="'a'"):
        worklist.add("a", 7)
    assert drained(worklist) == ["a"]


def test_priorities_beyond_the_precision_of_floats_keep_their_order(worklist):
    for item_id, priority in (("a", 2**60), ("b", 2**60 + 1), ("c", float(2**60))):
        worklist.add(item_id, priority)
    assert drained(worklist) == ["b", "a", "c"]


def test_a_priority_that_is_no_number_has_no_place(worklist):
    worklist.add("a", 1)
    for put in (worklist.add, worklist.update):
        with pytest.raises(TaskRejected, match="NaN"):
            put("b" if put == worklist.add else "a", float("nan"))
    assert worklist.get("b") is None
    assert worklist.pending_count() == 1
    assert drained(worklist) == ["a"]


def test_updates_do_not_make_the_heap_grow():
    worklist = OptimizedWorklist()
    for number in range(10):
        worklist.add(str(number), number)
    for number in range(10_000):
        worklist.update(str(number % 10), number)
    assert len(worklist._heap) < 200
    assert drained(worklist) == [str(number) for number in reversed(range(10))]


def test_the_work_of_updates_does_not_grow_with_the_items_in_progress():
    class Counting(dict):
        seen_count = 0

        def values(self):
            self.seen_count += len(self)
            return super().values()

    worklist = OptimizedWorklist()
    worklist._items = Counting()
    for number in range(5_000):
        worklist.add(f"taken {number}", 1)
    while worklist.take():
        pass
    worklist.add("a", 0)
    worklist.add("b", 1)
    for number in range(2_000):
        worklist.update("a", number % 3)
    assert worklist._items.seen_count == 0
    assert len(worklist._heap) < 200
    worklist.update("a", 1)
    assert drained(worklist) == ["a", "b"]


def test_tasks_are_answered_through_the_protocol(worklist):
    added = ask(worklist, operation="add", item_id="a", priority=2, data=[1]).output_data["item"]
    assert {name: added[name] for name in ("item_id", "priority", "status", "data", "history")} == {
        "item_id": "a", "priority": 2, "status": "pending", "data": [1], "history": [],
    }  # fmt: skip
    assert ask(worklist, operation="add", item_id="b").output_data["item"]["priority"] == 5
    assert ask(worklist, operation="update", item_id="a", priority=7.5).output_data == {"item_id": "a"}
    assert ask(worklist, operation="size").output_data == {"pending": 2}
    assert ask(worklist, operation="next").output_data["item"]["item_id"] == "a"
    finished = ask(worklist, operation="finish", item_id="a", has_failed=True).output_data["item"]
    assert finished["status"] == "failed"
    assert ask(worklist, operation="remove", item_id="b").output_data["item"]["status"] == "cancelled"
    assert ask(worklist, operation="next").output_data == {"item": None}


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({}, "unknown_operation"),
        ({"operation": "sort"}, "unknown_operation"),
        ({"operation": "add"}, "missing_field"),
        ({"operation": "add", "item_id": 3}, "wrong_type"),
        ({"operation": "add", "item_id": "a", "priority": "high"}, "wrong_type"),
        ({"operation": "add", "item_id": "a", "priority": True}, "wrong_value"),
        ({"operation": "add", "item_id": "a", "priority": float("nan")}, "wrong_value"),
        ({"operation": "update", "item_id": "a", "priority": 10**400}, "OverflowError"),
        ({"operation": "update", "item_id": "a"}, "missing_field"),
        ({"operation": "update", "item_id": "a", "priority": 1}, "not_found"),
        ({"operation": "finish", "item_id": "a"}, "not_found"),
        ({"operation": "remove", "item_id": ["a"]}, "wrong_type"),
    ],
)
def test_a_malformed_task_gets_an_error_result(worklist, arguments, kind):
    result = ask(worklist, **arguments)
    assert (result.is_success, result.error["kind"], result.output_data) == (False, kind, {})
    assert worklist.pending_count() == 0


def test_input_that_is_no_mapping_gets_an_error_result(worklist):
    assert asyncio.run(worklist.resolve(Task("scheduling", ("next",)))).error["kind"] == "wrong_type"


def test_a_full_worklist_says_so(worklist, monkeypatch):
    for module in ("baseline", "optimized"):
        monkeypatch.setattr(f"boss_perf.resolvers.scheduling.{module}.ITEM_LIMIT", 2)
    for item_id in "ab":
        worklist.add(item_id)
    assert ask(worklist, operation="add", item_id="c").error["kind"] == "full"


def test_a_cancelled_call_passes_the_cancellation_on_and_takes_nothing(worklist):
    worklist.add("a")

    async def cancelled():
        call = asyncio.create_task(worklist.resolve(Task("scheduling", {"operation": "next"})))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(cancelled())
    assert worklist.pending_count() == 1


def test_stamps_are_of_the_moment_of_the_change_not_of_the_reading(monkeypatch):
    moments = iter((1.5, 2.5, 3.25, 4.0))
    monkeypatch.setattr(optimized, "time", lambda: next(moments))
    worklist = OptimizedWorklist()
    item = worklist.add("a", 1)
    worklist.update("a", 2)
    worklist.take()
    stamps = [datetime.fromtimestamp(moment).isoformat() for moment in (1.5, 2.5, 3.25, 4.0)]
    history = item.history
    assert (item.created_at, item.updated_at) == (stamps[0], stamps[2])
    assert [each["timestamp"] for each in history] == stamps[1:3]
    worklist.forget("a")
    assert (history[-1]["timestamp"], item.updated_at) == (stamps[3], stamps[3])  # the same list goes on


def test_stamps_and_history_can_be_set_from_outside(worklist):
    item = worklist.add("a")
    item.history, item.created_at = [{"field": "made"}], "yesterday"
    worklist.take()
    assert [each["field"] for each in item.history] == ["made", "status"]
    assert (item.created_at, item.shown()["created_at"]) == ("yesterday", "yesterday")
    assert item.updated_at > datetime(2026, 1, 1).isoformat()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda worklist: pickle.loads(pickle.dumps(worklist))])
def test_a_copied_worklist_goes_on_alone(worklist, copied):
    for item_id, priority in (("a", 1), ("b", 2), ("c", 3)):
        worklist.add(item_id, priority)
    worklist.take()
    other = copied(worklist)
    other.get("a").priority = 9
    assert [told(other.get(item_id)) for item_id in "bc"] == [told(worklist.get(item_id)) for item_id in "bc"]
    assert drained(other) == ["a", "b"]
    assert (worklist.pending_count(), worklist.get("a").priority) == (2, 1)
    assert drained(worklist) == ["b", "a"]


def test_the_copy_of_an_item_is_in_no_list(worklist):
    single = copy.copy(worklist.add("a", 1))
    single.priority = 5
    single.status = TaskStatus.COMPLETED
    single.status = TaskStatus.PENDING
    assert worklist.pending_count() == 1
    assert worklist.take() is not single
    assert worklist.take() is None


IDS = st.sampled_from([f"item-{number}" for number in range(12)])
PRIORITIES = st.integers(0, 3) | st.floats(allow_nan=False, allow_infinity=False)


def told(item):
    """What an item says, without the moments."""
    if item is None:
        return None
    shown = {name: said for name, said in item.shown().items() if not name.endswith("_at")}
    return shown | {"history": [{**each, "timestamp": ""} for each in shown["history"]]}


class Twins(RuleBasedStateMachine):
    """The same changes to both; they must never differ."""

    def __init__(self):
        super().__init__()
        self.plain, self.fast = BaselineWorklist(), OptimizedWorklist()
        self.forgotten = (None, None)

    @rule(item_id=IDS, priority=PRIORITIES)
    def add(self, item_id, priority):
        if self.plain.get(item_id) is None:
            assert told(self.plain.add(item_id, priority)) == told(self.fast.add(item_id, priority))

    @rule(item_id=IDS, priority=PRIORITIES)
    def update(self, item_id, priority):
        assert self.plain.update(item_id, priority) == self.fast.update(item_id, priority)

    @rule()
    def take(self):
        assert told(self.plain.take()) == told(self.fast.take())

    @rule(item_id=IDS, status=st.sampled_from((TaskStatus.COMPLETED, TaskStatus.CANCELLED)))
    def forget(self, item_id, status):
        items = self.plain.get(item_id), self.fast.get(item_id)
        assert told(self.plain.forget(item_id, status)) == told(self.fast.forget(item_id, status))
        self.forgotten = items

    @rule(item_id=IDS, priority=PRIORITIES)
    def change_priority_from_outside(self, item_id, priority):
        for item in (self.plain.get(item_id), self.fast.get(item_id)):
            if item is not None:
                item.priority = priority

    @rule(item_id=IDS, status=st.sampled_from([*TaskStatus, "pending", "completed"]))
    def change_status_from_outside(self, item_id, status):
        for item in (self.plain.get(item_id), self.fast.get(item_id)):
            if item is not None:
                item.status = status

    @rule(priority=PRIORITIES, status=st.sampled_from(TaskStatus))
    def change_a_forgotten_one(self, priority, status):
        for item in self.forgotten:
            if item is not None:
                item.priority, item.status = priority, status

    @invariant()
    def counts_agree(self):
        assert self.plain.pending_count() == self.fast.pending_count()


Twins.TestCase.settings = settings(stateful_step_count=40)
TestTwins = Twins.TestCase


@given(st.lists(PRIORITIES, max_size=60))
def test_any_priorities_come_out_sorted_and_stable(priorities):
    worklist = OptimizedWorklist()
    for number, priority in enumerate(priorities):
        worklist.add(str(number), priority)
    expected = sorted(range(len(priorities)), key=lambda number: (-priorities[number], number))
    assert drained(worklist) == [str(number) for number in expected]
