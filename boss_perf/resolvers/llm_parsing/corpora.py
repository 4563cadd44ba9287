"""Responses such as language models write, from a seed: any size, five forms, and the cases that break parsers."""

import json
import random
from enum import StrEnum
from typing import Any

SMALLEST_BYTES, LARGEST_BYTES = 1024, 64 * 1024
_MEDIAN_BYTES = 6 * 1024

_SENTENCE = (
    "the task was completed after review of all open items and their owners while two checks remain in progress "
    "because of missing data from an external service which returned no answer within the agreed time for a request"
)
_WORDS = tuple(_SENTENCE.split(" "))
_LABELS = ("billing", "intake", "prior authorization", "review", "follow-up", "appeal")


class Form(StrEnum):
    """How a response presents its JSON."""

    JSON_FENCE = "json fence"
    PLAIN_FENCE = "plain fence"
    BARE = "bare"
    PROSE = "prose"
    NONE = "none"


NASTY: tuple[str, ...] = (
    '```json\n{"score": NaN, "low": -Infinity}\n```',
    '{"huge": 1e400}',
    '{"lone": "\\ud800", "pair": "\\ud83d\\ude00"}',
    '{"raw": "\ud800"}',
    '{"id": 18446744073709551616, "below": -9223372036854775809}',
    '{"a": 1, "b": 2, "a": 3}',
    '{"first": 1} and {"second": 2}',
    'Outer:\n```\ntext ```json\n{"inner": [1, 2]}\n``` text\n```',
    "```json {} ````json",
    "",
    "   \n\t ",
    "```json\n```",
    '```json\n{"cut": [1, 2, {"off": "he',
    '\ufeff{"bom": true}',
    '{"control": "a\x01b"}',
    "[1, 2] and more",
    "[" * 100_000 + "]" * 100_000,
)
"""Beyond the grammar, at its edges, or shaped so that fences, braces and recursion mislead."""


def response(size_bytes: int, *, form: Form = Form.JSON_FENCE, is_ascii: bool = True, seed: int = 1) -> str:
    """About so many bytes of response (within a tenth, from 4 KB), the same for the same seed."""
    rng = random.Random(f"{seed} {size_bytes} {form}")
    summary = _sentence(rng) if is_ascii else f"naïve – {_sentence(rng)}"
    if form is Form.NONE:
        return _prose(rng, size_bytes)
    items: list[dict[str, Any]] = []
    body = {"summary": summary, "confidence": round(rng.random(), 4), "items": items}
    reached_bytes = len(_written(body)) + 100
    while reached_bytes < size_bytes:
        items.append(_item(rng, len(items)))
        reached_bytes += len(_written(items[-1])) + 100
    text = _written(body)
    match form:
        case Form.JSON_FENCE:
            return f"Here is the result you asked for:\n\n```json\n{text}\n```\n\nLet me know if anything is missing."
        case Form.PLAIN_FENCE:
            return f"The analysis:\n```\n{text}\n```\n"
        case Form.PROSE:
            return f"{_sentence(rng)} The answer is {text} and that concludes it. {_sentence(rng)}"
        case Form.BARE:
            return text


def corpus(*, count: int = 40, seed: int = 1) -> list[str]:
    """Responses of all forms in turn, 1 to 64 KB, sizes drawn from a lognormal distribution; a quarter is not ASCII."""
    rng = random.Random(seed)
    forms = list(Form)
    responses = []
    for number in range(count):
        size_bytes = round(rng.lognormvariate(0, 1) * _MEDIAN_BYTES)
        form = forms[number % len(forms)]
        bounded_bytes = min(max(size_bytes, SMALLEST_BYTES), LARGEST_BYTES)
        responses.append(response(bounded_bytes, form=form, is_ascii=number % 4 > 0, seed=seed + number))
    return responses


def _item(rng: random.Random, number: int) -> dict[str, Any]:
    return {
        "id": f"item-{number:05}",
        "label": rng.choice(_LABELS),
        "score": round(rng.random(), 4),
        "count": rng.randrange(10_000),
        "is_open": rng.random() < 0.5,
        "note": _sentence(rng) if rng.random() < 0.7 else None,
        "tags": rng.sample(_WORDS, 3),
        "position": {"page": rng.randrange(1, 40), "line": rng.randrange(1, 60)},
    }


def _sentence(rng: random.Random) -> str:
    words = " ".join(rng.choices(_WORDS, k=rng.randrange(6, 14)))
    return f"{words.capitalize()}."


def _prose(rng: random.Random, size_bytes: int) -> str:
    sentences: list[str] = []
    reached_bytes = 0
    while reached_bytes < size_bytes:
        sentences.append(_sentence(rng))
        reached_bytes += len(sentences[-1]) + 1
    return " ".join(sentences)


def _written(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
