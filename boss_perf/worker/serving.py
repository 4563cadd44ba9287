"""Turns a suite's own `benchmark` fixture into one that serves the tool."""

from collections.abc import Callable, Sequence
from typing import Any

from .subject import Subject


def make_serving(fixture: Any, serve_subject: Callable[[Subject, Any], None]) -> None:
    """Give a fixture object calls that serve; its class stays a subclass of what the suite expects."""

    def serve_one(subject: Subject) -> Any:
        answer = subject.call_once()
        serve_subject(subject, answer)
        return answer

    class Serving(type(fixture)):  # type: ignore[misc]
        def __call__(self, function_to_benchmark: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            self._take("benchmark(...)")
            return serve_one(Subject(function_to_benchmark, args=args, kwargs=kwargs))

        def pedantic(
            self,
            target: Callable[..., Any],
            args: Sequence[Any] = (),
            kwargs: dict[str, Any] | None = None,
            setup: Callable[[], Any] | None = None,
            teardown: Callable[..., Any] | None = None,
            **_rounds: Any,
        ) -> Any:
            self._take("benchmark.pedantic(...)")
            return serve_one(Subject(target, args=args, kwargs=kwargs, setup=setup, teardown=teardown))

        def _take(self, mode: str) -> None:
            used = getattr(self, "_mode", None)
            if used:
                self.has_error = True
                raise RuntimeError(f"a benchmark fixture serves one call; it was used before as {used}")
            self._mode: str | None = mode

    fixture.__class__ = Serving
