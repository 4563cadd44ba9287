import random
import struct
import zlib
from dataclasses import fields, replace
from datetime import timedelta

import msgspec
import pytest
from evidence_examples import START, a_failed_sample, a_pair_sample, a_sample
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.errors import StoreError
from boss_perf.model.samples import Failure, Pass, Reading, Sample, Series
from boss_perf.store import codec
from boss_perf.store.codec import decode_detail, encode_detail

VALUES = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=50).map(tuple)


def frame_of(sample: Sample) -> Sample:
    return Sample(
        workload=sample.workload,
        phase=sample.phase,
        fork=sample.fork,
        started_at=sample.started_at,
        is_confirmation=sample.is_confirmation,
        dependencies_digest=sample.dependencies_digest,
    )


@pytest.mark.parametrize("sample", [a_sample(), a_pair_sample(), a_failed_sample()])
def test_a_sample_comes_back_as_it_was(sample: Sample) -> None:
    assert decode_detail(encode_detail(sample), frame_of(sample)) == sample


def test_the_full_example_leaves_no_field_at_its_default() -> None:
    """So that a field that is new in the model cannot be forgotten by the codec: the round trip above would lose it."""
    bare = Sample(workload="", phase=Pass.CALLS, fork=-1, started_at=START - timedelta(days=1))
    full = replace(a_pair_sample(), failure=Failure("died", "", ""))
    assert [field.name for field in fields(Sample) if getattr(full, field.name) == getattr(bare, field.name)] == []
    assert decode_detail(encode_detail(full), frame_of(full)) == full


@given(series=st.lists(VALUES, max_size=4))
def test_any_readings_come_back_in_order(series: list[tuple[int, ...]]) -> None:
    sample = replace(
        a_sample(), series=tuple(Series(f"arm {n}", Reading.CPU_NS, values) for n, values in enumerate(series))
    )
    assert decode_detail(encode_detail(sample), frame_of(sample)) == sample


@pytest.mark.parametrize("reading", [2**63, -(2**63) - 1, 1.5])
def test_a_reading_that_does_not_fit_is_refused_when_saved(reading: int) -> None:
    with pytest.raises(StoreError, match="no 64-bit integer"):
        encode_detail(replace(a_sample(), series=(Series("subject", Reading.WALL_NS, (reading,)),)))


def test_timings_take_less_than_half_their_size() -> None:
    draw = random.Random(1)
    values = tuple(int(draw.gauss(50_000, 2_000)) for _ in range(20_000))
    blob = encode_detail(replace(a_sample(), series=(Series("subject", Reading.WALL_NS, values),)))
    assert len(blob) < 20_000 * 8 / 3


@given(blob=st.binary(max_size=200))
def test_noise_is_a_store_error(blob: bytes) -> None:
    with pytest.raises(StoreError, match="damaged"):
        decode_detail(blob, a_sample())


@given(place=st.integers(0, 10**6), value=st.integers(0, 255))
def test_a_flipped_byte_never_gets_past_as_another_kind_of_error(place: int, value: int) -> None:
    blob = bytearray(encode_detail(a_pair_sample()))
    blob[place % len(blob)] = value
    try:
        decode_detail(bytes(blob), frame_of(a_pair_sample()))
    except StoreError as error:
        assert "damaged" in str(error)


def forged(header: object, body: bytes = b"") -> bytes:
    packed = msgspec.msgpack.encode(header)
    return b"\x01" + zlib.compress(struct.pack("<I", len(packed)) + packed + body)


GOOD = {
    "arms": ["a"], "calls_per_batch": 1, "order": [], "series": [["a", "wall_ns", 1]], "sources": [],
    "conditions": {}, "facts": [], "checks": [], "failure": None, "is_waiting": False,
}  # fmt: skip


def test_the_forged_header_would_be_taken_if_it_were_right() -> None:
    assert decode_detail(forged(GOOD, struct.pack("<q", 7)), a_sample()).values("a", Reading.WALL_NS) == (7,)


@pytest.mark.parametrize(
    "change",
    [
        {"calls_per_batch": 0},
        {"calls_per_batch": "1"},
        {"series": [["a", "wall_ns", 2]]},
        {"series": [["a", "wall_ns", -1]]},
        {"series": [["a", "wall_ns", 2**62]]},
        {"series": [["a", "wall_ns", 2], ["b", "wall_ns", -1]]},
        {"series": [["a", "weight", 1]]},
        {"arms": [1]},
        {"failure": "raised"},
        {"facts": [["x", "y"]]},
        {"conditions": []},
    ],
)
def test_a_forged_header_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(StoreError, match="damaged"):
        decode_detail(forged({**GOOD, **change}, struct.pack("<q", 7)), a_sample())


def test_a_blob_that_swells_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "MAX_RAW_BYTES", 2**20)
    with pytest.raises(StoreError, match="too large"):
        decode_detail(b"\x01" + zlib.compress(bytes(2**24)), a_sample())
    with pytest.raises(StoreError, match="at most 1 are kept"):
        encode_detail(replace(a_sample(), series=(Series("subject", Reading.WALL_NS, tuple(range(2**18))),)))


@pytest.mark.parametrize("blob", [None, "text", 3, b"", b"\x02" + zlib.compress(b"")])
def test_what_is_no_blob_of_this_layout_is_refused(blob: object) -> None:
    with pytest.raises(StoreError, match="damaged"):
        decode_detail(blob, a_sample())


def test_bytes_after_the_end_are_refused() -> None:
    with pytest.raises(StoreError, match="damaged"):
        decode_detail(encode_detail(a_sample()) + b"more", a_sample())
