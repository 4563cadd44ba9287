"""Access traces of stated popularity, the same ones every time."""

import numpy as np


def zipf_trace(length: int, *, distinct_count: int, exponent: float = 1.0, seed: int = 1949) -> list[int]:
    """Keys 0 .. distinct_count-1, key k drawn in proportion to (k + 1) ** -exponent; exponent 0 is uniform."""
    weights = np.arange(1, distinct_count + 1, dtype=np.float64) ** -exponent
    drawn: list[int] = (
        np.random.default_rng(seed).choice(distinct_count, size=length, p=weights / weights.sum()).tolist()
    )
    return drawn
