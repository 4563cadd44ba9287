"""Many tasks under one time limit: the late are interrupted, the others and foreign cancellations are left alone."""

import asyncio
import math

import pytest

from boss_perf.resolvers.database.time_limit import TimeLimit

SOON_S = 0.02


async def under(limit: TimeLimit, work_s: float) -> str:
    with limit:
        await asyncio.sleep(work_s)
    return "done"


async def ended(*tasks: asyncio.Task[str]) -> list[object]:
    return [
        each if isinstance(each, str) else type(each) for each in await asyncio.gather(*tasks, return_exceptions=True)
    ]


def test_each_late_task_is_interrupted_and_no_other() -> None:
    async def body() -> list[object]:
        limit = TimeLimit(SOON_S)
        tasks = [asyncio.create_task(under(limit, work_s)) for work_s in (math.inf, 0, 60, 0)]
        return await ended(*tasks)

    assert asyncio.run(body()) == [TimeoutError, "done", TimeoutError, "done"]


def test_the_timer_goes_on_to_those_who_entered_later() -> None:
    async def body() -> list[object]:
        limit = TimeLimit(SOON_S)
        first = asyncio.create_task(under(limit, 0))
        await asyncio.sleep(SOON_S / 2)
        second = asyncio.create_task(under(limit, 60))
        return [*await ended(first, second), *await ended(asyncio.create_task(under(limit, 60)))]

    assert asyncio.run(body()) == ["done", TimeoutError, TimeoutError]


def test_a_task_goes_on_after_its_time_was_up() -> None:
    async def body() -> str:
        limit = TimeLimit(SOON_S)
        with pytest.raises(TimeoutError):
            await under(limit, 60)
        task = asyncio.current_task()
        assert task is not None and task.cancelling() == 0
        return await under(limit, 0)

    assert asyncio.run(body()) == "done"


def test_a_task_that_goes_on_waiting_is_interrupted_again() -> None:
    async def waits_for_a_stopped_server(limit: TimeLimit) -> None:
        with limit:
            try:
                await asyncio.sleep(60)
            finally:
                try:
                    await asyncio.sleep(60)
                finally:
                    await asyncio.sleep(60)

    async def body() -> str:
        limit = TimeLimit(SOON_S, patience_s=SOON_S / 2)
        with pytest.raises(TimeoutError):
            await waits_for_a_stopped_server(limit)
        task = asyncio.current_task()
        assert task is not None and task.cancelling() == 0
        await asyncio.sleep(2 * SOON_S)
        return await under(limit, 0)

    assert asyncio.run(body()) == "done"


def test_a_cancellation_from_elsewhere_passes_through() -> None:
    async def body() -> list[object]:
        task = asyncio.create_task(under(TimeLimit(60), 60))
        await asyncio.sleep(0)
        task.cancel()
        return await ended(task)

    assert asyncio.run(body()) == [asyncio.CancelledError]


def test_a_cancellation_that_was_under_way_is_not_taken_for_lateness() -> None:
    async def slow_to_end(limit: TimeLimit) -> str:
        with limit:
            try:
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(60)
        return "done"

    async def body() -> list[object]:
        task = asyncio.create_task(slow_to_end(TimeLimit(SOON_S)))
        await asyncio.sleep(0)
        task.cancel()
        return await ended(task)

    assert asyncio.run(body()) == [asyncio.CancelledError]


def test_a_task_enters_once_at_a_time() -> None:
    async def body() -> None:
        limit = TimeLimit(60)
        with limit, pytest.raises(RuntimeError, match="already"), limit:
            pass
        assert await under(limit, 0) == "done"

    asyncio.run(body())
