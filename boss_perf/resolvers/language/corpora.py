"""Texts to work on, from a seed: plain English with known faults, and short texts at the edges of the rules."""

import random

from .lexicon import CONTRACTIONS, INTENSIFIERS, NEGATIVE, POSITIVE

CONTRACTION_SHARE = 0.06
_COMMON_WORDS = """
    the of and to in is that it was for on are with as they at one have this from had by but what some we out other
    were all there when use how said an each which do their time if will way about many then them write would like
    so these long make thing see him has look more day could go come number sound no most people over know water
    than call first may down side been now find any part take get place made live where after back little only
    round year came show every give under name through just form sentence think say low line differ turn cause much
"""
_FILLER = _COMMON_WORDS.split()
_EDGE_WORDS = """
    . .. ... ! ? , ; : ( ) { } ' " - _ i im Ive dont Dont cant i'm 3.14 é naïve ß İ x A very good bad it it's
    hello no world a.b (i) i_i 0
"""
_EDGE_PIECES = ("  ", " ", " ", " ", "\n", "\t", "\u00a0", "\x1c", *_EDGE_WORDS.split())


def english(size_bytes: int, *, seed: int = 1) -> str:
    """At least so many bytes of sentences; 6 % of the words lack an apostrophe, some spacing is wrong."""
    rng = random.Random(seed)
    contractions, feelings = sorted(CONTRACTIONS), sorted(POSITIVE | NEGATIVE | INTENSIFIERS)
    sentences: list[str] = []
    reached_bytes = 0
    while reached_bytes < size_bytes:
        words = [
            rng.choice(contractions if chance < CONTRACTION_SHARE else feelings if chance < 0.12 else _FILLER)
            for chance in (rng.random() for _ in range(rng.randrange(5, 16)))
        ]
        if rng.random() < 0.4:
            words[rng.randrange(len(words) - 1)] += rng.choice((",", " ,", ";", ":"))
        if rng.random() < 0.1:
            words[1] = f"({words[1]})" if rng.random() < 0.7 else f"( {words[1]} )"
        end = rng.choices((". ", ".  ", "! ", "? ", " . ", ".", ".\n"), (60, 8, 8, 8, 4, 4, 8))[0]
        sentences.append(" ".join(words) + end)
        reached_bytes += len(sentences[-1])
    return "".join(sentences)


def edge_texts(*, count: int = 30, seed: int = 2) -> list[str]:
    """Short texts put together from what the rules look for."""
    rng = random.Random(seed)
    return ["".join(rng.choices(_EDGE_PIECES, k=rng.randrange(1, 60))) for _ in range(count)]
