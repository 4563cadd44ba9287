"""Retry decisions as BOSS makes them: conditions one by one, delays by a chain of strategies. Frozen.

About 0.6 µs for a decision, 0.9 µs with an expiry, 1.5 µs with a delay: there is nothing to win here but nanoseconds.
BOSS overflows for an exponential delay beyond attempt 1 024; here delays stop growing before.
"""

from ..protocol import Task, TaskResult, TaskStatus
from .contract import GROWTH_LIMIT, RETRY_LIMIT, BackoffStrategy, TaskRetry


class BaselineRetry(TaskRetry):
    """Works out every decision and every delay anew."""

    def should_retry(self, task: Task, result: TaskResult | None = None) -> bool:
        """Whether the task is to be tried again after this result."""
        if task.metadata.retry_count >= self.policy.max_retries:
            return False
        if _is_terminal(task.status):
            return False
        if self._is_expired(task):
            return False
        if result:
            return result.status == TaskStatus.ERROR
        return task.status == TaskStatus.ERROR or task.status == TaskStatus.RETRYING

    def delay_s(self, attempt: int) -> float:
        """How long to wait before this attempt; the first retry is attempt 1."""
        if attempt <= 0:
            return 0.0
        return min(self._uncapped_s(attempt), self.policy.max_delay_s)

    def _uncapped_s(self, attempt: int) -> float:
        policy = self.policy
        if policy.strategy == BackoffStrategy.CONSTANT:
            return policy.base_delay_s
        if policy.strategy == BackoffStrategy.LINEAR:
            return policy.base_delay_s * min(attempt, RETRY_LIMIT)
        if policy.strategy == BackoffStrategy.EXPONENTIAL:
            return policy.base_delay_s * 2.0 ** (min(attempt, GROWTH_LIMIT) - 1)
        if policy.strategy == BackoffStrategy.FIBONACCI:
            return policy.base_delay_s * _fibonacci(min(attempt, GROWTH_LIMIT))
        if policy.strategy == BackoffStrategy.RANDOM:
            return self._uniform(policy.base_delay_s, policy.max_delay_s)
        exponential_s = policy.base_delay_s * 2.0 ** (min(attempt, GROWTH_LIMIT) - 1)
        return exponential_s + self._uniform(-policy.jitter_ratio, policy.jitter_ratio) * exponential_s

    def _uniform(self, low: float, high: float) -> float:
        return low + (high - low) * self.random_unit()

    def _is_expired(self, task: Task) -> bool:
        if task.metadata.expires_at is None:
            return False
        return self.now() > task.metadata.expires_at


def _is_terminal(status: TaskStatus) -> bool:
    return status in [TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED, TaskStatus.EXPIRED]


def _fibonacci(number: int) -> int:
    before, current = 0, 1
    for _ in range(number):
        before, current = current, before + current
    return before
