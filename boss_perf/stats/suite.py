"""One false-alarm budget for a whole suite, shared out over its targets."""

from collections.abc import Sequence


def split(alpha: float, target_count: int) -> float:
    """The budget of each target when it is decided on its own, while others still measure: Bonferroni's equal share."""
    return alpha / max(1, target_count)


def holm(p_values: Sequence[float], *, alpha: float) -> tuple[bool, ...]:
    """Which of the hypotheses fall, with a chance of at most `alpha` that any true one does (Holm 1979).

    Never fewer than the equal share would reject, but only for a suite that is measured to its end.
    """
    fallen = [False] * len(p_values)
    for step, index in enumerate(sorted(range(len(p_values)), key=lambda each: p_values[each])):
        if not p_values[index] <= alpha / (len(p_values) - step):
            break
        fallen[index] = True
    return tuple(fallen)
