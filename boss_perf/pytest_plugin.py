"""What plain `pytest` sees of boss-perf: a brief `paired`, a `trial`, and a `benchmark` that awaits coroutines.

Imported by every pytest process where boss-perf is installed, so it imports next to nothing itself.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from boss_perf.worker.paired import Paired, Trial
    from boss_perf.worker.subject import Subject


@pytest.fixture
def paired(request: pytest.FixtureRequest) -> Paired:
    """Two implementations against each other, here briefly and each by pytest-benchmark; `boss-perf bench` compares."""
    from boss_perf.worker.paired import Paired

    benchmark = request.getfixturevalue("benchmark")

    def show_arms(arms: Sequence[str], subjects: Sequence[Subject], _first: Any) -> None:
        fixtures = (benchmark, copy.copy(benchmark))
        for arm, subject, fixture in zip(arms, subjects, fixtures, strict=True):
            fixture.name = f"{request.node.name}[{arm}]"
            fixture.fullname = f"{request.node.nodeid}[{arm}]"
            fixture.group = fixture.group or request.node.nodeid
            fixture.extra_info = {**pair.extra_info, "arm": arm}
            fixture(subject.single_call())

    pair = Paired(show_arms)
    return pair


@pytest.fixture
def trial() -> Iterator[Trial]:
    """A policy's checks; without targets.yaml the workload's own defaults are tried. A failed check fails the test."""
    from boss_perf.worker.paired import Trial

    trial = Trial({})
    yield trial
    failed = [
        f"{each.name}: expected {each.expected}, observed {each.observed}"
        for each in trial.checks
        if not each.is_passed
    ]
    if failed:
        pytest.fail("; ".join(failed), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Iterator[Any]:
    """Let pytest-benchmark's fixture await coroutines; by itself it would time their creation."""
    fixture = yield
    if fixturedef.argname == "benchmark" and type(fixture).__name__ == "BenchmarkFixture":
        fixture.__class__ = _awaiting(type(fixture))
    return fixture


def _awaiting(kind: type) -> type:
    class Awaiting(kind):  # type: ignore[misc]
        def __call__(self, function_to_benchmark: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            return super().__call__(_awaited(function_to_benchmark), *args, **kwargs)

        def pedantic(self, target: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            return super().pedantic(_awaited(target), *args, **kwargs)

    return Awaiting


def _awaited(function: Callable[..., Any]) -> Callable[..., Any]:
    from boss_perf.worker.event_loop import is_coroutine_callable, warm_loop

    if not is_coroutine_callable(function):
        return function
    loop = warm_loop()
    return lambda *args, **kwargs: loop.run_until_complete(function(*args, **kwargs))
