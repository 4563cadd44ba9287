"""The boundary that every resolver has: whatever happens behind it, a result comes out."""

import asyncio

import pytest

from boss_perf.resolvers.protocol import Resolver, ResolverMetadata, Task, TaskStatus


class Unspeakable(Exception):
    def __str__(self):
        raise ValueError("no text")

    __repr__ = __str__


class Raising(Resolver):
    def __init__(self, error):
        super().__init__(ResolverMetadata("raising", "1", ""))
        self.error = error

    async def answer(self, task):
        raise self.error


@pytest.mark.parametrize("task", [Task("t"), None, "t"])
@pytest.mark.parametrize("error", [ValueError("x"), ValueError(), Unspeakable()])
def test_every_exception_becomes_an_error_result_with_a_message(task, error):
    result = asyncio.run(Raising(error).resolve(task))
    assert (result.status, result.output_data) == (TaskStatus.ERROR, {})
    assert result.error["kind"] == type(error).__name__
    assert result.error["message"] == result.message != ""
    assert result.task_id == (task.id if isinstance(task, Task) else "")


def test_a_cancellation_passes_through():
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(Raising(asyncio.CancelledError()).resolve(Task("t")))
