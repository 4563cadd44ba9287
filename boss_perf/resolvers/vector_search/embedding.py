"""A small embedder that needs no model and no network: texts that share letters lie near each other."""

import zlib
from functools import partial

import numpy as np

from .contract import Vector

_WIDTH = 3
_SIGN_BIT = 1 << 31


class TrigramEmbedder:
    """Counts the letter triples of a text in `dims` signed buckets; the same text gives the same vector everywhere."""

    def __init__(self, dims: int = 384) -> None:
        self.dims = dims

    def __call__(self, text: str) -> Vector:
        """The vector of a text, of length one unless the text is empty."""
        padded = f"  {text.casefold()} ".encode()
        vector = np.zeros(self.dims)
        for code in map(zlib.crc32, map(partial(_triple, padded), range(len(padded) - _WIDTH + 1))):
            vector[code % self.dims] += 1.0 if code & _SIGN_BIT else -1.0
        length = float(np.sqrt(vector @ vector))
        return vector / length if length else vector


def _triple(encoded: bytes, start: int) -> bytes:
    return encoded[start : start + _WIDTH]
