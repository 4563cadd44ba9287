"""Ids out of names, so that a row keeps its id wherever it moves in the file."""

import re
import unicodedata

from boss_perf.model.targets import Section

LONGEST_COUNT = 80
_SUFFIXES = {Section.CACHES: "cache", Section.MEMORY: "memory", Section.LOADS: "load"}


def slug(text: str) -> str:
    """Lower-case ASCII words with dashes: `LLM Resolvers (1K)` is `llm-resolvers-1k`; empty where no letter is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "-", plain)
    words = re.sub(r"[^a-z0-9]+", "-", split.lower()).strip("-")
    return words[:LONGEST_COUNT].rstrip("-")


def derived_id(section: Section, *names: str | None) -> str:
    """The id of a row that gives none; caches, memory and loads say what they are, as components recur in them."""
    words = slug(" ".join(name for name in names if name))
    suffix = _SUFFIXES.get(section)
    if not words or suffix is None or words.endswith(suffix):
        return words
    return f"{words}-{suffix}"
