"""What retrying promises: a decision from the state of a task alone, and a delay from a strategy.

A task is tried again when it has retries left, has not ended, has not expired, and its last result (without one, its
own status) says that it failed in a way that may pass. Delays are in seconds and never beyond the longest; the one
before the first try is 0.
"""

import asyncio
import random
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ..protocol import (
    Resolver,
    ResolverMetadata,
    Task,
    TaskResult,
    TaskStatus,
    required,
)

OPERATION = "decide_retry"
METADATA = ResolverMetadata("retry", "1.0.0", "whether and when to try a task again", frozenset({OPERATION}))
RETRY_LIMIT = 10_000
GROWTH_LIMIT = 64
"""The attempt from which exponential and Fibonacci delays grow no more, so that no float overflows."""
DELAY_LIMIT_S = 1e9

TERMINAL = frozenset((TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED, TaskStatus.EXPIRED))
RETRYABLE = frozenset((TaskStatus.ERROR, TaskStatus.RETRYING))


class BackoffStrategy(StrEnum):
    """How delays grow with the attempts."""

    CONSTANT = "constant"
    LINEAR = "linear"
    EXPONENTIAL = "exponential"
    FIBONACCI = "fibonacci"
    RANDOM = "random"
    JITTERED = "jittered"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how far apart; `jitter_ratio` is the largest part by which a jittered delay differs."""

    max_retries: int = 3
    strategy: BackoffStrategy = BackoffStrategy.EXPONENTIAL
    base_delay_s: float = 1.0
    max_delay_s: float = 60.0
    jitter_ratio: float = 0.1

    def __post_init__(self) -> None:
        delays = (self.base_delay_s, self.max_delay_s, self.jitter_ratio)
        if self.strategy not in tuple(BackoffStrategy):
            raise ValueError(f"strategy must be one of {', '.join(BackoffStrategy)}")
        if not 0 <= self.max_retries <= RETRY_LIMIT:
            raise ValueError(f"max_retries must be from 0 to {RETRY_LIMIT}")
        if not all(0 <= each <= DELAY_LIMIT_S for each in delays) or self.jitter_ratio > 1:
            raise ValueError(f"delays must be from 0 to {DELAY_LIMIT_S:.0e} s, jitter_ratio from 0 to 1")


class TaskRetry(Resolver):
    """Decides on retries; `random_unit` gives numbers from 0 to 1 for the strategies that need chance."""

    def __init__(
        self,
        policy: RetryPolicy | None = None,
        *,
        random_unit: Callable[[], float] | None = None,
        now: Callable[[], datetime] | None = None,
        metadata: ResolverMetadata = METADATA,
    ) -> None:
        super().__init__(metadata)
        self.policy = policy or RetryPolicy()
        self.random_unit = random_unit or random.Random().random
        self.now = now or _now

    @abstractmethod
    def should_retry(self, task: Task, result: TaskResult | None = None) -> bool:
        """Whether the task is to be tried again after this result."""

    @abstractmethod
    def delay_s(self, attempt: int) -> float:
        """How long to wait before this attempt; the first retry is attempt 1."""

    def decide(self, task: Task, result: TaskResult | None = None) -> float | None:
        """The delay before the next attempt in seconds, or None when there is none."""
        return self.delay_s(task.metadata.retry_count + 1) if self.should_retry(task, result) else None

    async def run(
        self,
        task: Task,
        attempt: Callable[[Task], Awaitable[TaskResult]],
        *,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> TaskResult:
        """Attempt until it succeeds or no retry is due; the last result. Counts the retries in the task's metadata.

        Unlike BOSS's loop it asks `should_retry`, so an expired or cancelled task is not tried again. A cancellation
        while attempting or sleeping passes through.
        """
        while True:
            result = await attempt(task)
            delay_s = None if result.is_success else self.decide(task, result)
            if delay_s is None:
                return result
            await sleep(delay_s)
            if not self.should_retry(task, result):  # it may have expired or been cancelled meanwhile
                return result
            task.metadata.retry_count += 1

    async def answer(self, task: Task) -> dict[str, Any]:
        """The decision on `input_data["task"]` after the optional `result`."""
        subject: Task = required(task, "task", Task)
        result = None if task.input_data.get("result") is None else required(task, "result", TaskResult)
        delay_s = self.decide(subject, result)
        return {"should_retry": delay_s is not None, "delay_s": delay_s}


def _now() -> datetime:
    return datetime.now(UTC)
