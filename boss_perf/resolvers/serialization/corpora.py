"""Tasks with results of all kinds, from a seed, up to a given size when written."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from ..protocol import Task, TaskMetadata, TaskStatus

_START = datetime(2026, 1, 1, 12, 30, 15, 123_456, tzinfo=UTC)
_WORDS = ("claim", "approved", "pending", "review", "document", "result", "patient", "note", "queue", "score", "team")
_LABELS = ("billing", "intake", "rückfrage", "prior authorization")


def mixed_task(size_bytes: int, *, seed: int = 1) -> Task:
    """A completed task whose results bring it to about so many bytes of JSON; the same for the same seed."""
    rng = random.Random(seed)
    results: list[dict[str, Any]] = []
    task = Task(
        name="mixed results",
        input_data={"operation": "analyze", "text": _text(rng, 5), "options": {"depth": 3, "is_strict": True}},
        description=_text(rng, 4),
        id=f"00000000-0000-4000-8000-{seed:012}",
        status=TaskStatus.COMPLETED,
        metadata=TaskMetadata("billing", 0.75, ("urgent", "retry"), _START, _START + timedelta(hours=1), 3, 1),
        context={"trace": f"{rng.getrandbits(64):016x}", "parent": None},
        history=[
            {"timestamp": _START.isoformat(), "from_status": None, "to_status": "PENDING"},
            {"timestamp": _START.isoformat(), "from_status": "PENDING", "to_status": "COMPLETED"},
        ],
        results=results,
    )
    reached_bytes = 760
    while reached_bytes < size_bytes:
        results.append(_result(rng))
        reached_bytes += len(json.dumps(results[-1], ensure_ascii=False).encode()) + 2
    return task


def _result(rng: random.Random) -> dict[str, Any]:
    return {
        "timestamp": (_START + timedelta(seconds=rng.randrange(3600))).isoformat(),
        "data": {
            "label": rng.choice(_LABELS),
            "score": round(rng.random(), 6),
            "counts": [rng.randrange(100_000) for _ in range(4)],
            "is_final": rng.random() < 0.5,
            "reference": rng.getrandbits(60),
            "note": None if rng.random() < 0.3 else _text(rng, 22),
            "box": {"x": rng.randrange(1000), "y": rng.randrange(1000), "tags": rng.sample(_WORDS, 2)},
        },
    }


def _text(rng: random.Random, count: int) -> str:
    return " ".join(rng.choices(_WORDS, k=count))
