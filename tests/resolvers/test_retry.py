"""One body over both; the optimized one decides and delays like the baseline, chance included."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.resolvers.protocol import Task, TaskMetadata, TaskResult, TaskStatus
from boss_perf.resolvers.retry import BackoffStrategy, BaselineRetry, OptimizedRetry, RetryPolicy

KINDS = (BaselineRetry, OptimizedRetry)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def make(kind, *, seed=0, **policy):
    return kind(RetryPolicy(**policy), random_unit=random.Random(seed).random, now=lambda: NOW)


def failed(retry_count=0, *, status=TaskStatus.ERROR, expires_at=None):
    return Task("t", status=status, metadata=TaskMetadata(retry_count=retry_count, expires_at=expires_at))


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("constant", [0, 2, 2, 2, 2, 2, 2, 2]),
        ("linear", [0, 2, 4, 6, 8, 10, 12, 14]),
        ("exponential", [0, 2, 4, 8, 16, 32, 50, 50]),
        ("fibonacci", [0, 2, 2, 4, 6, 10, 16, 26]),
    ],
)
def test_delays_grow_as_the_strategy_says_and_stop_at_the_longest(kind, strategy, expected):
    retry = make(kind, strategy=BackoffStrategy(strategy), base_delay_s=2.0, max_delay_s=50.0)
    assert [retry.delay_s(attempt) for attempt in range(8)] == expected
    assert retry.delay_s(-1) == 0
    assert retry.delay_s(10**30) == (2 if strategy == "constant" else 50)


def test_chance_stays_within_its_bounds(kind):
    jittered = make(kind, strategy=BackoffStrategy.JITTERED, jitter_ratio=0.25)
    delays = [jittered.delay_s(3) for _ in range(500)]
    assert 3 <= min(delays) < 3.2
    assert 4.8 < max(delays) <= 5
    uniform = make(kind, strategy=BackoffStrategy.RANDOM, base_delay_s=1.0, max_delay_s=9.0)
    delays = [uniform.delay_s(1) for _ in range(500)]
    assert 1 <= min(delays) < 1.3
    assert 8.7 < max(delays) <= 9


def test_a_task_is_retried_until_its_retries_are_used_up(kind):
    retry = make(kind, max_retries=2)
    assert [retry.should_retry(failed(count)) for count in range(4)] == [True, True, False, False]


def test_what_has_ended_succeeded_or_expired_is_not_retried(kind):
    retry = make(kind)
    error, success = TaskResult("t", TaskStatus.ERROR), TaskResult("t", TaskStatus.COMPLETED)
    ended = {TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED, TaskStatus.EXPIRED}
    for status in TaskStatus:
        assert retry.should_retry(failed(status=status), error) is (status not in ended)
        assert retry.should_retry(failed(status=status), success) is False
        assert retry.should_retry(failed(status=status)) is (status in {TaskStatus.ERROR, TaskStatus.RETRYING})
    assert retry.should_retry(failed(expires_at=NOW - timedelta(microseconds=1))) is False
    assert retry.should_retry(failed(expires_at=NOW)) is True


def results(*statuses):
    remaining = list(statuses)

    async def attempt(task):
        return TaskResult(task.id, remaining.pop(0))

    return attempt


def test_run_waits_between_attempts_and_returns_the_first_success(kind):
    slept = []

    async def sleep(delay_s):
        slept.append(delay_s)

    task = failed(status=TaskStatus.IN_PROGRESS)
    attempt = results(TaskStatus.ERROR, TaskStatus.ERROR, TaskStatus.COMPLETED)
    result = asyncio.run(make(kind).run(task, attempt, sleep=sleep))
    assert result.is_success
    assert slept == [1.0, 2.0]
    assert task.metadata.retry_count == 2


def test_run_gives_back_the_last_error_when_retries_are_used_up(kind):
    slept = []

    async def sleep(delay_s):
        slept.append(delay_s)

    attempt = results(*[TaskStatus.ERROR] * 4)
    result = asyncio.run(make(kind).run(failed(status=TaskStatus.IN_PROGRESS), attempt, sleep=sleep))
    assert result.status is TaskStatus.ERROR
    assert slept == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("becomes", ["expired", "cancelled"])
def test_a_task_that_ends_during_the_pause_is_not_tried_again(kind, becomes):
    now, attempts = [NOW], []

    async def attempt(task):
        attempts.append(task)
        return TaskResult(task.id, TaskStatus.ERROR)

    async def sleep(_delay_s):
        if becomes == "cancelled":
            task.status = TaskStatus.CANCELLED
        else:
            now[0] += timedelta(days=1)

    task = failed(status=TaskStatus.IN_PROGRESS, expires_at=NOW + timedelta(hours=1))
    result = asyncio.run(kind(now=lambda: now[0]).run(task, attempt, sleep=sleep))
    assert result.status is TaskStatus.ERROR
    assert (len(attempts), task.metadata.retry_count) == (1, 0)


def test_a_cancelled_run_passes_the_cancellation_on_and_tries_no_more(kind):
    attempts = []

    async def attempt(task):
        attempts.append(task)
        return TaskResult(task.id, TaskStatus.ERROR)

    async def cancelled_while_waiting():
        running = asyncio.create_task(make(kind).run(failed(status=TaskStatus.IN_PROGRESS), attempt))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(cancelled_while_waiting())
    assert len(attempts) == 1


def ask(retry, **arguments):
    return asyncio.run(retry.resolve(Task("retry", arguments)))


def test_a_task_is_answered_with_decision_and_delay(kind):
    retry = make(kind)
    assert ask(retry, task=failed(1)).output_data == {"should_retry": True, "delay_s": 2.0}
    done = TaskResult("t", TaskStatus.COMPLETED)
    assert ask(retry, task=failed(1), result=done).output_data == {"should_retry": False, "delay_s": None}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "missing_field"),
        ({"task": "t"}, "wrong_type"),
        ({"task": Task("t"), "result": "error"}, "wrong_type"),
        ({"task": Task("t", metadata=None)}, "AttributeError"),
        ({"task": Task("t", metadata=TaskMetadata(retry_count="three"))}, "TypeError"),
    ],
)
def test_a_malformed_task_gets_an_error_result(kind, arguments, error):
    result = ask(make(kind), **arguments)
    assert (result.is_success, result.error["kind"], result.output_data) == (False, error, {})


def test_input_that_is_no_mapping_gets_an_error_result(kind):
    assert asyncio.run(make(kind).resolve(Task("retry", None))).error["kind"] == "wrong_type"


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_retries": -1},
        {"max_retries": 10**9},
        {"base_delay_s": -1.0},
        {"max_delay_s": float("nan")},
        {"max_delay_s": float("inf")},
        {"jitter_ratio": 1.5},
        {"strategy": "quadratic"},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        RetryPolicy(**wrong)


DELAYS = st.floats(0, 1e9)
POLICIES = st.builds(
    RetryPolicy, st.integers(0, 200), st.sampled_from(BackoffStrategy), DELAYS, DELAYS, st.floats(0, 1)
)
EXPIRIES = st.none() | st.sampled_from((NOW - timedelta(days=1), NOW, NOW + timedelta(days=1)))
TASKS = st.builds(
    lambda count, status, expires_at: failed(count, status=status, expires_at=expires_at),
    st.integers(-1, 210),
    st.sampled_from(TaskStatus),
    EXPIRIES,
)
RESULTS = st.none() | st.builds(TaskResult, st.just("t"), st.sampled_from(TaskStatus))


@given(POLICIES, st.integers(), st.lists(st.tuples(TASKS, RESULTS), max_size=8), st.lists(st.integers(-2, 10**6)))
def test_decisions_and_delays_equal_the_baseline_with_the_same_seed(policy, seed, cases, attempts):
    baseline, optimized = (each(policy, random_unit=random.Random(seed).random, now=lambda: NOW) for each in KINDS)
    for task, result in cases:
        assert baseline.should_retry(task, result) == optimized.should_retry(task, result)
        assert baseline.decide(task, result) == optimized.decide(task, result)
    for attempt in attempts:
        delay_s = optimized.delay_s(attempt)
        assert baseline.delay_s(attempt) == delay_s
        assert 0 <= delay_s <= policy.max_delay_s
