"""Retry decisions from tables: which statuses are retried, and every delay that needs no chance, worked out once."""

from collections.abc import Callable
from datetime import datetime

from ..protocol import ResolverMetadata, Task, TaskResult, TaskStatus
from .contract import GROWTH_LIMIT, METADATA, RETRY_LIMIT, RETRYABLE, TERMINAL, BackoffStrategy, RetryPolicy, TaskRetry

_POWERS = (0.0, *(2.0**exponent for exponent in range(GROWTH_LIMIT)))
_FIBONACCI = [0, 1]
while len(_FIBONACCI) <= GROWTH_LIMIT:
    _FIBONACCI.append(_FIBONACCI[-2] + _FIBONACCI[-1])


class OptimizedRetry(TaskRetry):
    """Set lookups for a decision, one list access for a delay; a clock is read for tasks that can expire only."""

    def __init__(
        self,
        policy: RetryPolicy | None = None,
        *,
        random_unit: Callable[[], float] | None = None,
        now: Callable[[], datetime] | None = None,
        metadata: ResolverMetadata = METADATA,
    ) -> None:
        super().__init__(policy, random_unit=random_unit, now=now, metadata=metadata)
        self._max_retries = self.policy.max_retries
        has_chance = self.policy.strategy in (BackoffStrategy.RANDOM, BackoffStrategy.JITTERED)
        tabled_count = 1 if has_chance else min(self._max_retries, GROWTH_LIMIT) + 1
        self._delays_s = [0.0, *(self._worked_out_s(attempt) for attempt in range(1, tabled_count))]

    def should_retry(self, task: Task, result: TaskResult | None = None) -> bool:
        """Whether the task is to be tried again after this result."""
        metadata = task.metadata
        if metadata.retry_count >= self._max_retries:
            return False
        if result is None:
            if task.status not in RETRYABLE:
                return False
        elif result.status != TaskStatus.ERROR or task.status in TERMINAL:
            return False
        expires_at = metadata.expires_at
        return expires_at is None or self.now() <= expires_at

    def delay_s(self, attempt: int) -> float:
        """How long to wait before this attempt; the first retry is attempt 1."""
        if attempt <= 0:
            return 0.0
        delays_s = self._delays_s
        return delays_s[attempt] if attempt < len(delays_s) else self._worked_out_s(attempt)

    def _worked_out_s(self, attempt: int) -> float:
        policy = self.policy
        longest_s = policy.max_delay_s
        match policy.strategy:
            case BackoffStrategy.CONSTANT:
                return min(policy.base_delay_s, longest_s)
            case BackoffStrategy.LINEAR:
                return min(policy.base_delay_s * min(attempt, RETRY_LIMIT), longest_s)
            case BackoffStrategy.EXPONENTIAL:
                return min(policy.base_delay_s * _POWERS[min(attempt, GROWTH_LIMIT)], longest_s)
            case BackoffStrategy.FIBONACCI:
                return min(policy.base_delay_s * _FIBONACCI[min(attempt, GROWTH_LIMIT)], longest_s)
            case BackoffStrategy.RANDOM:
                low_s = policy.base_delay_s
                return min(low_s + (longest_s - low_s) * self.random_unit(), longest_s)
            case BackoffStrategy.JITTERED:
                scale_s = policy.base_delay_s * _POWERS[min(attempt, GROWTH_LIMIT)]
                low = -policy.jitter_ratio
                return min(scale_s + (low + (policy.jitter_ratio - low) * self.random_unit()) * scale_s, longest_s)
