import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from boss_perf.errors import MeasureError
from boss_perf.load.service import BODY_LIMIT_BYTES, build_app, echo, serve
from boss_perf.resolvers.protocol import Resolver, ResolverMetadata, Task


class Moody(Resolver):
    """Fails, or answers what JSON has no word for."""

    def __init__(self) -> None:
        super().__init__(ResolverMetadata("moody", "1", "", frozenset({"raise", "odd", "numpy"})))

    async def answer(self, task: Task) -> dict[str, Any]:
        import numpy as np

        match task.input_data["operation"]:
            case "raise":
                raise RuntimeError("broken inside")
            case "numpy":
                return {"scores": np.array([1.5, 2.5]), "best": np.float32(0.5)}
        return {"odd": object()}

    async def health_check(self) -> bool:
        return False


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(build_app([echo()]))


def test_a_task_is_answered(client: TestClient) -> None:
    answer = client.post(
        "/tasks", json={"resolver": "echo", "operation": "echo", "input_data": {"text": "ü"}, "id": "t1"}
    )
    assert answer.status_code == 200
    assert answer.json()["output_data"] == {"text": "ü"}
    assert answer.json()["task_id"] == "t1"


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        (b"", 400, "JSON"),
        (b"{", 400, "JSON"),
        (b"\xff\xfe", 400, "JSON"),
        (b'{"operation": "echo", "input_data": {"text": ' + b"[" * 100_000, 400, "JSON"),
        (b"[]", 422, "object"),
        (b"{}", 422, "operation"),
        (b'{"resolver": 1, "operation": "echo"}', 422, "resolver"),
        (b'{"resolver": "echo", "operation": "echo", "input_data": []}', 422, "input_data"),
        (b'{"resolver": "echo", "operation": "echo", "id": 5}', 422, "id"),
        (b'{"resolver": "echo", "operation": "echo", "inputdata": {}}', 422, "inputdata"),
        (b'{"resolver": "echo", "operation": "echo", "version": "9.9.9"}', 404, "9.9.9"),
        (b'{"operation": "sing"}', 404, "sing"),
        (b'{"resolver": "nobody", "operation": "echo"}', 404, "there are echo"),
        (b'{"resolver": "echo", "operation": "sing"}', 422, "there are echo"),
        (b'{"resolver": "echo", "operation": "echo"}', 422, "text"),
        (b'{"resolver": "echo", "operation": "echo", "input_data": {"text": 5}}', 422, "str"),
        (b" " * (BODY_LIMIT_BYTES + 1), 413, "bytes"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(
    client: TestClient, body: bytes, status: int, word: str
) -> None:
    answer = client.post("/tasks", content=body)
    assert answer.status_code == status
    assert word in answer.json()["error"]["message"]


def test_without_a_resolver_the_registry_finds_one(client: TestClient) -> None:
    answer = client.post("/tasks", json={"operation": "echo", "input_data": {"text": "a"}})
    assert answer.json()["output_data"] == {"text": "a"}


def test_other_methods_and_paths(client: TestClient) -> None:
    assert client.get("/tasks").status_code == 405
    assert client.get("/nothing").status_code == 404


def test_a_failing_resolver_is_a_500_and_the_next_task_is_answered() -> None:
    client = TestClient(build_app([(Moody(), []), echo()]))
    broken = client.post("/tasks", json={"resolver": "moody", "operation": "raise"})
    assert (broken.status_code, broken.json()["error"]["message"]) == (500, "broken inside")
    odd = client.post("/tasks", json={"resolver": "moody", "operation": "odd"})
    assert (odd.status_code, odd.json()["error"]["kind"]) == (500, "not_json")
    fine = client.post("/tasks", json={"resolver": "moody", "operation": "numpy"})
    assert fine.json()["output_data"] == {"scores": [1.5, 2.5], "best": 0.5}
    assert client.get("/health").status_code == 503
    assert client.get("/health").json()["ill"] == ["moody"]


def test_every_example_of_what_is_offered_is_answered() -> None:
    client = TestClient(build_app())
    examples = client.get("/tasks/examples").json()
    offered = client.get("/resolvers").json()["resolvers"]
    assert {example["resolver"] for example in examples} == set(offered) == {"echo", "llm_parsing", "vector_search"}
    for example in examples:
        answer = client.post("/tasks", content=json.dumps(example))
        assert answer.status_code == 200, (example, answer.text)


def test_a_taken_port_is_an_error_that_names_it(service: str) -> None:
    port = int(service.rsplit(":", 1)[1])
    with pytest.raises(MeasureError, match=str(port)):
        serve(port=port)
    with pytest.raises(MeasureError):
        serve(port=99_999)
