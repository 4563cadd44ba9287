"""A small ASGI service that answers tasks with the optimized resolvers: the thing under load out of the box.

It keeps no state between requests and refuses what it cannot read with a 4xx and a sentence. It has no authentication:
it listens on loopback unless told otherwise.
"""

import json
import socket
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from boss_perf.errors import MeasureError
from boss_perf.resolvers.llm_parsing import OptimizedResponseParser
from boss_perf.resolvers.protocol import Resolver, ResolverMetadata, Task, TaskResult, required
from boss_perf.resolvers.registry.contract import TaskResolverRegistry
from boss_perf.resolvers.registry.optimized import OptimizedRegistry
from boss_perf.resolvers.vector_search import Document, OptimizedVectorSearch

BODY_LIMIT_BYTES = 1_000_000
_DOCUMENTS_COUNT = 500
_DIMENSIONS = 128
_TOPICS = ("caching", "connection pools", "graphs of tasks", "parsing answers", "retries", "slow queries")

Offer = tuple[Resolver, Sequence[Mapping[str, Any]]]
"""A resolver, and tasks that it can answer as the bodies of requests."""


class _Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def build_app(offers: Sequence[Offer] | None = None) -> Starlette:
    """The service over what it offers, everything by default: POST /tasks, GET /tasks/examples, /resolvers, /health."""
    offered = [echo(), _llm_parsing(), _vector_search()] if offers is None else offers
    known = {resolver.metadata.name: resolver for resolver, _ in offered}
    bodies = [{"resolver": resolver.metadata.name, **task} for resolver, examples in offered for task in examples]
    registry = OptimizedRegistry()
    for resolver in known.values():
        registry.register(resolver)

    async def tasks(request: Request) -> Response:
        try:
            resolver, task = _routed(await _read_body(request), registry)
        except _Refused as refused:
            return _answer({"error": {"kind": "refused", "message": str(refused)}}, status=refused.status)
        except ClientDisconnect:
            return Response(status_code=400)
        return _result(await resolver(task))

    async def examples(_: Request) -> Response:
        return _answer(bodies)

    async def resolvers(_: Request) -> Response:
        return _answer({"resolvers": {name: sorted(each.metadata.capabilities) for name, each in known.items()}})

    async def health(_: Request) -> Response:
        ill = [name for name, each in known.items() if not await each.health_check()]
        return _answer({"status": "ill" if ill else "ok", "ill": ill}, status=503 if ill else 200)

    return Starlette(
        routes=[
            Route("/tasks", tasks, methods=["POST"]),
            Route("/tasks/examples", examples),
            Route("/resolvers", resolvers),
            Route("/health", health),
        ]
    )


def serve(*, port: int, host: str = "127.0.0.1") -> None:
    """Serve until interrupted; MeasureError when the port is taken."""
    # asyncio turns Nagle's algorithm off only where the protocol is given: else each answer waits 40 ms for an ACK
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except (OSError, OverflowError) as error:
            raise MeasureError(
                f"cannot listen there: {error}", where=f"{host}:{port}", hint="give another --port"
            ) from error
        config = uvicorn.Config(build_app(), log_level="warning", access_log=False)
        uvicorn.Server(config).run(sockets=[listener])


async def _read_body(request: Request) -> bytes:
    """The body, or a refusal as soon as it is longer than the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            raise _Refused(413, f"a task may have {BODY_LIMIT_BYTES} bytes")
    return bytes(body)


class _Asked(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request; without a resolver the registry finds the first that offers the operation."""

    operation: str
    input_data: dict[str, Any] = {}
    resolver: str | None = None
    version: str | None = None
    id: str | None = None


def _routed(body: bytes, registry: TaskResolverRegistry) -> tuple[Resolver, Task]:
    """The resolver that is to answer, and the task."""
    try:
        asked = msgspec.json.decode(body, type=_Asked)
    except msgspec.ValidationError as error:
        raise _Refused(422, f"no task: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _Refused(400, f"the body is no JSON: {error}") from None
    task = Task(asked.operation, {**asked.input_data, "operation": asked.operation})
    if asked.id:
        task.id = asked.id
    if asked.resolver is None:
        found = registry.find_for_task(task)
        if found is None:
            raise _Refused(404, f"no resolver offers {asked.operation!r}")
        return found, task
    named = registry.get(asked.resolver, asked.version)
    if named is None:
        names = ", ".join(sorted(resolver.metadata.name for resolver in registry.search()))
        raise _Refused(404, f"no resolver {asked.resolver!r} {asked.version or ''}".rstrip() + f"; there are {names}")
    if not named.can_handle(task):
        raise _Refused(
            422, f"no operation {asked.operation!r}; there are {', '.join(sorted(named.metadata.capabilities))}"
        )
    return named, task


def _result(result: TaskResult) -> Response:
    shown: dict[str, Any] = {
        "task_id": result.task_id,
        "status": str(result.status),
        "output_data": result.output_data,
        "execution_time_ms": result.execution_time_ms,
    }
    if result.is_success:
        return _answer(shown)
    error = result.error or {}
    is_rejected = str(error.get("kind", "")).islower()  # a TaskRejected has a word, any other exception its class name
    return _answer({**shown, "error": error}, status=422 if is_rejected else 500)


def _answer(content: object, *, status: int = 200) -> Response:
    try:
        body = msgspec.json.encode(content, enc_hook=_plain)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        body, status = msgspec.json.encode({"error": {"kind": "not_json", "message": str(error)}}), 500
    return Response(body, status_code=status, media_type="application/json")


def _plain(thing: object) -> object:
    """What JSON has no word for: mappings of other kinds, arrays and numbers of numpy."""
    if isinstance(thing, Mapping):
        return dict(thing)
    convert = getattr(thing, "tolist", None)
    if convert is None:
        raise TypeError(f"no JSON for {type(thing).__name__}")
    return convert()


class _Echo(Resolver):
    def __init__(self) -> None:
        super().__init__(ResolverMetadata("echo", "1.0.0", "returns its text", frozenset({"echo"})))

    async def answer(self, task: Task) -> dict[str, Any]:
        return {"text": required(task, "text", str)}


def echo() -> Offer:
    """What shows the cost of the service itself."""
    return _Echo(), [{"operation": "echo", "input_data": {"text": "hello"}}]


def _llm_parsing() -> Offer:
    answer = {"steps": [{"name": f"step {number}", "needs": [number - 1]} for number in range(20)], "confidence": 0.9}
    content = f"Here is the plan:\n```json\n{json.dumps(answer, indent=1)}\n```\nShall I begin?"
    task = {"operation": "parse_response", "input_data": {"content": content, "model": "any"}}
    return OptimizedResponseParser(), [task]


def _vector_search() -> Offer:
    resolver = OptimizedVectorSearch(_DIMENSIONS)
    texts = [f"document {number} about {_TOPICS[number % len(_TOPICS)]}" for number in range(_DOCUMENTS_COUNT)]
    resolver.store.put([Document(f"d{number}", text, resolver.embedder(text)) for number, text in enumerate(texts)])
    searches = [
        {"operation": "search", "input_data": {"query": f"something about {topic}", "top_k": 5}} for topic in _TOPICS
    ]
    return resolver, searches
