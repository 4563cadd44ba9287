"""What one sample keeps beside its key, as a compact blob: a typed header and the raw observations.

Layout: one byte of version, then zlib over: header length (4 bytes, little endian), header (MessagePack), and for each
series its values as signed 64-bit integers split into eight planes of like bytes, lowest first, because bytes that
rarely change compress well side by side. Reading trusts nothing: sizes are bounded before memory is taken, types
are checked, and no blob can run code.
"""

import zlib
from array import array
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import msgspec

from boss_perf.errors import StoreError
from boss_perf.model.estimates import Caveat
from boss_perf.model.explanations import Explanation
from boss_perf.model.samples import ArmSource, Check, Conditions, Dependency, Failure, Reading, Sample, Series

MAX_RAW_BYTES = 256 * 2**20
_VERSION = 1
_WORD_BYTES = 8
_LENGTH_BYTES = 4
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """A field that is added later needs a default: older blobs do without it."""

    arms: tuple[str, ...]
    calls_per_batch: int
    order: tuple[int, ...]
    series: tuple[tuple[str, Reading, int], ...]
    sources: tuple[ArmSource, ...]
    conditions: Conditions
    facts: tuple[tuple[str, float], ...]
    checks: tuple[Check, ...]
    failure: Failure | None
    is_waiting: bool
    answer_digests: tuple[str | None, ...] = ()
    later_digests: tuple[str | None, ...] = ()
    caveats: tuple[Caveat, ...] = ()
    dependencies: tuple[Dependency, ...] = ()


_KEPT = tuple(field.name for field in fields(_Header) if field.name != "series")


def encode_detail(sample: Sample) -> bytes:
    """The blob of a sample; StoreError when a reading does not fit 64 bits or the whole is beyond `MAX_RAW_BYTES`."""
    kept = {name: getattr(sample, name) for name in _KEPT}
    counted = tuple((series.arm, series.reading, len(series.values)) for series in sample.series)
    header = _Header(series=counted, **kept)
    packed = _packed(header)
    try:
        planes = b"".join(_planes(series.values) for series in sample.series)
    except (OverflowError, TypeError) as error:
        raise StoreError(f"a reading of {sample.workload} is no 64-bit integer: {error}") from error
    raw = len(packed).to_bytes(_LENGTH_BYTES, "little") + packed + planes
    if len(raw) > MAX_RAW_BYTES:
        raise StoreError(
            f"one sample of {sample.workload} holds {len(raw) // 2**20} MiB; at most {MAX_RAW_BYTES // 2**20} are kept",
            hint="let the workload take fewer calls per fork",
        )
    return bytes([_VERSION]) + zlib.compress(raw, 6)


def decode_detail(blob: object, frame: Sample) -> Sample:
    """`frame`, which holds a sample's key columns, filled in from its blob; a blob of another make is a StoreError."""
    raw = _unpacked(blob)
    body = _LENGTH_BYTES + int.from_bytes(raw[:_LENGTH_BYTES], "little")
    header = _decoded(raw[_LENGTH_BYTES:body], _Header)
    counts = [count for _, _, count in header.series]
    if header.calls_per_batch < 1 or min(counts, default=0) < 0 or body + sum(counts) * _WORD_BYTES != len(raw):
        raise _damaged("its sizes do not add up")
    series = []
    for arm, reading, count in header.series:
        end = body + count * _WORD_BYTES
        series.append(Series(arm, reading, _values(raw[body:end])))
        body = end
    return replace(frame, series=tuple(series), **{name: getattr(header, name) for name in _KEPT})


def encode_explanation(explanation: Explanation) -> bytes:
    """The blob of an explanation, its stacks included."""
    return bytes([_VERSION]) + zlib.compress(_packed(explanation), 6)


def decode_explanation(blob: object) -> Explanation:
    """The explanation of a blob; one of another make is a StoreError."""
    return _decoded(_unpacked(blob), Explanation)


def storable(text: str) -> str:
    """The text as both databases take it: lone surrogates and NUL are spelt out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def _packed(header: _Header | Explanation) -> bytes:
    try:
        return msgspec.msgpack.encode(header)
    except (UnicodeEncodeError, OverflowError):
        return msgspec.msgpack.encode(_storable_tree(msgspec.to_builtins(header)))


def _decoded(packed: bytes, kind: type[Made]) -> Made:
    try:
        return msgspec.msgpack.decode(packed, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _damaged(f"it does not read: {error}") from error


def _storable_tree(tree: Any) -> Any:
    match tree:
        case str():
            return storable(tree)
        case dict():
            return {key: _storable_tree(branch) for key, branch in tree.items()}
        case list() | tuple():
            return [_storable_tree(branch) for branch in tree]
        case _:
            return tree


def _unpacked(blob: object) -> bytes:
    if not isinstance(blob, bytes) or len(blob) < 1:
        raise _damaged("it is empty")
    if blob[0] != _VERSION:
        raise _damaged(f"it has layout {blob[0]}, this boss-perf knows {_VERSION}")
    inflater = zlib.decompressobj()
    try:
        raw = inflater.decompress(memoryview(blob)[1:], MAX_RAW_BYTES)
    except zlib.error as error:
        raise _damaged(str(error)) from error
    if not inflater.eof or inflater.unused_data:
        raise _damaged("it is cut off, too long or too large")
    return raw


def _planes(values: tuple[int, ...]) -> bytes:
    import numpy as np

    words = np.array(array("q", values)).astype("<i8")
    return words.view(np.uint8).reshape(-1, _WORD_BYTES).T.tobytes()


def _values(planes: bytes) -> tuple[int, ...]:
    import numpy as np

    words = np.frombuffer(planes, dtype=np.uint8).reshape(_WORD_BYTES, -1).T
    return tuple(np.ascontiguousarray(words).view("<i8").ravel().tolist())


def _damaged(reason: str) -> StoreError:
    return StoreError(
        f"a stored sample or explanation is damaged: {reason}",
        hint="measure or explain the workload again; what else there is, is kept",
    )
