"""What the keepers are given: the same values in every run, decoded from bytes anew each time they arrive."""

import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec

from .contract import Execution, Reply

Thing = TypeVar("Thing")

FIRST_MOMENT = datetime(2024, 7, 15, tzinfo=UTC)
STATUSES = ("pending", "in_progress", "completed")


@dataclass(frozen=True, slots=True)
class Arrivals(Generic[Thing]):
    """Things as bytes; each iteration makes new objects of them, as a socket or a database driver would."""

    encoded: tuple[bytes, ...]
    decode: Callable[[bytes], Thing]

    def __iter__(self) -> Iterator[Thing]:
        """New objects with the same values."""
        return map(self.decode, self.encoded)

    def first(self, count: int) -> "Arrivals[Thing]":
        """The first of them."""
        return Arrivals(self.encoded[:count], self.decode)


def executions(count: int, *, records_count: int = 280) -> Arrivals[Execution]:
    """Runs whose output is about 50 KB as JSON text at 280 records."""
    draw = random.Random(50)

    def execution(number: int) -> Execution:
        started_at = FIRST_MOMENT + timedelta(seconds=number)
        finished_at = started_at + timedelta(milliseconds=draw.randint(5, 900))
        output = {"records": [_record(draw, place) for place in range(records_count)], "executed_node": "exit"}
        return Execution(_identifier(draw), f"mastery_{number % 7}", "1.2.0", started_at, finished_at, output)

    return _arrivals([execution(number) for number in range(count)], Execution)


def replies(count: int, *, findings_count: int = 24) -> Arrivals[Reply]:
    """Texts of about 4 KB with fenced JSON."""
    draw = random.Random(4)

    def reply(number: int) -> Reply:
        findings = ",\n    ".join(
            f'{{"line": {draw.randint(1, 900)}, "severity": "{draw.choice(("low", "high"))}", '
            f'"score": {draw.random():.6f}, "message": "finding {draw.getrandbits(80):020x}", '
            f'"suggestion": "replace the expression by {draw.getrandbits(64):016x}"}}'
            for _ in range(findings_count)
        )
        body = f'{{\n  "summary": "reply {number}",\n  "findings": [\n    {findings}\n  ]\n}}'
        content = f"Here is the analysis:\n```json\n{body}\n```\nLet me know."
        return Reply(content, f"model-{number % 3}", draw.randint(300, 2_000), FIRST_MOMENT + timedelta(seconds=number))

    return _arrivals([reply(number) for number in range(count)], Reply)


def task_fields(count: int) -> Arrivals[dict[str, Any]]:
    """Tasks with four inputs, three entries of history and one result; a quarter has a context, a tenth an error."""
    draw = random.Random(3)

    def fields(number: int) -> dict[str, Any]:
        created_at = FIRST_MOMENT + timedelta(seconds=number)
        moments = [(created_at + timedelta(milliseconds=100 * step)).isoformat() for step in range(3)]
        return {
            "id": _identifier(draw),
            "name": f"task {number % 40}",
            "description": f"a task of kind {number % 40}",
            "status": "completed",
            "input_data": {
                "operation": "search",
                "query": f"query {draw.getrandbits(60):015x}",
                "top_k": draw.randint(5, 400),
                "threshold": draw.random(),
            },
            "owner": f"user-{number % 12}",
            "priority": draw.random(),
            "created_at": created_at.isoformat(),
            "history": [
                {"status": status, "timestamp": moment, "message": f"Status updated to {status}"}
                for status, moment in zip(STATUSES, moments, strict=True)
            ],
            "results": [{"output": f"result {draw.getrandbits(60):015x}", "score": draw.random()}],
            "context": {"trace": f"{draw.getrandbits(60):015x}"} if number % 4 == 0 else {},
            "errors": [{"attempt": 1, "message": "refused"}] if number % 10 == 0 else [],
        }

    return Arrivals(tuple(msgspec.json.encode(fields(number)) for number in range(count)), _task)


def _arrivals(things: list[Any], kind: Any) -> Arrivals[Any]:
    decode = msgspec.json.Decoder(kind).decode
    return Arrivals(tuple(map(msgspec.json.encode, things)), decode)


def _task(encoded: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.json.decode(encoded)
    fields["created_at"] = datetime.fromisoformat(fields["created_at"])
    return fields


def _record(draw: random.Random, place: int) -> dict[str, Any]:
    return {
        "id": draw.getrandbits(31),
        "name": f"record {draw.getrandbits(40):010x}",
        "score": draw.random(),
        "tags": [f"tag {draw.randint(0, 50)}" for _ in range(3)],
        "node": {"position": place, "path": f"/nodes/{draw.getrandbits(32):08x}"},
        "is_final": place % 7 == 0,
    }


def _identifier(draw: random.Random) -> str:
    return str(uuid.UUID(int=draw.getrandbits(128), version=4))
