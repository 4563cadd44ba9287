"""Six caches tried against their declared policies, what a lookup costs, and where a cache loses to no cache.

The caches are made with their own bounds and tried against those of the row: the two must agree.
"""

import random
from functools import partial
from itertools import cycle, repeat

import pytest

from boss_perf.resolvers.caches import BoundedCache, LookupCache, Policy, run_trial
from boss_perf.resolvers.caches.contract import MIB
from boss_perf.resolvers.caches.subjects import (
    embedding_subject,
    file_subject,
    health_subject,
    lookup_subject,
    query_subject,
    response_subject,
)
from boss_perf.resolvers.caches.trial import zipf_trace

NAMES_COUNT = 1_000
VERSIONS_COUNT = 5
LOOKUPS_COUNT = 2_000
LOOKUPS_PER_CALL = 100


def tried(trial, make_cache, **seed):
    """Record every check of the policy that the row declares; `seed` is what holds where the row is silent."""
    declared = {name: trial.policy.get(name) or bound for name, bound in seed.items()}
    report = run_trial(make_cache, Policy(**declared))
    for check in report.checks:
        trial.check(check.name, check.passed, check.expected, check.observed)
    trial.fact("hit_ratio", report.hit_ratio)


def test_embedding_cache(trial):
    tried(trial, embedding_subject, max_entries=1000, ttl_s=3600)


def test_query_cache(trial):
    tried(trial, query_subject, max_entries=500, ttl_s=300)


def test_lookup_cache(trial):
    tried(trial, lookup_subject, max_entries=100, ttl_s=600)


def test_health_cache(trial):
    tried(trial, health_subject, max_entries=50, ttl_s=60)


def test_file_cache(trial, tmp_path):
    directories = (tmp_path / str(number) for number in range(100))

    def fresh(clock):
        directory = next(directories)
        directory.mkdir()
        return file_subject(clock, directory)

    tried(trial, fresh, max_entries=250, max_bytes=100 * MIB)


def test_response_cache(trial):
    """The seed gives no lifetime ("varies"): each response brings its own, and 300 s hold where it brings none."""
    tried(trial, response_subject, max_entries=500, ttl_s=300)


@pytest.fixture
def full_cache():
    cache = BoundedCache(Policy(max_entries=1000, ttl_s=3600))
    for number in range(1000):
        cache.put(f"key {number}", number)
    return cache


def test_get(benchmark, full_cache):
    """One hit in a full cache of 1 000 entries."""
    keys = [f"key {number}" for number in range(1000)]
    random.Random(1).shuffle(keys)
    assert benchmark(map(full_cache.get, cycle(keys)).__next__) is not None


def test_set(benchmark, full_cache):
    """One new entry in a full cache: another one is evicted."""
    keys = [f"new {number}" for number in range(5000)]
    assert benchmark(map(full_cache.put, cycle(keys), repeat(1)).__next__) is True
    assert len(full_cache) == 1000


class Registry:
    """A registry that finds the latest of five versions as BOSS does: by reading all of them at each lookup."""

    def __init__(self):
        self.resolvers = {
            f"resolver {name}": {f"1.{minor}.0": object() for minor in range(VERSIONS_COUNT)}
            for name in range(NAMES_COUNT)
        }

    def latest(self, name):
        """The resolver with the highest version."""
        versions = self.resolvers[name]
        return versions[max(versions, key=lambda version: [int(part) for part in version.split(".")])]


@pytest.fixture(scope="module")
def registry():
    return Registry()


def slices_of(keys):
    names = [f"resolver {key}" for key in keys]
    return [names[start : start + LOOKUPS_PER_CALL] for start in range(0, len(names), LOOKUPS_PER_CALL)]


def compare_lookups(paired, registry, keys):
    """A hundred lookups per call, the trace long enough that the cache never holds all of it."""
    cache = LookupCache()

    def cached(names):
        return [cache.resolver(name, partial(registry.latest, name)) for name in names]

    warm_up = LookupCache()
    for key in keys:
        warm_up.resolver(f"resolver {key}", partial(registry.latest, f"resolver {key}"))
    paired.extra_info["hit_ratio"] = warm_up.entries.stats().hit_ratio
    paired(
        baseline=lambda names: [registry.latest(name) for name in names],
        optimized=cached,
        inputs=slices_of(keys),
        agree=lambda left, right: all(one is two for one, two in zip(left, right, strict=True)),
    )


def test_uniform_lookups(paired, registry):
    """The negative control: a tenth of the names fits, so nine lookups in ten pay for the cache and get nothing."""
    compare_lookups(paired, registry, zipf_trace(LOOKUPS_COUNT, distinct_count=NAMES_COUNT, exponent=0.0))


def test_zipf_lookups(paired, registry):
    compare_lookups(paired, registry, zipf_trace(LOOKUPS_COUNT, distinct_count=NAMES_COUNT))
