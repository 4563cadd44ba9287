"""Embeddings of texts already seen: computing one costs a thousand times what looking it up does."""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .bounded import BoundedCache
from .contract import Clock, Policy

Vector = NDArray[np.float64]
POLICY = Policy(max_entries=1000, ttl_s=3600)


class EmbeddingCache(BoundedCache[tuple[str, str], Vector]):
    """Vectors by model and text: two models never share a vector. What it gives out cannot be written to."""

    def __init__(self, policy: Policy = POLICY, *, clock: Clock = time.monotonic) -> None:
        super().__init__(policy, clock=clock)

    def embedding(self, text: str, embed: Callable[[str], Vector], *, model: str = "") -> Vector:
        """The vector of the text, computed only when it is not held."""
        key = (model, text)
        held = self.get(key)
        if held is None:
            edition = self.edition
            held = np.array(embed(text))
            held.flags.writeable = False
            self.put(key, held, edition=edition)
        return held
