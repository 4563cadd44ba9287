"""A registry of 1 000 names with 5 versions each: the latest, an exact version, and who can handle a task.

Names are asked for uniformly, so nothing that merely remembers recent names can win.
"""

import random
from functools import partial

import pytest

from boss_perf.resolvers.protocol import Resolver, ResolverMetadata, Task
from boss_perf.resolvers.registry import BaselineRegistry, OptimizedRegistry

NAME_COUNT = 1_000
VERSIONS = ("1.2.0", "1.9.3", "1.10.0", "0.8.14", "1.0.7")
LATEST = "1.10.0"
NAMES = [f"resolver_{number:04}" for number in range(NAME_COUNT)]


class Named(Resolver):
    """Offers one operation of its own."""

    def __init__(self, name, version):
        super().__init__(ResolverMetadata(name, version, "", frozenset({f"{name}.run"}), frozenset({f"tag_{version}"})))

    async def answer(self, task):
        """Nothing: registries only look at what it declares."""
        return {}


RESOLVERS = [Named(name, version) for name in NAMES for version in VERSIONS]


def filled(kind):
    registry = kind()
    for resolver in RESOLVERS:
        registry.register(resolver)
    return registry


@pytest.fixture(scope="module")
def plain():
    return filled(BaselineRegistry)


@pytest.fixture(scope="module")
def fast():
    return filled(OptimizedRegistry)


@pytest.fixture(scope="module")
def names():
    return random.Random(7).sample(NAMES, NAME_COUNT)


def assert_always_current(registry):
    """The same object for every name, and no stale answer after a change."""
    assert all(registry.get(name) is registry.get(name, LATEST) is not None for name in NAMES)
    newer = Named(NAMES[0], "1.11.0")
    registry.register(newer)
    assert registry.get(NAMES[0]) is newer
    registry.unregister(NAMES[0], "1.11.0")
    assert registry.get(NAMES[0]) is registry.get(NAMES[0], LATEST)


def test_latest_baseline_vs_optimized(paired, plain, fast, names):
    """One op finds the latest version of one name."""
    assert_always_current(plain)
    assert_always_current(fast)
    paired(baseline=plain.get, optimized=fast.get, inputs=names, agree=is_same)


def test_exact(paired, plain, fast, names):
    """One op finds one version of one name."""
    paired(
        baseline=partial(plain.get, version="1.9.3"),
        optimized=partial(fast.get, version="1.9.3"),
        inputs=names,
        agree=is_same,
    )


def test_find_for_task(paired, plain, fast):
    """One op looks among all 1 000 for one that can handle a task which none can."""
    last = Task("known", {"operation": f"{NAMES[-1]}.run"})
    assert plain.find_for_task(last) is fast.find_for_task(last) is fast.get(NAMES[-1])
    found, _ = paired(
        baseline=plain.find_for_task, optimized=fast.find_for_task, inputs=[Task("nobody", {"operation": "nobody.run"})]
    )
    assert found is None


def test_search(paired, plain, fast):
    """One op searches by a capability that one of the 1 000 has."""
    wanted = (f"{NAMES[400]}.run",)
    found, _ = paired(
        baseline=partial(plain.search, capabilities=wanted), optimized=partial(fast.search, capabilities=wanted)
    )
    assert found == [fast.get(NAMES[400])]


def test_latest_lookup(benchmark, fast):
    """One op finds the latest version of one name."""
    assert_always_current(fast)
    found = benchmark(fast.get, NAMES[500])
    assert found is fast.get(NAMES[500], LATEST)


def test_find_lookup(benchmark, fast):
    """One op finds out that none of the 1 000 can handle a task."""
    assert benchmark(fast.find_for_task, Task("nobody", {"operation": "nobody.run"})) is None


def test_lookup_overhead(paired, fast, names):
    """One op finds the latest version of one name; the baseline is the access to a dict that nothing can undercut."""
    bare = {name: fast.get(name) for name in NAMES}
    paired(baseline=bare.get, optimized=fast.get, inputs=names, agree=is_same)


def is_same(left, right):
    return left is right is not None
