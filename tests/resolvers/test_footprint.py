"""Both keepers of each kind give back what they were given."""

import copy
import json
import tracemalloc
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.resolvers.footprint import (
    ModelTasks,
    ObjectResponses,
    ProtocolTasks,
    Reply,
    SlotTasks,
    TextResponses,
)
from boss_perf.resolvers.footprint.material import executions, replies, task_fields
from boss_perf.resolvers.footprint.packing import packed, unpacked

MOMENT = datetime(2024, 7, 15, 12, tzinfo=UTC)

PAIRS = {
    "responses": (ObjectResponses, TextResponses, lambda: replies(30)),
    "tasks": (ModelTasks, SlotTasks, lambda: task_fields(40)),
}


def filled(keeper, things):
    for thing in things:
        keeper.add(thing)
    return keeper


@pytest.fixture(params=sorted(PAIRS))
def pair(request):
    return PAIRS[request.param]


def test_both_give_back_equal_values_in_the_order_added(pair):
    plain, lean, things = pair
    left, right = filled(plain(), things()), filled(lean(), things())
    assert len(left) == len(right) > 1
    for place in range(len(left)):
        assert left.read(place) == right.read(place)
    assert left.read(0) != left.read(1)
    for keeper in (left, right):
        with pytest.raises(IndexError):
            keeper.read(len(left))


def test_the_lean_one_keeps_less(pair):
    plain, lean, things = pair
    arrivals = things()

    def retained_bytes(keeper):
        filled(keeper(), arrivals)
        tracemalloc.start()
        kept = filled(keeper(), arrivals)
        retained = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert len(kept) > 0
        return retained

    assert retained_bytes(lean) < 0.75 * retained_bytes(plain)


plain_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=6), children, max_size=4),
    max_leaves=15,
)


@given(st.dictionaries(st.text(max_size=6), plain_json, max_size=4))
def test_any_output_survives_packing(output):
    assert repr(unpacked(packed(output))) == repr(output)


@pytest.mark.parametrize(
    "output",
    [
        {"handler": print, "large": 2**70, "half": "\ud800"},
        {"pair": (1, 2)},
        {"names": {"a"}},
        {"none": float("nan")},
        {1: {"key": 2}},
        {"moment": MOMENT},
        {"moments": [MOMENT.astimezone(timezone(timedelta(hours=5.5))), MOMENT.replace(microsecond=1)]},
    ],
    ids=str,
)
def test_an_output_comes_back_with_the_types_it_had(output):
    assert repr(unpacked(packed(output))) == repr(output)


def test_an_executor_tells_its_outputs_again():
    (execution,) = executions(1, records_count=20)
    assert isinstance(packed({"outputs": execution.output}), bytes)
    assert unpacked(packed({"outputs": execution.output})) == {"outputs": execution.output}


@given(plain_json, st.booleans())
def test_any_reply_is_parsed_as_the_standard_library_does(value, is_ascii):
    body = json.dumps(value, indent=1, ensure_ascii=is_ascii)
    if "```" in body:
        return
    reply = Reply(f"Text\n```json\n{body}\n```\nmore", "model", 3, MOMENT)
    left, right = filled(ObjectResponses(), [reply]), filled(TextResponses(), [reply])
    assert repr(left.read(0)) == repr(right.read(0))


@pytest.mark.parametrize(
    "body", ['{"a": "\\ud800"}', '{"a": NaN}', '{"a": 1e400}', '{"a": 1, "a": 2}', '{"a": 18446744073709551617}']
)
def test_nasty_replies_are_parsed_as_the_standard_library_does(body):
    reply = Reply(f"```json\n{body}\n```", "model", 3, MOMENT)
    left, right = filled(ObjectResponses(), [reply]), filled(TextResponses(), [reply])
    assert repr(left.read(0)["json"]) == repr(right.read(0)["json"])


@pytest.mark.parametrize("content", ["no fence at all", "```json\n{broken\n```", "```json\n{}"])
def test_a_reply_without_json_is_refused_and_not_kept(content):
    keeper = TextResponses()
    with pytest.raises(ValueError):
        keeper.add(Reply(content, "model", 3, MOMENT))
    assert len(keeper) == 0


def test_the_material_is_the_same_every_time_and_of_the_stated_size():
    assert executions(2).encoded == executions(2).encoded
    output = json.dumps(next(iter(executions(1))).output)
    assert 45_000 <= len(output) <= 60_000
    assert 3_500 <= len(next(iter(replies(1))).content) <= 4_500
    first, again = iter(task_fields(1)), iter(task_fields(1))
    assert next(first) == next(again)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "task-7"},
        {"id": "00000000-0000-4000-8000-00000000000A"},
        {"id": "{00000000-0000-4000-8000-00000000000a}"},
        {"errors": [{"kind": "timeout"}], "context": {"a": [1]}},
        {"context": {}, "errors": []},
        {"history": [{"status": "a", "timestamp": "b", "message": "c", "by": "me"}]},
        {
            "history": [
                {"message": "c", "status": "a", "timestamp": "b"},
                {"status": 7, "timestamp": "b", "message": "c"},
            ]
        },
        {"history": [{}], "results": []},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", [SlotTasks, ProtocolTasks])
def test_a_task_keeps_what_the_model_keeps(kind, changes):
    pytest.importorskip("pydantic")
    (fields,) = task_fields(1)
    fields |= changes
    kept, model = kind(), ModelTasks()
    for keeper in (kept, model):
        keeper.add(copy.deepcopy(fields))
    assert kept.read(0) == model.read(0)
    assert [list(entry) for entry in kept.read(0)["history"]] == [list(entry) for entry in model.read(0)["history"]]
