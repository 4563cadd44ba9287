"""Language operations on 10 KB of English with known faults (seed 1); checked on 30 texts with edge punctuation too."""

import re

import pytest

from boss_perf.resolvers.language import BaselineLanguage, OptimizedLanguage, edge_texts, english
from boss_perf.resolvers.language.lexicon import CONTRACTIONS

plain, fast = BaselineLanguage(), OptimizedLanguage()


@pytest.fixture(scope="module")
def text():
    return english(10 * 1024)


def assert_same_at_the_edges(operation):
    for each in edge_texts():
        assert getattr(plain, operation)(each) == getattr(fast, operation)(each), each


def test_grammar(paired, text):
    """One op corrects the grammar of 10 KB."""
    assert_same_at_the_edges("correct_grammar")
    corrected, _ = paired(baseline=plain.correct_grammar, optimized=fast.correct_grammar, inputs=[text])
    assert corrected != text


def test_sentiment(paired, text):
    """One op finds the sentiment of 10 KB."""
    assert_same_at_the_edges("sentiment")
    paired(baseline=plain.sentiment, optimized=fast.sentiment, inputs=[text])


def test_text_analysis(paired, text):
    """One op counts what there is to count in 10 KB."""
    assert_same_at_the_edges("analyze")
    paired(baseline=plain.analyze, optimized=fast.analyze, inputs=[text])


def test_translation(paired, text):
    """One op translates 10 KB word by word."""
    assert_same_at_the_edges("translate")
    paired(baseline=plain.translate, optimized=fast.translate, inputs=[text])


def test_summary(paired, text):
    """One op takes the first sentences of 10 KB."""
    assert_same_at_the_edges("summarize")
    paired(baseline=plain.summarize, optimized=fast.summarize, inputs=[text])


def test_grammar_overhead(paired, text):
    """One op corrects 10 KB; the baseline is the rules as bare `re` calls with compiled patterns."""
    contraction = re.compile(rf"\b(?:{'|'.join(CONTRACTIONS)})\b")
    replacements = [
        (re.compile(r"(^|[.!?]\s+)([a-z])"), lambda match: match[0].upper()),
        (contraction, lambda match: CONTRACTIONS[match[0]]),
        (re.compile(r"\s+([.,;:!?)])"), r"\1"),
        (re.compile(r"([({])\s+"), r"\1"),
        (re.compile(r"([.!?])\s*(\S)"), r"\1 \2"),
        (re.compile(r"\s{2,}"), " "),
    ]

    def bare(text):
        for pattern, replacement in replacements:
            text = pattern.sub(replacement, text)
        return text

    paired(baseline=bare, optimized=fast.correct_grammar, inputs=[text])
