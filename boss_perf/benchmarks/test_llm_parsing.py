"""Parsing responses of language models: one of 4 KB, a corpus of 40 from 1 to 64 KB, and one of 1 MB."""

import msgspec
import pytest

from boss_perf.resolvers.llm_parsing import (
    NASTY,
    BaselineResponseParser,
    Form,
    OptimizedResponseParser,
    corpus,
    response,
)

plain, fast = BaselineResponseParser(), OptimizedResponseParser()


@pytest.fixture(scope="module")
def corpus_of_40():
    return corpus()


@pytest.fixture(scope="module")
def of_4k():
    return response(4 * 1024)


@pytest.fixture(scope="module")
def of_1m():
    return response(2**20)


def is_same(left, right):
    """By representation: NaN equals itself, 1 is not 1.0, the order of keys counts."""
    return repr(left) == repr(right)


def assert_same_on_nasty_cases():
    for content in NASTY:
        assert is_same(plain.parse(content), fast.parse(content)), content[:80]


def test_parse_4k(paired, of_4k):
    """One op parses a fenced response of 4 KB."""
    assert_same_on_nasty_cases()
    value, _ = paired(baseline=plain.parse, optimized=fast.parse, inputs=[of_4k], agree=is_same)
    assert value["items"]


def test_parse_corpus(paired, corpus_of_40):
    """One op parses the next response of the corpus."""
    assert_same_on_nasty_cases()
    paired(baseline=plain.parse, optimized=fast.parse, inputs=corpus_of_40, agree=is_same)


def test_parse_prose(paired):
    """One op parses 4 KB of JSON between sentences, without a fence."""
    inputs = [response(4 * 1024, form=Form.PROSE, seed=seed) for seed in range(4)]
    paired(baseline=plain.parse, optimized=fast.parse, inputs=inputs, agree=is_same)


def test_parse_memory(paired):
    """One op parses a fenced response of 64 KB and keeps the value."""
    paired(baseline=plain.parse, optimized=fast.parse, inputs=[response(64 * 1024)], agree=is_same)


def test_response_parsing(benchmark, of_4k):
    """One op parses a fenced response of 4 KB."""
    assert is_same(benchmark(fast.parse, of_4k), plain.parse(of_4k))


def test_parse_1m(benchmark, of_1m):
    """One op parses a fenced response of 1 MB."""
    assert is_same(benchmark(fast.parse, of_1m), plain.parse(of_1m))


def test_decode_overhead(paired, of_4k):
    """One op gets the value out of a fenced response of 4 KB; the baseline is msgspec on the JSON already cut out."""
    inside = of_4k.split("```json")[1].split("```")[0]
    bare = msgspec.json.Decoder().decode
    paired(baseline=lambda: bare(inside), optimized=lambda: fast.parse(of_4k), agree=is_same)
