"""What parsing a response promises: the JSON that the standard library would read from it, or None.

Looked at is the inside of the first fence marked json, else of the first fence, else the whole text. Where that is not
JSON, what stands from its first { to its last } is tried. Numbers are exact: integers of any size stay integers, and
what `json` takes beyond the standard (NaN, Infinity, lone surrogates, the last of equal keys) is taken too.
"""

from abc import abstractmethod
from typing import Any

from ..protocol import Resolver, ResolverMetadata, Task, TaskRejected, required

OPERATION = "parse_response"
METADATA = ResolverMetadata("llm_parsing", "1.0.0", "the JSON inside a model's response", frozenset({OPERATION}))
CHARACTER_LIMIT = 32 * 2**20


class ResponseParser(Resolver):
    """Turns the content of a response into output: the stripped content, who wrote it, and its JSON if there is any."""

    def __init__(self, metadata: ResolverMetadata = METADATA) -> None:
        super().__init__(metadata)

    @abstractmethod
    def parse(self, content: str) -> Any:
        """The JSON value in the content; None where there is none, where it is null, or nested beyond recursion."""

    async def answer(self, task: Task) -> dict[str, Any]:
        """The output for `content`, with `model` and `tokens` passed on; `parse_json: false` leaves the JSON out.

        An empty object is a value and is kept; BOSS drops it.
        """
        content: str = required(task, "content", str)
        if len(content) > CHARACTER_LIMIT:
            raise TaskRejected("too_large", f"'content' may have {CHARACTER_LIMIT} characters, not {len(content)}")
        output = {
            "content": content.strip(),
            "model": task.input_data.get("model", ""),
            "tokens": task.input_data.get("tokens", {}),
        }
        if task.input_data.get("parse_json", True):
            value = self.parse(content)
            if value is not None:
                output["json"] = value
        return output
