"""One body over both; the optimized operations give the baseline's text byte for byte."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.resolvers.language import BaselineLanguage, OptimizedLanguage, edge_texts, english
from boss_perf.resolvers.language.lexicon import CONTRACTIONS
from boss_perf.resolvers.protocol import Task

BASELINE, OPTIMIZED = BaselineLanguage(), OptimizedLanguage()
OPERATIONS = ("correct_grammar", "sentiment", "analyze", "summarize", "translate")


@pytest.fixture(params=(BASELINE, OPTIMIZED), ids=("baseline", "optimized"))
def language(request):
    return request.param


def ask(language, operation, text, **params):
    task = Task("language", {"operation": operation, "text": text, "params": params})
    return asyncio.run(language.resolve(task))


def result(language, operation, text, **params):
    answered = ask(language, operation, text, **params)
    assert answered.is_success, answered.message
    return answered.output_data["result"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("i dont know .what about you ?", "I don't know. what about you?"),
        ("yes.  we cant( now ) ,im sure", "Yes. We can't(now),I'm sure"),
        ("Ive said it. ive seen!it...", "I've said it. I've seen! it. .."),
        ("dont_know xdont dont-know 'dont'", "Dont_know xdont don't-know 'don't'"),
        ("a\n\n b\tc", "A b\tc"),
    ],
)
def test_grammar_is_corrected(language, text, expected):
    assert result(language, "grammar_correction", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" ", "neutral"),
        ("!?", "neutral (score: 0.00)"),
        ("a good day", "strongly positive (score: 0.33)"),
        ("this is a very good day in all", "positive (score: 0.25)"),
        ("very very, BAD", "strongly negative (score: -0.67)"),
        ("very a bad good thing", "neutral (score: 0.00)"),
    ],
)
def test_sentiment_weighs_good_against_bad(language, text, expected):
    assert result(language, "sentiment_analysis", text) == expected


def test_text_analysis_counts(language):
    assert result(language, "text_analysis", "One two. Two three! ") == str(
        {
            "word_count": 4,
            "sentence_count": 2,
            "character_count": 20,
            "character_count_no_spaces": 16,
            "avg_word_length": 3.5,
            "avg_sentence_length": 2.0,
            "readability_score": 145.59,
            "unique_word_count": 3,
            "unique_word_percentage": 75.0,
        }
    )
    assert result(language, "text_analysis", "\n") == "{}"


def test_a_summary_takes_the_first_sentences(language):
    text = " ".join(f"Sentence {number}." for number in range(12))
    assert result(language, "summarize", text) == "Sentence 0. Sentence 1. Sentence 2."
    assert result(language, "summarize", text, max_sentences=2) == "Sentence 0. Sentence 1."
    assert result(language, "summarize", text, percentage=0.1) == "Sentence 0."
    assert result(language, "summarize", " A. B. ") == " A. B. "


def test_translation_goes_word_by_word(language):
    assert result(language, "translate", 'Hello, "World" (no) it\'s!') == "hola, mundo\"\" no() it's'!"
    assert result(language, "translate", "Hola MUNDO", source_lang="es", target_lang="en") == "hello world"


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({}, "unknown_operation"),
        ({"operation": "sing", "text": "la"}, "unknown_operation"),
        ({"operation": ["translate"], "text": "la"}, "unknown_operation"),
        ({"operation": "translate"}, "missing_field"),
        ({"operation": "translate", "text": b"hello"}, "wrong_type"),
        ({"operation": "translate", "text": "la", "params": [1]}, "wrong_type"),
        ({"operation": "translate", "text": "la", "params": {"target_lang": "fr"}}, "unsupported"),
        ({"operation": "translate", "text": "la", "params": {"target_lang": ["es"]}}, "unsupported"),
        ({"operation": "summarize", "text": "la", "params": {"max_sentences": 0}}, "wrong_value"),
        ({"operation": "summarize", "text": "la", "params": {"percentage": float("nan")}}, "wrong_value"),
        ({"operation": "text_analysis", "text": "x" * (2**20 + 1)}, "too_large"),
    ],
)
def test_a_malformed_task_gets_an_error_result(language, arguments, kind):
    answered = asyncio.run(language.resolve(Task("language", arguments)))
    assert (answered.is_success, answered.error["kind"], answered.output_data) == (False, kind, {})


def test_input_that_is_no_mapping_gets_an_error_result(language):
    assert asyncio.run(language.resolve(Task("language", 3))).error["kind"] == "wrong_type"


def test_a_cancelled_call_passes_the_cancellation_on(language):
    async def cancelled():
        call = asyncio.create_task(language.resolve(Task("language")))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(cancelled())


def test_no_replacement_is_itself_to_be_replaced():
    for contraction in CONTRACTIONS.values():
        assert not set(contraction.split("'")) & set(CONTRACTIONS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_long_text_and_edge_texts_come_out_alike(operation):
    for text in (english(10 * 1024), english(3_000, seed=9).upper(), *edge_texts(count=200)):
        assert getattr(BASELINE, operation)(text) == getattr(OPTIMIZED, operation)(text)


def test_endless_whitespace_does_not_hang_the_optimized_one():
    text = "a." + " " * 100_000 + "b" + "\n" * 100_000
    assert OPTIMIZED.correct_grammar(text) == "A. B "


MARKS = (" ", "  ", "\n", "\u00a0", "\x1c", "\u2028", ".", "!", "?", ",", ";", ")", "(", "{", "'", '"', "_", "-")
WORDS = (*sorted(CONTRACTIONS)[:8], "Dont", "i", "very", "good", "bad", "é", "ß", "İ", "ſ", "9", "hello", "no", "x")
PIECES = st.lists(st.sampled_from(MARKS + WORDS), max_size=40).map("".join)


@given(PIECES | st.text(max_size=60))
def test_any_text_comes_out_alike(text):
    for operation in OPERATIONS:
        assert getattr(BASELINE, operation)(text) == getattr(OPTIMIZED, operation)(text), operation


@given(PIECES, st.integers(1, 6), st.floats(0, 1))
def test_any_summary_comes_out_alike(text, max_sentences, share_ratio):
    extent = {"max_sentences": max_sentences, "share_ratio": share_ratio}
    assert BASELINE.summarize(text, **extent) == OPTIMIZED.summarize(text, **extent)
