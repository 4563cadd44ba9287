"""The six caches as the trial sees them: numbered entries, stored the way a miss stores them."""

import os
from pathlib import Path

import numpy as np

from .contract import Clock
from .embeddings import EmbeddingCache
from .files import FileCache
from .health import HealthCache, Verdict
from .lookups import LookupCache
from .queries import QueryCache
from .responses import Response, ResponseCache
from .trial import Subject

_OLD_NS = 1_700_000_000_000_000_000
_SMALL_BYTES = 16


def embedding_subject(clock: Clock) -> Subject:
    """Texts and vectors; what changes is the model behind a text."""
    cache = EmbeddingCache(clock=clock)
    return Subject(
        store=lambda number: cache.embedding(str(number), lambda _text: np.full(4, float(number))),
        holds=lambda number: cache.get(("", str(number))) is not None,
        entries_count=lambda: len(cache),
        change_source=lambda number: cache.forget(("", str(number))),
    )


def query_subject(clock: Clock) -> Subject:
    """Queries, each on a table of its own; what changes is the table."""
    cache = QueryCache(clock=clock)
    return Subject(
        store=lambda number: cache.rows("SELECT ?", (number,), tables=[f"t{number}"], run=lambda: [(number,)]),
        holds=lambda number: cache.held("SELECT ?", (number,)) is not None,
        entries_count=lambda: len(cache.entries),
        change_source=lambda number: cache.wrote(f"T{number}"),
    )


def lookup_subject(clock: Clock) -> Subject:
    """Names of a registry; what changes is the registration."""
    cache = LookupCache(clock=clock)
    return Subject(
        store=lambda number: cache.resolver(f"r{number}", object),
        holds=lambda number: cache.held(f"r{number}") is not None,
        entries_count=lambda: len(cache.entries),
        change_source=lambda number: cache.changed(f"r{number}"),
    )


def health_subject(clock: Clock) -> Subject:
    """Components that are healthy; what changes is their health."""
    cache = HealthCache(clock=clock)
    return Subject(
        store=lambda number: cache.verdict(f"c{number}", lambda: Verdict(is_healthy=True)),
        holds=lambda number: cache.entries.get(f"c{number}") is not None,
        entries_count=lambda: len(cache.entries),
        change_source=lambda number: cache.keep(f"c{number}", Verdict(is_healthy=False)),
    )


def file_subject(clock: Clock, directory: Path) -> Subject:
    """Sparse files in a directory, all of them old, as files at rest are; what changes is content of the same size."""
    cache = FileCache(clock=clock)

    def path_of(number: int) -> Path:
        return directory / f"{number}.bin"

    def store_sized(number: int, size_bytes: int) -> None:
        path = path_of(number)
        if not path.exists() or path.stat().st_size != size_bytes:
            with path.open("wb") as opened:
                opened.truncate(size_bytes)
            os.utime(path, ns=(_OLD_NS, _OLD_NS))
        cache.content(path)

    def change_source(number: int) -> None:
        path = path_of(number)
        path.write_bytes(b"x" * path.stat().st_size)
        os.utime(path, ns=(_OLD_NS, _OLD_NS + 1))

    return Subject(
        store=lambda number: store_sized(number, _SMALL_BYTES),
        store_sized=store_sized,
        holds=lambda number: cache.held(path_of(number)) is not None,
        entries_count=lambda: len(cache.entries),
        held_bytes=cache.entries.held_bytes,
        change_source=change_source,
    )


def response_subject(clock: Clock) -> Subject:
    """Addresses of an API, each answer with the lifetime its header states; what changes is the resource."""
    cache = ResponseCache(clock=clock)

    def store_for(number: int, ttl_s: float) -> None:
        headers = {"Cache-Control": f"public, max-age={ttl_s:.0f}"}
        cache.response("GET", f"/{number}", lambda: Response(200, b"{}", headers))

    return Subject(
        store=lambda number: cache.response("GET", f"/{number}", lambda: Response(200, b"{}")),
        store_for=store_for,
        holds=lambda number: cache.entries.get(("GET", f"/{number}", None)) is not None,
        entries_count=lambda: len(cache.entries),
        change_source=lambda number: cache.forget("GET", f"/{number}"),
    )
