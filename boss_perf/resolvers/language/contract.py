"""What the language operations promise: the same text for the same text, byte for byte.

They are simple on purpose, as they are in BOSS: rules and word lists, no model. `\\w` is a character of a word, and a
sentence ends with . ! or ? before whitespace.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from ..protocol import Resolver, ResolverMetadata, Task, TaskRejected, required
from .lexicon import TRANSLATIONS

OPERATIONS = frozenset(("grammar_correction", "summarize", "translate", "sentiment_analysis", "text_analysis"))
METADATA = ResolverMetadata("language", "1.0.0", "rules and word lists over a text", OPERATIONS)
CHARACTER_LIMIT = 2**20


class LanguageResolver(Resolver):
    """Answers the five operations; each is a method of its own."""

    def __init__(self, metadata: ResolverMetadata = METADATA) -> None:
        super().__init__(metadata)

    @abstractmethod
    def correct_grammar(self, text: str) -> str:
        """Capitals at the start of sentences, apostrophes, and one space where one belongs, in this order."""

    @abstractmethod
    def sentiment(self, text: str) -> str:
        """A word and a score from -1 to 1 for the balance of good and bad words; an intensifier doubles the next."""

    @abstractmethod
    def analyze(self, text: str) -> str:
        """Counts, averages and readability, as the text of a dict."""

    @abstractmethod
    def summarize(self, text: str, *, max_sentences: int = 3, share_ratio: float = 0.3) -> str:
        """The first sentences: that share of all, at least one and no more than the maximum."""

    @abstractmethod
    def translate(self, text: str, *, source: str = "en", target: str = "es") -> str:
        """Word by word, in lower case; what is not in the dictionary stays."""

    async def answer(self, task: Task) -> dict[str, Any]:
        """`{"result": text}` for `operation`, `text` and the `params` that the operation takes."""
        operation = task.input_data.get("operation")
        if not isinstance(operation, str) or operation not in OPERATIONS:
            offered = ", ".join(sorted(OPERATIONS))
            raise TaskRejected("unknown_operation", f"no operation {operation!r:.80}; there are {offered}")
        text: str = required(task, "text", str)
        if len(text) > CHARACTER_LIMIT:
            raise TaskRejected("too_large", f"'text' may have {CHARACTER_LIMIT} characters, not {len(text)}")
        params = task.input_data.get("params") or {}
        if not isinstance(params, Mapping):
            raise TaskRejected("wrong_type", "'params' must be a mapping")
        match operation:
            case "grammar_correction":
                return {"result": self.correct_grammar(text)}
            case "sentiment_analysis":
                return {"result": self.sentiment(text)}
            case "text_analysis":
                return {"result": self.analyze(text)}
            case "summarize":
                max_sentences, share_ratio = _extent(params)
                return {"result": self.summarize(text, max_sentences=max_sentences, share_ratio=share_ratio)}
            case _:
                source, target = _languages(params)
                return {"result": self.translate(text, source=source, target=target)}


def sentiment_words(balance: int, *, word_count: int) -> str:
    """The verdict on the surplus of good words among so many words."""
    score = balance / word_count if word_count else 0.0
    strength = "strongly " if abs(score) > 0.3 else ""
    if score > 0.1:
        return f"{strength}positive (score: {score:.2f})"
    if score < -0.1:
        return f"{strength}negative (score: {score:.2f})"
    return f"neutral (score: {score:.2f})"


def analysis_words(text: str, words: list[str], *, sentence_count: int, word_characters: int) -> str:
    """The text analysis of a text with these words; readability after Flesch, a syllable taken as five characters."""
    word_count, unique_count = len(words), len(set(words))
    word_length = word_characters / max(1, word_count)
    sentence_length = word_count / max(1, sentence_count)
    readability = 206.835 - 1.015 * sentence_length - 84.6 * (word_length / 5)
    return str(
        {
            "word_count": word_count,
            "sentence_count": sentence_count,
            "character_count": len(text),
            "character_count_no_spaces": len(text) - text.count(" "),
            "avg_word_length": round(word_length, 2),
            "avg_sentence_length": round(sentence_length, 2),
            "readability_score": round(readability, 2),
            "unique_word_count": unique_count,
            "unique_word_percentage": round(unique_count / max(1, word_count) * 100, 2),
        }
    )


def _extent(params: Mapping[str, Any]) -> tuple[int, float]:
    max_sentences, share_ratio = params.get("max_sentences", 3), params.get("percentage", 0.3)
    if not isinstance(max_sentences, int) or isinstance(max_sentences, bool) or max_sentences < 1:
        raise TaskRejected("wrong_value", "'max_sentences' must be a whole number from 1")
    if not isinstance(share_ratio, int | float) or isinstance(share_ratio, bool) or not 0 <= share_ratio <= 1:
        raise TaskRejected("wrong_value", "'percentage' must be a number from 0 to 1")
    return max_sentences, share_ratio


def _languages(params: Mapping[str, Any]) -> tuple[str, str]:
    source, target = params.get("source_lang", "en"), params.get("target_lang", "es")
    if not (isinstance(source, str) and isinstance(target, str)) or (source, target) not in TRANSLATIONS:
        offered = ", ".join(f"{here} to {there}" for here, there in TRANSLATIONS)
        raise TaskRejected("unsupported", f"no translation from {source!r:.80} to {target!r:.80}; there are {offered}")
    return source, target
