"""Language operations as BOSS does them: one pass over the whole text for every rule. Frozen: do not speed it up.

Grammar takes 27 passes and about 350 µs per KB, sentiment and analysis about 45 µs per KB. The patterns are not the
cost: `re` keeps the compiled ones.
"""

import re

from .contract import LanguageResolver, analysis_words, sentiment_words
from .lexicon import CONTRACTIONS, INTENSIFIERS, NEGATIVE, POSITIVE, PUNCTUATION, TRANSLATIONS


class BaselineLanguage(LanguageResolver):
    """Rule after rule, word after word."""

    def correct_grammar(self, text: str) -> str:
        """Capitals at the start of sentences, apostrophes, and one space where one belongs, in this order."""
        text = re.sub(r"(^|[.!?]\s+)([a-z])", lambda match: match.group(1) + match.group(2).upper(), text)
        for word, contraction in CONTRACTIONS.items():
            text = re.sub(rf"\b{word}\b", contraction, text)
        text = re.sub(r"\s+([.,;:!?)])", r"\1", text)
        text = re.sub(r"([({])\s+", r"\1", text)
        text = re.sub(r"([.!?])\s*(\S)", r"\1 \2", text)
        return re.sub(r"\s{2,}", " ", text)

    def sentiment(self, text: str) -> str:
        """A word and a score from -1 to 1 for the balance of good and bad words; an intensifier doubles the next."""
        if not text.strip():
            return "neutral"
        words = re.findall(r"\b\w+\b", text.lower())
        balance = 0
        is_intensified = False
        for word in words:
            if word in INTENSIFIERS:
                is_intensified = True
                continue
            weight = 2 if is_intensified else 1
            is_intensified = False
            if word in POSITIVE:
                balance += weight
            elif word in NEGATIVE:
                balance -= weight
        return sentiment_words(balance, word_count=len(words))

    def analyze(self, text: str) -> str:
        """Counts, averages and readability, as the text of a dict."""
        if not text.strip():
            return "{}"
        words = re.findall(r"\b\w+\b", text.lower())
        sentences = re.split(r"(?<=[.!?])\s+", text.strip())
        word_characters = sum(len(word) for word in words)
        return analysis_words(text, words, sentence_count=len(sentences), word_characters=word_characters)

    def summarize(self, text: str, *, max_sentences: int = 3, share_ratio: float = 0.3) -> str:
        """The first sentences: that share of all, at least one and no more than the maximum."""
        if not text.strip():
            return ""
        sentences = re.split(r"(?<=[.!?])\s+", text.strip())
        if len(sentences) <= max_sentences:
            return text
        wanted_count = min(max_sentences, max(1, int(len(sentences) * share_ratio)))
        return " ".join(sentences[:wanted_count])

    def translate(self, text: str, *, source: str = "en", target: str = "es") -> str:
        """Word by word, in lower case; what is not in the dictionary stays."""
        translations = TRANSLATIONS[source, target]
        translated_words = []
        for word in text.lower().split():
            clean = word.strip(PUNCTUATION)
            translated = translations.get(clean, clean)
            if word != clean:
                translated += "".join(character for character in word if character in PUNCTUATION)
            translated_words.append(translated)
        return " ".join(translated_words)
