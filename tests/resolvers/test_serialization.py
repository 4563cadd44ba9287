"""One body over both; either one reads what the other wrote and gives the equal task."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.resolvers.protocol import Task, TaskMetadata, TaskRejected, TaskStatus
from boss_perf.resolvers.serialization import BaselineSerializer, OptimizedSerializer, mixed_task

BASELINE, OPTIMIZED = BaselineSerializer(), OptimizedSerializer()


@pytest.fixture(params=(BASELINE, OPTIMIZED), ids=("baseline", "optimized"))
def serializer(request):
    return request.param


def ask(serializer, **arguments):
    return asyncio.run(serializer.resolve(Task("serialization", arguments)))


@pytest.mark.parametrize("size_bytes", [1024, 50 * 1024])
def test_a_mixed_task_has_its_size_and_comes_back_equal(serializer, size_bytes):
    task = mixed_task(size_bytes)
    written = serializer.dump(task)
    assert len(written) == pytest.approx(size_bytes, rel=0.25)
    assert serializer.load(written) == task == mixed_task(size_bytes)
    assert json.loads(written)["status"] == "completed"


def test_dates_keep_their_microseconds_and_their_zone(serializer):
    for zone in (UTC, None, timezone(timedelta(hours=-7, minutes=30))):
        metadata = TaskMetadata(created_at=datetime(2026, 3, 29, 1, 2, 3, 4, zone), expires_at=None)
        read = serializer.load(serializer.dump(Task("t", metadata=metadata))).metadata.created_at
        assert (read, read.utcoffset()) == (metadata.created_at, metadata.created_at.utcoffset())


def test_numbers_and_texts_at_the_edges_come_back_exactly(serializer):
    values = [
        2**64,
        -(2**63) - 1,
        10**300,
        0.1,
        -0.0,
        5e-324,
        1e308,
        "\ud800",
        "\x00",
        "\u2028",
        "",
        {},
        [],
        None,
        True,
    ]
    task = Task("t", {"values": values, "\U0001f600": {"": values}})
    read = serializer.load(serializer.dump_exactly(task))
    assert read == task
    assert repr(read.input_data) == repr(task.input_data)


def test_an_offset_of_seconds_is_written_exactly(serializer):
    odd = datetime(1900, 1, 1, tzinfo=timezone(timedelta(minutes=19, seconds=32)))
    task = Task("t", metadata=TaskMetadata(created_at=odd))
    assert serializer.load(serializer.dump_exactly(task)).metadata.created_at == odd


def cyclic():
    cycle = []
    cycle.append(cycle)
    return cycle


@pytest.mark.parametrize(
    "value", [{1, 2}, (1, 2), {1: 2}, b"x", float("nan"), float("inf"), datetime(2026, 1, 1), object(), 1j, cyclic()]
)
def test_what_json_cannot_hold_is_refused_rather_than_changed(serializer, value):
    result = ask(serializer, operation="dump", task=Task("t", {"value": value}))
    assert result.error["kind"] in ("not_exact", "not_json")
    assert result.output_data == {}


def test_absent_fields_have_defaults_and_unknown_ones_do_not_matter(serializer):
    task = serializer.load(b'{"name": "t", "later": [1], "metadata": {"owner": "o", "region": "eu"}}')
    assert (task.name, task.metadata.owner, task.metadata.max_retries) == ("t", "o", 3)
    assert task.status is TaskStatus.PENDING
    assert serializer.load(b'{"name": "t", "metadata": {"priority": 1}}').metadata.priority == 1.0


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'{"name": 3}',
        b'{"name": "t", "id": null}',
        b'{"name": "t", "status": "PENDING"}',
        b'{"name": "t", "status": 1}',
        b'{"name": "t", "input_data": []}',
        b'{"name": "t", "history": {}}',
        b'{"name": "t", "results": [1]}',
        b'{"name": "t", "metadata": null}',
        b'{"name": "t", "metadata": {"tags": "urgent"}}',
        b'{"name": "t", "metadata": {"tags": [1]}}',
        b'{"name": "t", "metadata": {"retry_count": 1.0}}',
        b'{"name": "t", "metadata": {"retry_count": true}}',
        b'{"name": "t", "metadata": {"priority": "high"}}',
        b'{"name": "t", "metadata": {"priority": 1%s}}' % (b"0" * 400),
        b'{"name": "t", "metadata": {"created_at": 5}}',
        b'{"name": "t", "metadata": {"created_at": "yesterday"}}',
        b'{"name": "t", "metadata": {"created_at": null}}',
        b"[" * 100_000,
    ],
)
def test_a_payload_that_is_no_task_gets_an_error_result(serializer, payload):
    result = ask(serializer, operation="load", payload=payload)
    assert (result.is_success, result.error["kind"], result.output_data) == (False, "malformed", {})


def test_a_task_goes_there_and_back_through_the_protocol(serializer):
    task = mixed_task(2048)
    dumped = ask(serializer, operation="dump", task=task).output_data
    assert dumped["size_bytes"] == len(dumped["payload"])
    assert ask(serializer, operation="load", payload=dumped["payload"]).output_data == {"task": task}


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({}, "unknown_operation"),
        ({"operation": "pickle"}, "unknown_operation"),
        ({"operation": "dump"}, "missing_field"),
        ({"operation": "dump", "task": {"name": "t"}}, "wrong_type"),
        ({"operation": "load", "payload": "{}"}, "wrong_type"),
        ({"operation": "load", "payload": bytes(64 * 2**20 + 1)}, "too_large"),
    ],
)
def test_a_malformed_task_gets_an_error_result(serializer, arguments, kind):
    result = ask(serializer, **arguments)
    assert (result.is_success, result.error["kind"], result.output_data) == (False, kind, {})


def test_input_that_is_no_mapping_gets_an_error_result(serializer):
    assert asyncio.run(serializer.resolve(Task("serialization", "dump"))).error["kind"] == "wrong_type"


def test_a_cancelled_call_passes_the_cancellation_on(serializer):
    async def cancelled():
        call = asyncio.create_task(serializer.resolve(Task("serialization")))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(cancelled())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.text(max_size=6), JSON, max_size=3)
LISTS = st.lists(OBJECTS, max_size=2)
DATES = st.datetimes() | st.datetimes(
    min_value=datetime(2, 1, 1),
    max_value=datetime(9998, 1, 1),
    timezones=st.builds(lambda minutes: timezone(timedelta(minutes=minutes)), st.integers(-1439, 1439)),
)
COUNTS = st.integers(0, 2**40)
TASKS = st.builds(
    Task,
    name=st.text(),
    input_data=OBJECTS,
    status=st.sampled_from(TaskStatus),
    metadata=st.builds(
        TaskMetadata,
        st.text(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.lists(st.text(max_size=5), max_size=3).map(tuple),
        DATES,
        st.none() | DATES,
        COUNTS,
        COUNTS,
    ),
    context=OBJECTS,
    history=LISTS,
    results=LISTS,
)


@given(TASKS)
def test_either_reads_what_the_other_wrote(task):
    for writer, reader in ((BASELINE, OPTIMIZED), (OPTIMIZED, BASELINE), (OPTIMIZED, OPTIMIZED)):
        read = reader.load(writer.dump_exactly(task))
        assert read == task
        assert repr(read.input_data) == repr(task.input_data)


@given(TASKS, st.data())
def test_a_damaged_payload_is_read_alike_or_refused_by_both(task, data):
    written = BASELINE.dump(replace(task, id="fixed"))
    place = data.draw(st.integers(0, len(written) - 1))
    damaged = written[:place] + data.draw(st.sampled_from((b"", b'"', b"}", b"x", b"9"))) + written[place + 1 :]

    def read(serializer):
        try:
            read = serializer.load(damaged)
        except TaskRejected as rejected:
            return rejected.kind
        return replace(read, id="fixed", metadata=replace(read.metadata, created_at=None))

    assert read(BASELINE) == read(OPTIMIZED)


@pytest.mark.parametrize("key", ["created_at", "expires_at"])
@pytest.mark.parametrize("spaces", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize(
    "moment",
    ["2026-01-01T12:30:15.999999999+00:00", "2026-01-01T12:30:15.1234567Z", "2026-01-01T12:30:15.123456000Z",
     "2026-01-01T12:30:15.5", "2026-01-01 12:30:15Z", "2026-12-31T23:59:59.9999995+02:00"],
)  # fmt: skip
def test_what_is_finer_than_a_microsecond_is_cut_off_not_rounded_up(moment, spaces, key):
    fields = {"name": "t", "id": "i", "metadata": {"created_at": "2026-01-01T00:00:00Z", key: moment}}
    fields["results"] = [{key: "2026-01-01T12:30:16"}]
    payload = json.dumps(fields, separators=spaces).encode()
    assert OptimizedSerializer().load(payload) == BaselineSerializer().load(payload)
