"""Tasks written as JSON and read again, with mixed results of 1 KB and 50 KB; the task must come back equal."""

import json

import msgspec
import pytest

from boss_perf.resolvers.serialization import BaselineSerializer, OptimizedSerializer, mixed_task

plain, fast = BaselineSerializer(), OptimizedSerializer()


@pytest.fixture(scope="module")
def task_1k():
    return mixed_task(1024)


@pytest.fixture(scope="module")
def task_50k():
    return mixed_task(50 * 1024)


def plain_round_trip(task):
    return plain.load(plain.dump(task))


def fast_round_trip(task):
    return fast.load(fast.dump(task))


def assert_exact(task):
    """Either reads what the other wrote, any parser reads it, and integers beyond 64 bits survive."""
    for writer, reader in ((plain, fast), (fast, plain)):
        written = writer.dump(task)
        assert reader.load(written) == task
        assert json.loads(written)["results"] == task.results
    for serializer in (plain, fast):
        huge = mixed_task(1024)
        huge.results.append({"id": 2**64, "below": -(2**70)})
        assert serializer.load(serializer.dump_exactly(huge)) == huge


def test_round_trip_1k(paired, task_1k):
    """One op writes and reads a task of 1 KB."""
    assert_exact(task_1k)
    read, _ = paired(baseline=plain_round_trip, optimized=fast_round_trip, inputs=[task_1k])
    assert read == task_1k


def test_round_trip_50k(paired, task_50k):
    """One op writes and reads a task of 50 KB."""
    assert_exact(task_50k)
    read, _ = paired(baseline=plain_round_trip, optimized=fast_round_trip, inputs=[task_50k])
    assert read == task_50k


def test_dump_overhead(paired, task_50k):
    """One op writes 50 KB; the baseline is msgspec's own call."""
    bare = msgspec.json.Encoder().encode
    paired(baseline=lambda: bare(task_50k), optimized=lambda: fast.dump(task_50k))


def test_round_trip_overhead_1k(paired, task_1k):
    """One op writes and reads 1 KB; the baseline is msgspec's own two calls, untyped: a dict comes back, no task."""
    encode, decode = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode
    paired(
        baseline=lambda: decode(encode(task_1k)),
        optimized=lambda: fast_round_trip(task_1k),
        agree=lambda fields, task: fields["results"] == task.results,
    )
