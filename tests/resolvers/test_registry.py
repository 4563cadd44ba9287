"""One body over both registries, and the optimized one held equal to the baseline on generated histories."""

import asyncio
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.resolvers.protocol import Resolver, ResolverMetadata, Task, TaskRejected
from boss_perf.resolvers.registry import BaselineRegistry, OptimizedRegistry, optimized, version_key

KINDS = (BaselineRegistry, OptimizedRegistry)


class Named(Resolver):
    async def answer(self, task):
        return {}


class Choosy(Named):
    """Decides by itself what it can handle."""

    def can_handle(self, task):
        return task.name == f"for {self.metadata.name}"


def make(name, version="1.0.0", *, capabilities=(), tags=(), kind=Named):
    return kind(ResolverMetadata(name, version, "", frozenset(capabilities), frozenset(tags)))


@pytest.fixture(params=KINDS)
def registry(request):
    return request.param()


def ask(registry, **arguments):
    return asyncio.run(registry.resolve(Task("registry", arguments)))


def kind_of_error(registry, **arguments):
    result = ask(registry, **arguments)
    assert not result.is_success
    assert result.output_data == {}
    return result.error["kind"]


def test_the_latest_version_is_the_greatest_not_the_last_registered(registry):
    made = {version: make("a", version) for version in ("1.9.0", "1.10.0", "1.10.0-rc.1", "0.99")}
    for resolver in made.values():
        registry.register(resolver)
    assert registry.get("a") is made["1.10.0"]
    assert registry.get("a", "1.9.0") is made["1.9.0"]
    assert registry.get("a", "1.9") is registry.get("b") is None
    assert registry.versions("a") == ["0.99", "1.9.0", "1.10.0-rc.1", "1.10.0"]


def test_pre_releases_come_in_the_order_of_the_semver_specification(registry):
    expected = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11"]
    expected += ["1.0.0-rc.1", "1.0.0", "1.0.1-0", "2.0.0-x-y"]
    for version in reversed(expected):
        registry.register(make("a", version))
    assert registry.versions("a") == sorted(expected, key=version_key) == expected


def test_an_answer_changes_at_once_when_a_version_comes_or_goes(registry):
    older, newer, again = make("a", "1.0.0", tags={"old"}), make("a", "2.0.0", capabilities={"run"}), make("a", "2.0.0")
    registry.register(older)
    registry.register(newer)
    assert registry.get("a") is newer
    assert registry.search(tags={"old"}) == []
    assert registry.find_for_task(Task("t", {"operation": "run"})) is newer
    registry.register(again)
    assert registry.get("a") is again
    assert registry.find_for_task(Task("t", {"operation": "run"})) is None
    assert registry.unregister("a", "2.0.0") is True
    assert registry.unregister("a", "2.0.0") is False
    assert registry.get("a") is older
    assert registry.search(tags={"old"}) == [older]
    assert registry.unregister("a") is True
    assert registry.unregister("a") is False
    assert registry.get("a") is registry.get("a", "1.0.0") is None


def test_the_first_registered_that_can_handle_a_task_gets_it(registry):
    first, choosy, second = make("z", capabilities={"run"}), make("m", kind=Choosy), make("a", capabilities={"run"})
    for resolver in (first, choosy, second):
        registry.register(resolver)
    assert registry.find_for_task(Task("t", {"operation": "run"})) is first
    assert registry.find_for_task(Task("for m", {"operation": "run"})) is first
    assert registry.find_for_task(Task("for m")) is choosy
    assert registry.find_for_task(Task("t", {"operation": "run"}, context={"resolver": "a"})) is second
    assert registry.find_for_task(Task("t", {"operation": "run"}, context={"resolver": "m"})) is first
    registry.unregister("z")
    assert registry.find_for_task(Task("for m", {"operation": "run"})) is choosy


def test_a_search_needs_every_tag_and_capability_and_keeps_the_order(registry):
    resolvers = [make(name, capabilities={"run"}, tags={name[0]}) for name in ("beta", "alpha", "bravo", "able")]
    for resolver in resolvers:
        registry.register(resolver, tags={"all"}, capabilities={"extra"})
    assert registry.search() == resolvers
    assert registry.search(tags={"b", "all"}, capabilities={"run", "extra"}) == [resolvers[0], resolvers[2]]
    assert registry.search("a", capabilities={"extra"}) == [resolvers[1], resolvers[3]]
    assert registry.search("a") == [resolvers[1], resolvers[3]]
    assert registry.search(tags={"a", "b"}) == registry.search(tags={"none"}) == []


def test_tasks_are_answered_through_the_protocol(registry):
    resolver = make("a", "1.2.0", capabilities={"run"})
    assert ask(registry, operation="register", resolver=resolver, tags=["t"]).output_data == {
        "name": "a",
        "version": "1.2.0",
    }
    found = {"resolver": resolver, "name": "a", "version": "1.2.0"}
    assert ask(registry, operation="get", name="a").output_data == found
    assert ask(registry, operation="get", name="a", version="1.2.0").output_data == found
    assert ask(registry, operation="find", task=Task("t", {"operation": "run"})).output_data == found
    assert ask(registry, operation="search", tags=["t"], pattern="a").output_data == {
        "resolvers": [resolver],
        "count": 1,
    }
    assert ask(registry, operation="versions", name="a").output_data == {"versions": ["1.2.0"]}
    assert ask(registry, operation="unregister", name="a").output_data == {"unregistered": True}
    assert kind_of_error(registry, operation="get", name="a") == "not_found"


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({}, "unknown_operation"),
        ({"operation": ["get"]}, "unknown_operation"),
        ({"operation": "get"}, "missing_field"),
        ({"operation": "get", "name": 3}, "wrong_type"),
        ({"operation": "get", "name": "a", "version": 1.0}, "wrong_type"),
        ({"operation": "find", "task": "run"}, "wrong_type"),
        ({"operation": "register", "resolver": object()}, "wrong_type"),
        ({"operation": "search", "tags": "all"}, "wrong_type"),
        ({"operation": "search", "tags": [["all"]]}, "wrong_type"),
        ({"operation": "search", "pattern": "("}, "wrong_value"),
        ({"operation": "search", "pattern": "a" * 100_000}, "wrong_value"),
        ({"operation": "get", "name": "x" * 5_000_000}, "not_found"),
    ],
)
def test_a_malformed_task_gets_an_error_result(registry, arguments, kind):
    assert kind_of_error(registry, **arguments) == kind


def test_input_that_is_no_mapping_gets_an_error_result(registry):
    result = asyncio.run(registry.resolve(Task("registry", ["get"])))
    assert result.error["kind"] == "wrong_type"


@pytest.mark.parametrize("version", ["", "1.x", "v1", "1..2", "1.0-", " 1", "1_0", "١", "1." * 200 + "0"])
def test_what_is_no_version_is_not_registered(registry, version):
    with pytest.raises(TaskRejected):
        registry.register(make("a", version))
    assert registry.search() == []


@pytest.mark.parametrize("name", ["", None, 3, ("a",)])
def test_what_is_no_name_is_not_registered(registry, name):
    registry.register(make("a"))
    assert kind_of_error(registry, operation="register", resolver=make(name)) == "wrong_value"
    assert ask(registry, operation="search", pattern="a").output_data["count"] == 1


def test_a_resolver_that_raises_when_asked_does_not_break_the_boundary(registry):
    class Broken(Named):
        def can_handle(self, task):
            raise RuntimeError("no answer")

    registry.register(make("a", kind=Broken))
    assert kind_of_error(registry, operation="find", task=Task("t")) == "RuntimeError"


VERSIONS = st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}(-[0-9a-c]{1,2}(\.[0-9a-c]{1,2})?)?(\+[a-c])?", fullmatch=True)
NAMES = st.sampled_from("abcde")
WORDS = st.frozensets(st.sampled_from(("run", "stop", "go")))


@st.composite
def changes(draw):
    if draw(st.booleans()):
        kind = draw(st.sampled_from((Named, Named, Choosy)))
        resolver = make(draw(NAMES), draw(VERSIONS), capabilities=draw(WORDS), tags=draw(WORDS), kind=kind)
        return lambda registry: registry.register(resolver, tags=("all",)).version
    name, version = draw(NAMES), draw(st.none() | VERSIONS)
    return lambda registry: registry.unregister(name, version)


@given(st.lists(changes(), max_size=25), st.sampled_from(("run", "stop", "never")), WORDS, WORDS)
def test_the_optimized_registry_answers_like_the_baseline(history, operation, tags, capabilities):
    baseline, optimized = BaselineRegistry(), OptimizedRegistry()
    for change in history:
        assert change(baseline) == change(optimized)
        for name in "abcde":
            assert baseline.get(name) is optimized.get(name)
            assert baseline.versions(name) == optimized.versions(name)
            for version in baseline.versions(name):
                assert baseline.get(name, version) is optimized.get(name, version) is not None
            task = Task(f"for {name}", {"operation": operation}, context={"resolver": name})
            assert baseline.find_for_task(task) is optimized.find_for_task(task)
    assert baseline.search(tags=tags, capabilities=capabilities) == optimized.search(
        tags=tags, capabilities=capabilities
    )
    assert baseline.search("[a-c]", tags=tags) == optimized.search("[a-c]", tags=tags)


def test_lookups_never_fail_while_versions_come_and_go():
    registry = OptimizedRegistry()
    registry.register(make("a", "1.0.0", capabilities={"run"}))
    found = []

    def look_up():
        task = Task("t", {"operation": "run"})
        found.extend(
            all((registry.get("a"), registry.find_for_task(task), registry.search(capabilities={"run"})))
            for _ in range(2_000)
        )

    readers = [Thread(target=look_up) for _ in range(2)]
    for reader in readers:
        reader.start()
    newer = make("a", "2.0.0", capabilities={"run"})
    while any(reader.is_alive() for reader in readers):
        registry.register(newer)
        registry.unregister("a", "2.0.0")
    assert len(found) == 4_000
    assert all(found)


def test_a_cancelled_call_passes_the_cancellation_on(registry):
    async def cancelled():
        call = asyncio.create_task(registry.resolve(Task("t", {})))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(cancelled())


def test_a_thousand_versions_of_one_name_cost_no_copies(monkeypatch):
    """The places looked at grow with the logarithm: no index of a name is made anew for each of its versions."""
    registry, looked_at = OptimizedRegistry(), []
    monkeypatch.setattr(optimized, "_key", lambda each: looked_at.append(each) or each[0])
    for number in range(1_000):
        registry.register(make("one", f"1.{(number * 7919) % 1_000}.0"))
        before = len(looked_at)
    exact = registry._exact["one"]
    registry.register(make("one", "1.5.0-rc.1"))
    assert registry._exact["one"] is exact
    assert len(looked_at) - before <= 12
    assert registry.get("one").metadata.version == "1.999.0"
