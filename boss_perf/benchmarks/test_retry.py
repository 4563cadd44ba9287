"""Retry decisions: six strategies, attempts 0 to 10, tasks and results in every status, some of them with an expiry."""

import random
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice, product

import pytest

from boss_perf.resolvers.protocol import Task, TaskMetadata, TaskResult, TaskStatus
from boss_perf.resolvers.retry import BackoffStrategy, BaselineRetry, OptimizedRetry, RetryPolicy

DECISION_COUNT = 1_000
ATTEMPTS = range(11)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def arms_of(kind):
    """One resolver per strategy, all with the same seed."""
    return [
        kind(RetryPolicy(8, strategy), random_unit=random.Random(3).random, now=lambda: NOW)
        for strategy in BackoffStrategy
    ]


@pytest.fixture(scope="module")
def table():
    """Strategy, task and result of 1 000 decisions; every fourth task expires, half of them before now."""
    rng = random.Random(5)
    expiries = cycle((None, None, None, NOW - timedelta(seconds=1), None, None, None, NOW + timedelta(seconds=1)))
    error, success = TaskResult("t", TaskStatus.ERROR), TaskResult("t", TaskStatus.COMPLETED)
    results = (None, error, error, success)
    states = list(product(range(len(BackoffStrategy)), ATTEMPTS, TaskStatus, results))
    rng.shuffle(states)
    return [
        (strategy, Task("t", status=status, metadata=TaskMetadata(retry_count=count, expires_at=expiry)), result)
        for (strategy, count, status, result), expiry in zip(
            islice(cycle(states), DECISION_COUNT), expiries, strict=False
        )
    ]


def deciding(arms, table):
    calls = [(arms[strategy].decide, task, result) for strategy, task, result in table]

    def decide():
        return [decide_one(task, result) for decide_one, task, result in calls]

    return decide


def assert_same_delays():
    """Every strategy and attempt, with the same chance."""
    for plain, fast in zip(arms_of(BaselineRetry), arms_of(OptimizedRetry), strict=True):
        assert [plain.delay_s(each) for each in ATTEMPTS] == [fast.delay_s(each) for each in ATTEMPTS]


def test_retry_decision(benchmark):
    """One op is one decision: an error, tried for the third time, gets its exponential delay."""
    fast = OptimizedRetry()
    task = Task("t", status=TaskStatus.ERROR, metadata=TaskMetadata(retry_count=2))
    assert benchmark(fast.decide, task, TaskResult("t", TaskStatus.ERROR)) == 4.0


def test_decision_with_expiry(benchmark):
    """One op is one decision on a task that expires, with a jittered delay: the dearest kind."""
    fast = OptimizedRetry(RetryPolicy(strategy=BackoffStrategy.JITTERED))
    metadata = TaskMetadata(retry_count=2, expires_at=datetime(9999, 1, 1, tzinfo=UTC))
    delay_s = benchmark(fast.decide, Task("t", status=TaskStatus.ERROR, metadata=metadata))
    assert 3.6 <= delay_s <= 4.4


def test_1000_decisions(paired, table):
    """One op is the whole table of 1 000 decisions; both arms draw from generators with the same seed.

    Delays are compared draw for draw before, and later only which tasks are tried again: by then the arms drew apart.
    """
    assert_same_delays()
    decisions, _ = paired(
        baseline=deciding(arms_of(BaselineRetry), table),
        optimized=deciding(arms_of(OptimizedRetry), table),
        agree=lambda old, new: [each is None for each in old] == [each is None for each in new],
    )
    assert 100 < sum(delay is not None for delay in decisions) < 900
