"""One body over both parsers; the optimized one gives the representation of the baseline's value on every text."""

import asyncio
import json
import sys
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.resolvers.llm_parsing import (
    NASTY,
    BaselineResponseParser,
    Form,
    OptimizedResponseParser,
    corpus,
    response,
)
from boss_perf.resolvers.protocol import Task

BASELINE, OPTIMIZED = BaselineResponseParser(), OptimizedResponseParser()


@pytest.fixture(params=(BASELINE, OPTIMIZED), ids=("baseline", "optimized"))
def parser(request):
    return request.param


def ask(parser, **arguments):
    return asyncio.run(parser.resolve(Task("llm", {"operation": "parse_response", **arguments})))


def assert_alike(content):
    assert repr(BASELINE.parse(content)) == repr(OPTIMIZED.parse(content))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('Sure:\n```json\n{"a": 1}\n```\nDone.', {"a": 1}),
        ("```\n[1, 2]\n```", [1, 2]),
        ("```\n[1, 2]\n", [1, 2]),
        ('first ```text``` then ```json\n{"a": 2}\n```', {"a": 2}),
        (' {"a": {"b": null}} ', {"a": {"b": None}}),
        ('The answer is {"a": [1]} as said.', {"a": [1]}),
        ('```json\n{"a": 1', None),
        ("no data at all", None),
        ('{"id": 18446744073709551616}', {"id": 2**64}),
        ('use `code` and {"a": "`"}', {"a": "`"}),
        ("{} ", {}),
        ("null", None),
    ],
)
def test_the_json_of_a_response_is_found(parser, content, expected):
    assert parser.parse(content) == expected


@pytest.mark.parametrize("content", NASTY, ids=range(len(NASTY)))
def test_nasty_cases_read_alike(content):
    assert_alike(content)


def test_the_corpus_reads_alike_and_mostly_has_json():
    contents = corpus()
    assert len(contents) == 40
    assert [each.isascii() for each in contents].count(False) >= 5
    for content in contents:
        assert_alike(content)
    assert sum(OPTIMIZED.parse(content) is not None for content in contents) == 32


def test_a_response_has_about_the_size_asked_for_and_is_reproducible():
    for form in Form:
        for size_bytes in (4096, 65536):
            text = response(size_bytes, form=form)
            assert len(text.encode()) == pytest.approx(size_bytes, rel=0.1)
            assert text == response(size_bytes, form=form)


def test_integers_too_long_for_python_are_no_json(parser):
    assert parser.parse("9" * (sys.get_int_max_str_digits() + 1)) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
STRUCTURE = ("```json", "```", "`", "````json", "json", "{", "}", "[", "]", '"', ":", ",", "\\", '"a"', "null")
NUMBERS = ("1", "-", "NaN", "1e999", "0", ".5")
CHARACTERS = ("\\ud800", "\ud800", "\x00", "\n", " ", "\u00a0", "\x0b", "é", "\U0001f600", "text")
PIECES = st.lists(st.sampled_from(STRUCTURE + NUMBERS + CHARACTERS), max_size=24).map("".join)


@given(JSON, st.booleans(), st.sampled_from(("{}", "```json\n{}\n```", "```\n{}```x", "so: {} end", "\u2003{}\u2003")))
def test_any_json_reads_alike_wherever_it_stands(value, is_ascii, frame):
    written = json.dumps(value, ensure_ascii=is_ascii)
    assert_alike(frame.replace("{}", written))


@given(PIECES)
def test_any_text_reads_alike(content):
    assert_alike(content)


@given(JSON, st.data())
def test_damaged_json_reads_alike(value, data):
    written = json.dumps(value, ensure_ascii=False)
    place = data.draw(st.integers(0, len(written)))
    other = data.draw(st.sampled_from(("", "`", "}", '"', "\\", "0", "e9", "\ud83d", "\x1f")))
    assert_alike(written[:place] + other + written[place + 1 :])


def test_parsing_needs_no_more_memory_than_the_baseline():
    for content in (response(65536), response(65536, is_ascii=False), response(65536, form=Form.BARE)):
        peaks = []
        for parser in (BASELINE, OPTIMIZED):
            parser.parse(content)
            tracemalloc.start()
            value = parser.parse(content)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            assert value["items"]
        assert peaks[1] <= peaks[0] * 1.01


def test_a_task_gets_content_model_and_json(parser):
    result = ask(parser, content=' ```json\n{"a": 1}\n``` ', model="m", tokens={"total": 3})
    assert result.output_data == {
        "content": '```json\n{"a": 1}\n```',
        "model": "m",
        "tokens": {"total": 3},
        "json": {"a": 1},
    }
    assert ask(parser, content="{}").output_data["json"] == {}
    assert "json" not in ask(parser, content="{}", parse_json=False).output_data
    assert "json" not in ask(parser, content="nothing").output_data


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({}, "missing_field"),
        ({"content": None}, "wrong_type"),
        ({"content": b"{}"}, "wrong_type"),
        ({"content": "x" * (32 * 2**20 + 1)}, "too_large"),
    ],
)
def test_a_malformed_task_gets_an_error_result(parser, arguments, kind):
    result = ask(parser, **arguments)
    assert (result.is_success, result.error["kind"], result.output_data) == (False, kind, {})


def test_input_that_is_no_mapping_gets_an_error_result(parser):
    assert asyncio.run(parser.resolve(Task("llm", "text"))).error["kind"] == "wrong_type"


def test_a_cancelled_call_passes_the_cancellation_on(parser):
    async def cancelled():
        call = asyncio.create_task(parser.resolve(Task("t", {})))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(cancelled())
