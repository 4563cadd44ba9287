"""Language operations in as few passes as their rules allow, with the words of ASCII texts split without a pattern.

Compiling the patterns first would save little; what counts is how often the text is walked, how early a pattern can
give up, and that most matches need no Python call. All patterns take linear time, whatever the whitespace.
"""

import re
from collections.abc import Callable
from itertools import groupby

from .contract import LanguageResolver, analysis_words, sentiment_words
from .lexicon import CONTRACTIONS, INTENSIFIERS, NEGATIVE, POSITIVE, PUNCTUATION, TRANSLATIONS


def _tree(words: list[str]) -> str:
    """An alternative for every word, grouped by the first character, so that most positions fail at once."""
    groups = groupby(sorted(words), key=lambda word: word[0])
    return "|".join(f"{first}(?:{'|'.join(word[1:] for word in group)})" for first, group in groups)


_CONTRACTION = re.compile(rf"(?<!\w)(?:{_tree(list(CONTRACTIONS))})(?!\w)")
_SENTENCE_START = re.compile(r"[.!?]\s++[a-z]")
_BEFORE_PUNCTUATION = re.compile(r"\s(?<!\s\s)\s*+(?=[.,;:!?)])")
_BEHIND_BRACKET = re.compile(r"[({]\s++")
_SENTENCE_GAP = re.compile(r"([.!?])(?! \S)\s*+(\S)")
"""Not where one space is followed by more: by then no punctuation follows a space, so nothing else can begin there."""
_SPACES = re.compile(r"\s\s++")
_SENTENCE_END = re.compile(r"[.!?]\s++")
_WORD = re.compile(r"\w+")

_ASCII_WORDS = {code: chr(code).lower() if chr(code).isalnum() or chr(code) == "_" else " " for code in range(128)}
"""Turns the characters between ASCII words into spaces and the rest into lower case."""
_is_punctuation = frozenset(PUNCTUATION).__contains__
_BALANCE = dict.fromkeys(POSITIVE, 1) | dict.fromkeys(NEGATIVE, -1)


class OptimizedLanguage(LanguageResolver):
    """One alternation for all contractions; word counts without a pattern; no work behind a summary's end."""

    def correct_grammar(self, text: str) -> str:
        """Capitals at the start of sentences, apostrophes, and one space where one belongs, in this order."""
        if "a" <= text[:1] <= "z":
            text = text[0].upper() + text[1:]
        text = _SENTENCE_START.sub(lambda match: match[0].upper(), text)
        text = _CONTRACTION.sub(lambda match: CONTRACTIONS[match[0]], text)
        text = _BEFORE_PUNCTUATION.sub("", text)
        text = _BEHIND_BRACKET.sub(lambda match: match[0][0], text)
        text = _SENTENCE_GAP.sub(lambda match: f"{match[1]} {match[2]}", text)
        return _SPACES.sub(" ", text)

    def sentiment(self, text: str) -> str:
        """A word and a score from -1 to 1 for the balance of good and bad words; an intensifier doubles the next."""
        if not text or text.isspace():
            return "neutral"
        words = _words(text)
        balance_of = _BALANCE
        balance = 0
        for place in [place for place, word in enumerate(words) if word in balance_of]:
            is_intensified = place > 0 and words[place - 1] in INTENSIFIERS
            balance += balance_of[words[place]] * (2 if is_intensified else 1)
        return sentiment_words(balance, word_count=len(words))

    def analyze(self, text: str) -> str:
        """Counts, averages and readability, as the text of a dict."""
        stripped = text.strip()
        if not stripped:
            return "{}"
        words = _words(text)
        sentence_count = len(_SENTENCE_END.findall(stripped)) + 1
        return analysis_words(text, words, sentence_count=sentence_count, word_characters=sum(map(len, words)))

    def summarize(self, text: str, *, max_sentences: int = 3, share_ratio: float = 0.3) -> str:
        """The first sentences: that share of all, at least one and no more than the maximum."""
        stripped = text.strip()
        if not stripped:
            return ""
        sentence_count = 1
        first_sentences: list[str] = []
        start = 0
        for end in _SENTENCE_END.finditer(stripped):
            sentence_count += 1
            if len(first_sentences) < max_sentences:
                first_sentences.append(stripped[start : end.start() + 1])
                start = end.end()
            if sentence_count > max_sentences and int(sentence_count * share_ratio) >= max_sentences:
                break
        if sentence_count <= max_sentences:
            return text
        wanted_count = min(max_sentences, max(1, int(sentence_count * share_ratio)))
        return " ".join(first_sentences[:wanted_count])

    def translate(self, text: str, *, source: str = "en", target: str = "es") -> str:
        """Word by word, in lower case; what is not in the dictionary stays."""
        known = TRANSLATIONS[source, target].get
        return " ".join(
            [known(word) or (word if word.isalpha() else _translated(word, known)) for word in text.lower().split()]
        )


def _translated(word: str, known: Callable[[str], str | None]) -> str:
    clean = word.strip(PUNCTUATION)
    if clean == word:
        return word
    return (known(clean) or clean) + "".join(filter(_is_punctuation, word))


def _words(text: str) -> list[str]:
    """The words in lower case; splitting at spaces is several times faster than a pattern."""
    if text.isascii():
        return text.translate(_ASCII_WORDS).split()
    return _WORD.findall(text.lower())
