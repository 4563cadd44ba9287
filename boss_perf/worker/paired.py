"""What a test of two implementations, or of a policy, holds in its hand."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .messages import Check
from .subject import Subject

AGREEMENT_INPUT_LIMIT = 64
AGREEMENT_LEAST = 4
AGREEMENT_S = 0.5


class ArmsDisagree(AssertionError):
    """The two arms of a paired workload gave different answers."""


class Trial:
    """Collects the checks of a policy; `policy` is what `targets.yaml` declares for the row."""

    def __init__(self, policy: Mapping[str, Any]) -> None:
        self.policy = policy
        self.checks: list[Check] = []
        self.facts: dict[str, float] = {}

    def check(self, name: str, passed: bool, expected: str, observed: str) -> None:
        """Record one property in words a reader can compare."""
        self.checks.append(Check(str(name), bool(passed), str(expected), str(observed)))

    def fact(self, name: str, number: float) -> None:
        """Record a number that expectations may name."""
        self.facts[name] = float(number)


class Paired:
    """Two arms in one process; one call per test."""

    def __init__(self, serve_arms: Callable[[Sequence[str], Sequence[Subject], Any], None]) -> None:
        self.extra_info: dict[str, Any] = {}
        self._serve_arms = serve_arms

    def __call__(
        self,
        *,
        baseline: Callable[..., Any],
        optimized: Callable[..., Any],
        inputs: Sequence[Any] | None = None,
        agree: Callable[[Any, Any], Any] | None = None,
        group: str | None = None,
    ) -> tuple[Any, Any]:
        """Check that both arms answer alike, let the tool measure them, and return the first pair of answers."""
        subjects = (Subject(baseline, inputs=inputs), Subject(optimized, inputs=inputs))
        first = check_agreement(subjects[0], subjects[1], agree=agree)
        self._serve_arms(("baseline", "optimized"), subjects, first)
        return first


def check_agreement(
    baseline: Subject, optimized: Subject, *, agree: Callable[[Any, Any], Any] | None
) -> tuple[Any, Any]:
    """The first pair of answers; ArmsDisagree when `agree` (default: equality) rejects the answers to any input.

    Slow arms are compared on fewer inputs: after half a second, at least four.
    """
    first: tuple[Any, Any] | None = None
    began_s = time.perf_counter()
    for index in range(min(AGREEMENT_INPUT_LIMIT, max(baseline.input_count, 1))):
        left, right = baseline.answer(index), optimized.answer(index)
        try:
            verdict = left == right if agree is None else agree(left, right)
            is_agreed = verdict is None or bool(verdict)
        except AssertionError as error:
            raise ArmsDisagree(f"input {index}: {error}") from error
        if not is_agreed:
            raise ArmsDisagree(f"input {index}: {_short(left)} against {_short(right)}")
        first = first or (left, right)
        if index + 1 >= AGREEMENT_LEAST and time.perf_counter() - began_s > AGREEMENT_S:
            break
    if first is None:
        raise ArmsDisagree("nothing was compared")
    return first


def _short(answer: Any) -> str:
    text = repr(answer)
    return text if len(text) <= 200 else f"{text[:200]}…"
