"""One false-alarm budget for a whole suite, shared out over its targets."""


def split(alpha: float, target_count: int) -> float:
    """The budget of each target when it is decided on its own, while others still measure: Bonferroni's equal share."""
    return alpha / max(1, target_count)
