"""The same answers with and without the cache, and the embedder asked no more than the policy allows."""

import asyncio

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boss_perf.resolvers.caches.contract import Policy
from boss_perf.resolvers.caches.embeddings import POLICY, EmbeddingCache
from boss_perf.resolvers.caches.trial import zipf_trace
from boss_perf.resolvers.protocol import Task, TaskStatus
from boss_perf.resolvers.vector_search import OptimizedVectorSearch
from boss_perf.resolvers.vector_search.cached import (
    CachedTextSearch,
    CostlyEmbedder,
    expected_reduction,
)

DIMS = 16


class FakeClock:
    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


def free_embedder():
    return CostlyEmbedder(DIMS, cost_s=0)


def ask(resolver, **arguments):
    return asyncio.run(resolver.resolve(Task("search", arguments)))


def with_documents(resolver):
    for number in range(12):
        assert ask(resolver, operation="index", doc_id=f"d{number}", content=f"text {number}").is_success
    return resolver


@pytest.fixture(params=["baseline", "optimized"])
def resolver(request):
    return {"baseline": OptimizedVectorSearch, "optimized": CachedTextSearch}[request.param](DIMS, free_embedder())


def test_a_text_finds_the_document_with_the_same_text(resolver):
    found = ask(with_documents(resolver), operation="search", query="text 7", top_k=1).output_data
    assert found["results"][0]["doc_id"] == "d7"
    assert found["results"][0]["score"] == pytest.approx(1.0, abs=1e-3)


def test_a_failing_embedder_is_an_error_result_and_is_asked_again():
    for kind in (OptimizedVectorSearch, CachedTextSearch):
        answers = iter([ConnectionError("down"), np.ones(DIMS)])

        def flaky(_text, answers=answers):
            answer = next(answers)
            if isinstance(answer, Exception):
                raise answer
            return answer

        resolver = kind(DIMS, flaky)
        failed = ask(resolver, operation="search", query="a")
        assert failed.status is TaskStatus.ERROR
        assert failed.error["kind"] == "ConnectionError"
        assert ask(resolver, operation="search", query="a").is_success


@settings(max_examples=20)
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=3), max_size=40), st.integers(1, 5))
def test_any_stream_gets_the_same_answers(texts, max_entries):
    plain = with_documents(OptimizedVectorSearch(DIMS, free_embedder()))
    small = EmbeddingCache(Policy(max_entries=max_entries, ttl_s=60))
    fast = with_documents(CachedTextSearch(DIMS, free_embedder(), cache=small))
    for text in texts:
        left, right = (ask(each, operation="search", query=text, top_k=3).output_data for each in (plain, fast))
        assert left == right
    assert len(small) <= max_entries


def test_the_embedder_is_asked_once_per_text_until_an_hour_has_passed():
    clock, embedder = FakeClock(), free_embedder()
    resolver = CachedTextSearch(DIMS, embedder, cache=EmbeddingCache(clock=clock))
    for moment_s, calls_count in ((0, 1), (1, 1), (3599.9, 1), (3600, 2), (7199, 2), (7200, 3)):
        clock.now_s = moment_s
        resolver.embedder("the same text")
        assert embedder.call_count == calls_count, moment_s


def test_the_text_used_longest_ago_is_the_one_embedded_again():
    embedder = free_embedder()
    resolver = CachedTextSearch(DIMS, embedder, cache=EmbeddingCache(Policy(max_entries=2)))
    for text in ("a", "b", "a", "c", "a"):
        resolver.embedder(text)
    assert embedder.call_count == 3
    resolver.embedder("b")
    assert embedder.call_count == 4


def test_two_models_do_not_share_vectors_in_one_cache():
    shared = EmbeddingCache()
    one = CachedTextSearch(DIMS, lambda _text: np.ones(DIMS), cache=shared, model="one")
    two = CachedTextSearch(DIMS, lambda _text: np.zeros(DIMS), cache=shared, model="two")
    assert one.embedder("a").sum() == DIMS
    assert two.embedder("a").sum() == 0


def test_a_caller_cannot_change_a_cached_vector():
    resolver = CachedTextSearch(DIMS, free_embedder())
    vector = resolver.embedder("a")
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 9.0


def test_the_stated_stream_hits_three_times_in_four():
    trace = zipf_trace(6_000, distinct_count=5_000)
    embedder = free_embedder()
    cache = EmbeddingCache(POLICY)
    for key in trace[:3_000]:
        cache.embedding(str(key), embedder)
    calls_before = embedder.call_count
    for key in trace[3_000:]:
        cache.embedding(str(key), embedder)
    assert 0.70 <= 1 - (embedder.call_count - calls_before) / 3_000 <= 0.80


def test_the_expected_reduction_has_the_hit_ratio_as_its_ceiling():
    assert expected_reduction(0.75, embedding_s=0.005, search_s=0.0) == pytest.approx(0.75)
    assert expected_reduction(0.75, embedding_s=0.005, search_s=0.005) == pytest.approx(0.375)
    assert expected_reduction(0.75, embedding_s=0.014, search_s=0.0035) == pytest.approx(0.6)


def test_the_cost_of_an_embedding_changes_nothing_about_its_vector():
    dear = CostlyEmbedder(DIMS, cost_s=0.0005)
    assert dear.rounds_count > free_embedder().rounds_count == 0
    assert np.array_equal(dear("a"), free_embedder()("a"))
    assert not np.array_equal(dear("a"), dear("b"))
