"""The six caches keep their promises, and the trial notices a cache that does not."""

import os
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.resolvers.caches import (
    BoundedCache,
    DependentCache,
    EmbeddingCache,
    FileCache,
    HealthCache,
    LookupCache,
    Policy,
    QueryCache,
    Response,
    ResponseCache,
    Verdict,
    run_trial,
)
from boss_perf.resolvers.caches import subjects as trial_subjects
from boss_perf.resolvers.caches.contract import MIB
from boss_perf.resolvers.caches.responses import lifetime_s
from boss_perf.resolvers.caches.trial import HandClock, Subject, zipf_trace


@pytest.fixture
def clock():
    return HandClock()


# The bounded cache against a model that is too simple to be wrong.

steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 6), st.integers(1, 9)),
        st.tuples(st.just("put_for"), st.integers(0, 6), st.integers(1, 9)),
        st.tuples(st.just("get"), st.integers(0, 6)),
        st.tuples(st.just("forget"), st.integers(0, 6)),
        st.tuples(st.just("wait"), st.integers(1, 6)),
    ),
    max_size=80,
)


@given(steps, st.integers(1, 4), st.one_of(st.none(), st.integers(4, 20)))
def test_any_history_gives_what_an_ordered_dict_gives(history, max_entries, max_bytes):
    clock = HandClock()
    policy = Policy(max_entries, ttl_s=5, max_bytes=max_bytes)
    cache = BoundedCache(policy, size_of=lambda value: value, clock=clock)
    model = OrderedDict()  # key -> (value, expires_s), least recently used first

    def room_for(key, value):
        model.pop(key, None)
        while len(model) >= max_entries or (max_bytes and sum(v for v, _ in model.values()) + value > max_bytes):
            model.popitem(last=False)

    for step in history:
        match step:
            case ("put" | "put_for" as kind, key, value):
                ttl_s = value if kind == "put_for" else 5
                is_kept = cache.put(key, value, ttl_s=ttl_s if kind == "put_for" else None)
                assert is_kept == (max_bytes is None or value <= max_bytes)
                if is_kept:
                    room_for(key, value)
                    model[key] = (value, clock.now_s + ttl_s)
                else:
                    model.pop(key, None)
            case ("get", key):
                value, expires_s = model.get(key, (None, 0))
                expected = value if clock.now_s < expires_s else None
                assert (key in cache) == (expected is not None)
                assert cache.get(key) == expected
                if expected is None:
                    model.pop(key, None)
                else:
                    model.move_to_end(key)
            case ("forget", key):
                assert cache.forget(key) == (model.pop(key, None) is not None)
            case ("wait", seconds):
                clock.now_s += seconds
        assert len(cache) == len(model) <= max_entries
        if max_bytes:
            assert cache.held_bytes() == sum(value for value, _ in model.values()) <= max_bytes
    expired_count = sum(clock.now_s >= expires_s for _, expires_s in model.values())
    assert cache.purge() == expired_count
    assert len(cache) == len(model) - expired_count


def test_the_counts_tell_why_entries_left(clock):
    cache = BoundedCache(Policy(2, ttl_s=10), clock=clock)
    for key in "abc":
        cache.put(key, key)
    assert cache.get("b") == "b"
    assert cache.get("a") is None
    cache.forget("b")
    clock.now_s += 10
    assert cache.get("c") is None
    stats = cache.stats()
    assert (stats.hit_count, stats.miss_count) == (1, 2)
    assert (stats.eviction_count, stats.invalidation_count, stats.expiry_count) == (1, 1, 1)
    assert stats.hit_ratio == pytest.approx(1 / 3)


@pytest.mark.parametrize("policy", [Policy(0), Policy(1, max_bytes=10)])
def test_a_policy_that_cannot_be_kept_is_refused(policy):
    with pytest.raises(ValueError, match=r"room|size_of"):
        BoundedCache(policy)


def test_none_cannot_be_cached_and_a_failed_make_leaves_nothing():
    cache = BoundedCache(Policy(2))
    with pytest.raises(ValueError, match="None"):
        cache.put("a", None)
    with pytest.raises(KeyError):
        cache.fetch("a", lambda: {}["missing"])
    assert cache.fetch("a", lambda: 0) == 0
    assert cache.fetch("a", lambda: 1) == 0, "a false value is a value"


def test_threads_neither_lose_counts_nor_break_the_bound():
    cache = BoundedCache(Policy(20, max_bytes=200), size_of=lambda value: value)

    def work(seed):
        for key in zipf_trace(2_000, distinct_count=60, seed=seed):
            if cache.get(key) is None:
                cache.put(key, 1 + key % 15)
            assert len(cache) <= 20
            assert cache.held_bytes() <= 200

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    stats = cache.stats()
    assert stats.hit_count + stats.miss_count == 16_000
    assert cache.held_bytes() == sum(1 + key % 15 for key in range(60) if key in cache)


def test_of_what_threads_put_each_is_held_or_counted_as_evicted():
    cache = BoundedCache(Policy(20))

    def work(first):
        for key in range(first, first + 2_000):
            cache.put(key, key)
            assert len(cache) <= 20

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(0, 16_000, 2_000)))
    assert (len(cache), cache.stats().eviction_count) == (20, 16_000 - 20)


# What each cache adds.


def test_a_value_made_while_its_source_changed_is_never_served():
    cache = DependentCache(Policy(10))

    def slow_read():
        cache.changed("t")
        return "old rows"

    assert cache.fetch("q", slow_read, sources=["t"]) == "old rows"
    assert cache.get("q") is None
    assert cache.fetch("q", lambda: "new rows", sources=["t"]) == "new rows"
    assert cache.get("q") == "new rows"


def test_what_was_being_made_while_its_source_changed_is_not_kept():
    cache = BoundedCache(Policy(10))
    assert cache.fetch("a", lambda: cache.forget("a") or "old") == "old"
    assert cache.fetch("a", lambda: cache.clear() or "older") == "older"
    assert cache.fetch("a", lambda: "new") == cache.get("a") == "new"
    responses = ResponseCache()
    stale = responses.response("GET", "/a", lambda: responses.forget("GET", "/a") or Response(200, b"old"))
    assert stale.body == b"old"
    assert responses.response("GET", "/a", lambda: Response(200, b"new")).body == b"new"
    verdicts = HealthCache()
    assert verdicts.verdict("db", lambda: verdicts.forget("db") or Verdict(True)).is_healthy
    assert not verdicts.verdict("db", lambda: Verdict(False)).is_healthy
    vectors = EmbeddingCache()
    assert vectors.embedding("a", lambda _text: vectors.clear() or np.zeros(3)).sum() == 0
    assert vectors.embedding("a", lambda _text: np.ones(3)).sum() == 3


def test_a_write_drops_the_queries_on_its_table_and_no_others():
    cache, runs = QueryCache(), []

    def rows(statement, *tables):
        return cache.rows(statement, (1,), tables=tables, run=lambda: runs.append(statement) or [len(runs)])

    for _ in range(2):
        rows("join", "Users", "orders"), rows("users", "users"), rows("items", "items")
    assert runs == ["join", "users", "items"]
    cache.wrote("USERS")
    rows("join", "Users", "orders"), rows("users", "users"), rows("items", "items")
    assert runs == ["join", "users", "items", "join", "users"]
    cache.rows("users", (2,), tables=["users"], run=lambda: runs.append("other parameters") or [])
    assert runs[-1] == "other parameters"


def test_an_empty_result_is_cached_too():
    cache, runs = QueryCache(), []
    for _ in range(3):
        assert cache.rows("none", (), tables=["t"], run=lambda: runs.append(1) or []) == ()
    assert len(runs) == 1


def test_a_new_version_changes_the_answer_at_once_for_every_version_asked():
    cache, registry = LookupCache(), {"latest": "1.9"}
    assert cache.resolver("a", lambda: registry["latest"]) == "1.9"
    assert cache.resolver("a", lambda: "exactly 1.9", version="1.9") == "exactly 1.9"
    registry["latest"] = "1.10"
    cache.changed("a")
    assert cache.resolver("a", lambda: registry["latest"]) == "1.10"
    assert cache.held("a", "1.9") is None
    assert cache.resolver("missing", lambda: None) is None
    assert cache.resolver("missing", lambda: "came later") == "came later"


def test_an_unhealthy_verdict_is_asked_for_again(clock):
    cache, answers = HealthCache(clock=clock), iter([Verdict(False, "down"), Verdict(True), Verdict(False, "again")])
    observed = []
    for wait_s in (0, 0, 59.9, 0.1):
        clock.now_s += wait_s
        observed.append(cache.verdict("db", lambda: next(answers)).is_healthy)
    assert observed == [False, True, True, False]
    assert HealthCache(unhealthy_ttl_s=5, clock=clock).keep("db", Verdict(False)) == Verdict(False)


def test_a_check_that_raises_is_not_held(clock):
    cache = HealthCache(clock=clock)
    with pytest.raises(TimeoutError):
        cache.verdict("db", lambda: (_ for _ in ()).throw(TimeoutError("hung")))
    assert cache.verdict("db", lambda: Verdict(True)).is_healthy


def aged(path, content, *, age_ns=10_000_000_000):
    path.write_bytes(content)
    moment_ns = path.stat().st_mtime_ns - age_ns
    os.utime(path, ns=(moment_ns, moment_ns))
    return path


def test_a_file_is_read_again_when_anything_about_it_changed(tmp_path):
    cache, path = FileCache(), aged(tmp_path / "a", b"one")
    assert cache.content(path) == b"one"
    assert cache.held(path) == b"one"
    aged(path, b"two", age_ns=9_000_000_000)
    assert cache.content(path) == b"two", "same size, other time"
    status = path.stat()
    other = aged(tmp_path / "b", b"six")
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)
    assert cache.content(path) == b"six", "same size, same time, other inode"
    assert cache.entries.stats().invalidation_count == 2


def test_a_file_just_written_is_served_but_not_kept(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    written_ns = path.stat().st_mtime_ns
    cache = FileCache(wall_clock_ns=lambda: written_ns + 1_000_000)
    assert cache.content(path) == b"one"
    assert cache.held(path) is None
    path.write_bytes(b"two")
    os.utime(path, ns=(written_ns, written_ns))
    assert cache.content(path) == b"two"


def test_a_file_that_vanished_is_an_error_and_gives_its_room_back(tmp_path):
    cache, path = FileCache(), aged(tmp_path / "a", b"x" * 100)
    cache.content(path)
    assert cache.entries.held_bytes() == 100
    path.unlink()
    with pytest.raises(FileNotFoundError):
        cache.content(path)
    assert cache.held(path) is None
    assert cache.entries.held_bytes() == 0


def test_a_file_larger_than_the_cache_is_served_but_not_kept(tmp_path):
    cache = FileCache(Policy(10, max_bytes=50))
    small, large = aged(tmp_path / "s", b"s" * 40), aged(tmp_path / "l", b"l" * 60)
    cache.content(small)
    assert cache.content(large) == b"l" * 60
    assert cache.held(large) is None
    assert cache.held(small) == b"s" * 40


@pytest.mark.parametrize(
    ("control", "expected_s"),
    [
        ("max-age=60", 60.0),
        ("public, MAX-AGE = 5", 5.0),
        ("s-maxage=9", None),
        ("max-age=60, no-store", 0.0),
        ("No-Cache", 0.0),
        ("max-age=soon", None),
        ("", None),
    ],
)
def test_a_response_says_how_long_it_holds(control, expected_s):
    assert lifetime_s({"cache-CONTROL": control}) == expected_s


def test_only_good_answers_to_safe_questions_are_kept(clock):
    cache, sent = ResponseCache(clock=clock), []

    def ask(method, url, response, **more):
        return cache.response(method, url, lambda: sent.append(url) or response, **more)

    good, bad = Response(200, b"yes"), Response(503, b"no")
    part, never_the_same = Response(206, b"y"), Response(200, b"yes", {"vary": " * "})
    for _ in range(2):
        ask("get", "/kept", good)
        ask("POST", "/posted", good)
        ask("GET", "/failed", bad)
        ask("GET", "/part", part)
        ask("GET", "/star", never_the_same)
        ask("GET", "/mine", good, vary="alice")
        ask("GET", "/mine", good, vary="bob")
    assert sorted(sent) == ["/failed"] * 2 + ["/kept"] + ["/mine"] * 2 + [
        "/part", "/part", "/posted", "/posted", "/star", "/star"
    ]  # fmt: skip
    clock.now_s += 300
    ask("GET", "/kept", good)
    assert sent[-1] == "/kept"


def test_a_model_change_does_not_reach_another_models_vectors():
    cache = EmbeddingCache()
    one = cache.embedding("a", lambda _text: np.ones(3), model="one")
    two = cache.embedding("a", lambda _text: np.zeros(3), model="two")
    assert one.sum() == 3
    assert two.sum() == 0


# The trial.

POLICIES = {
    "embedding_subject": Policy(1000, ttl_s=3600),
    "query_subject": Policy(500, ttl_s=300),
    "lookup_subject": Policy(100, ttl_s=600),
    "health_subject": Policy(50, ttl_s=60),
    "file_subject": Policy(250, max_bytes=100 * MIB),
    "response_subject": Policy(500, ttl_s=300),
}


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_every_cache_passes_its_trial_and_fails_one_of_other_bounds(name, tmp_path):
    numbers = iter(range(100))

    def make(clock):
        if name != "file_subject":
            return getattr(trial_subjects, name)(clock)
        directory = tmp_path / str(next(numbers))
        directory.mkdir()
        return trial_subjects.file_subject(clock, directory)

    declared = POLICIES[name]
    report = run_trial(make, declared)
    assert [check for check in report.checks if not check.passed] == []
    assert len(report.checks) >= 4
    assert 0.5 < report.hit_ratio < 0.9
    too_small = Policy(declared.max_entries // 2, declared.ttl_s, declared.max_bytes)
    failed = {check.name for check in run_trial(make, too_small).checks if not check.passed}
    assert "holds its bound in entries" in failed


class Careless:
    """A cache with one fault of choice; without one it is a plain LRU of twelve entries."""

    def __init__(self, clock, fault):
        self.clock, self.fault, self.held = clock, fault, OrderedDict()

    def store(self, number, size_bytes=1, ttl_s=10):
        self.held.pop(number, None)
        self.held[number] = (self.clock() + ttl_s, size_bytes)
        if self.fault == "never evicts":
            return
        while len(self.held) > 12 or (self.size() > 40 and self.fault != "counts no bytes"):
            self.held.popitem(last=self.fault == "evicts the newest")

    def holds(self, number):
        if number not in self.held:
            return False
        if self.held[number][0] <= self.clock() and self.fault != "never expires":
            del self.held[number]
            return False
        if self.fault != "first in, first out":
            self.held.move_to_end(number)
        return True

    def size(self):
        return sum(size_bytes for _, size_bytes in self.held.values())

    def forget(self, number):
        if self.fault != "never sees a change":
            self.held.pop(number, None)

    def subject(self):
        return Subject(
            store=self.store,
            holds=self.holds,
            entries_count=lambda: len(self.held),
            held_bytes=self.size,
            store_sized=self.store,
            store_for=lambda number, ttl_s: self.store(number, ttl_s=10 if self.fault == "one time for all" else ttl_s),
            change_source=self.forget,
        )


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("never evicts", "holds its bound in entries"),
        ("evicts the newest", "the least recently used leaves first"),
        ("first in, first out", "the least recently used leaves first"),
        ("never expires", "expires after its time"),
        ("one time for all", "each entry expires after its own time"),
        ("counts no bytes", "holds its bound in bytes"),
        ("never sees a change", "a changed source is seen at once"),
    ],
)
def test_the_trial_finds_each_fault(fault, expected):
    policy = Policy(12, ttl_s=10, max_bytes=40)
    report = run_trial(lambda clock: Careless(clock, fault).subject(), policy)
    assert expected in {check.name for check in report.checks if not check.passed}
    faultless = run_trial(lambda clock: Careless(clock, None).subject(), policy)
    assert all(check.passed for check in faultless.checks)
    assert len(faultless.checks) == 7


def test_a_trace_is_the_same_every_time_and_as_popular_as_stated():
    trace = zipf_trace(20_000, distinct_count=100)
    assert trace == zipf_trace(20_000, distinct_count=100)
    assert trace.count(0) / trace.count(9) == pytest.approx(10, rel=0.2)
    uniform = zipf_trace(20_000, distinct_count=100, exponent=0.0)
    assert uniform.count(0) / uniform.count(99) == pytest.approx(1, abs=0.3)


def test_the_sources_that_are_remembered_are_bounded_and_no_change_is_missed():
    cache = DependentCache(Policy(10))
    cache.fetch("early", lambda: 1, sources=("quiet",))
    cache.fetch("stale", lambda: 1, sources=("first",))
    cache.changed("first")
    for number in range(10_000):
        cache.changed(f"name {number}")
    assert len(cache._changed_at) == 80
    assert cache.get("stale") is None
    assert cache.get("early") is None, "older than what is remembered: it cannot be known to hold"
    cache.fetch("late", lambda: 2, sources=("quiet",))
    cache.changed("other")
    assert cache.get("late") == 2


@given(st.lists(st.tuples(st.sampled_from(("fetch", "changed", "get")), st.integers(0, 30)), max_size=200))
def test_whatever_is_served_was_made_after_the_last_change_of_its_source(steps):
    cache, versions = DependentCache(Policy(4)), [0] * 31
    for what, number in steps:
        if what == "changed":
            versions[number] += 1
            cache.changed(number)
        elif what == "fetch":
            assert cache.fetch(number, lambda at=number: (versions[at],), sources=(number,)) == (versions[number],)
        else:
            assert cache.get(number) in (None, (versions[number],))
