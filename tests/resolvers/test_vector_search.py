"""One body over every arm of vector search: the same tasks, the same answers."""

import asyncio
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.resolvers.protocol import Task, TaskStatus
from boss_perf.resolvers.vector_search import (
    BaselineVectorSearch,
    Document,
    OptimizedVectorSearch,
    TrigramEmbedder,
    VectorRows,
    clustered,
    mean_recall,
    recall,
    rows,
    same_neighbours,
)

DIMS = 8

ARMS = {
    "baseline": lambda dims=DIMS: BaselineVectorSearch(dims),
    "exact": lambda dims=DIMS: OptimizedVectorSearch(dims, graph_from_count=None),
    "graph": lambda dims=DIMS: OptimizedVectorSearch(dims, graph_from_count=6),
}


@pytest.fixture(params=sorted(ARMS))
def resolver(request):
    if request.param == "graph":
        pytest.importorskip("hnswlib", reason="hnswlib is not installed: pip install boss-perf[hnsw]")
    return ARMS[request.param]()


def ask(resolver, **arguments):
    return asyncio.run(resolver.resolve(Task("vectors", arguments)))


def output(resolver, **arguments):
    result = ask(resolver, **arguments)
    assert result.is_success, result.message
    return result.output_data


def unit(place):
    return [1.0 if each == place else 0.0 for each in range(DIMS)]


def with_axes(resolver):
    """Eight documents, one along each axis; even ones are red."""
    documents = [
        {"doc_id": f"d{axis}", "content": f"axis {axis}", "vector": unit(axis), "metadata": {"red": axis % 2 == 0}}
        for axis in range(DIMS)
    ]
    assert output(resolver, operation="batch_index", documents=documents)["success_count"] == DIMS
    return resolver


def test_the_nearest_document_comes_first_with_its_cosine(resolver):
    query = [0.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    found = output(with_axes(resolver), operation="search", query_vector=query, top_k=2)
    assert [hit["doc_id"] for hit in found["results"]] == ["d2", "d1"]
    assert [hit["score"] for hit in found["results"]] == pytest.approx([0.8, 0.6], abs=1e-3)
    assert found["count"] == 2
    assert found["results"][0]["content"] == "axis 2"
    assert found["results"][0]["metadata"] == {"red": True}


def test_a_filter_chooses_before_the_best_are_taken(resolver):
    with_axes(resolver)
    found = output(resolver, operation="search", query_vector=unit(1), top_k=2, filter={"red": True})
    assert found["count"] == 2
    assert all(hit["metadata"]["red"] for hit in found["results"])
    assert output(resolver, operation="search", query_vector=unit(1), filter={"blue": True})["results"] == []


def test_a_deleted_document_is_never_found_again(resolver):
    with_axes(resolver)
    assert output(resolver, operation="delete", doc_id="d3")["deleted"] is True
    assert output(resolver, operation="delete", doc_id="d3")["deleted"] is False
    found = output(resolver, operation="search", query_vector=unit(3), top_k=50)
    assert "d3" not in {hit["doc_id"] for hit in found["results"]}
    assert found["count"] == DIMS - 1
    assert ask(resolver, operation="get", doc_id="d3").error["kind"] == "not_found"
    removed = output(resolver, operation="batch_delete", doc_ids=["d1", "d2", "d3"])
    assert (removed["deleted_count"], removed["total"]) == (2, 3)
    assert output(resolver, operation="count")["count"] == DIMS - 3


def test_an_upsert_replaces_the_document_and_its_vector(resolver):
    with_axes(resolver)
    output(resolver, operation="upsert", doc_id="d0", content="moved", vector=unit(5))
    assert output(resolver, operation="count")["count"] == DIMS
    assert output(resolver, operation="get", doc_id="d0")["content"] == "moved"
    found = output(resolver, operation="search", query_vector=unit(0), top_k=DIMS)["results"]
    assert all(hit["score"] == pytest.approx(0.0, abs=1e-3) for hit in found)
    assert {
        hit["doc_id"] for hit in output(resolver, operation="search", query_vector=unit(5), top_k=2)["results"]
    } == {
        "d0",
        "d5",
    }


def test_clear_forgets_everything_and_the_store_works_on(resolver):
    with_axes(resolver)
    assert output(resolver, operation="clear") == {"cleared": True, "count": DIMS}
    assert output(resolver, operation="search", query_vector=unit(0))["results"] == []
    assert output(with_axes(resolver), operation="count")["count"] == DIMS


def filled(resolver, corpus):
    resolver.store.put(corpus.documents())
    return resolver


def test_a_text_is_found_by_a_similar_text():
    resolver = OptimizedVectorSearch(256)
    for doc_id, content in {"a": "connection pool exhausted", "b": "render the monthly report"}.items():
        output(resolver, operation="index", doc_id=doc_id, content=content)
    found = output(resolver, operation="search", query="the connection pool is exhausted", top_k=1)
    assert found["results"][0]["doc_id"] == "a"
    assert found["query"] == "the connection pool is exhausted"


def test_anagrams_are_different_texts_and_embedding_leaves_the_global_generator_alone():
    embed = TrigramEmbedder(64)
    before = np.random.get_state()[1].tolist()
    assert not np.array_equal(embed("listen"), embed("silent"))
    assert np.array_equal(embed("listen"), embed("listen"))
    assert np.random.get_state()[1].tolist() == before


def test_a_batch_reports_its_bad_members_and_does_the_others(resolver):
    documents = [{"doc_id": "a", "content": "x", "vector": unit(0)}, {"doc_id": "b"}, 7, {"doc_id": "c", "content": ""}]
    answer = output(resolver, operation="batch_index", documents=documents)
    assert (answer["success_count"], answer["error_count"], answer["total"]) == (1, 3, 4)
    queries = [{"query_id": "q", "query_vector": unit(0)}, {"query_vector": [1.0]}]
    answer = output(resolver, operation="batch_search", queries=queries, top_k=3)
    assert answer["results"][0]["query_id"] == "q"
    assert answer["errors"][0]["kind"] == "wrong_value"


@pytest.mark.parametrize(
    ("bad", "kind"),
    [({"content": "\ud800"}, "UnicodeEncodeError"), ({"content": "x", "vector": [10**400] * DIMS}, "wrong_type")],
)
def test_a_member_that_cannot_be_embedded_does_not_hide_what_became_of_the_others(resolver, bad, kind):
    documents = [{"doc_id": each, "content": "x", "vector": unit(0)} for each in "abc"]
    documents[1] = {"doc_id": "b", **bad}
    answer = output(resolver, operation="batch_index", documents=documents)
    assert [each["doc_id"] for each in answer["results"]] == ["a", "c"]
    assert [(each["doc_id"], each["kind"]) for each in answer["errors"]] == [("b", kind)]


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"operation": "nonsense"},
        {"operation": ["search"]},
        {"operation": "search"},
        {"operation": "search", "query": ""},
        {"operation": "search", "query": 7},
        {"operation": "search", "query_vector": [1.0, 2.0]},
        {"operation": "search", "query_vector": "abc"},
        {"operation": "search", "query_vector": [[1.0] * DIMS]},
        {"operation": "search", "query_vector": [float("nan")] * DIMS},
        {"operation": "search", "query_vector": [float("inf")] * DIMS},
        {"operation": "search", "query_vector": [1e300] * DIMS},
        {"operation": "search", "query_vector": unit(0), "top_k": 0},
        {"operation": "search", "query_vector": unit(0), "top_k": True},
        {"operation": "search", "query_vector": unit(0), "top_k": 10**9},
        {"operation": "search", "query_vector": unit(0), "filter": ["red"]},
        {"operation": "index", "doc_id": "a"},
        {"operation": "index", "doc_id": 3, "content": "x"},
        {"operation": "index", "doc_id": "a", "content": "x", "metadata": "none"},
        {"operation": "index", "doc_id": "a", "content": "x", "vector": [None] * DIMS},
        {"operation": "get"},
        {"operation": "get", "doc_id": "unknown"},
        {"operation": "delete", "doc_id": None},
        {"operation": "batch_index", "documents": []},
        {"operation": "batch_search", "queries": "many"},
        {"operation": "batch_search", "queries": ["q"]},
        {"operation": "batch_delete", "doc_ids": [1]},
        {"operation": "batch_delete", "doc_ids": ["d1", 1]},
    ],
    ids=repr,
)
def test_bad_input_becomes_an_error_result_and_changes_nothing(resolver, arguments):
    with_axes(resolver)
    result = ask(resolver, **arguments)
    assert result.status is TaskStatus.ERROR
    assert result.error["message"]
    assert result.output_data == {}
    assert output(resolver, operation="count")["count"] == DIMS


@pytest.mark.parametrize("bad", [None, "text", [1]])
def test_input_that_is_no_mapping_becomes_an_error_result(resolver, bad):
    task = Task("vectors")
    task.input_data = bad
    assert asyncio.run(resolver.resolve(task)).status is TaskStatus.ERROR


def test_an_embedder_that_raises_becomes_an_error_result():
    def broken(_text):
        raise ConnectionError("no model")

    result = ask(OptimizedVectorSearch(DIMS, broken), operation="search", query="anything")
    assert result.error == {"kind": "ConnectionError", "message": "no model"}


def test_callers_cannot_reach_into_the_store(resolver):
    metadata = {"red": 1}
    output(resolver, operation="index", doc_id="a", content="x", vector=unit(0), metadata=metadata)
    metadata["red"] = 2
    output(resolver, operation="get", doc_id="a")["metadata"]["red"] = 3
    output(resolver, operation="search", query_vector=unit(0))["results"][0]["metadata"]["red"] = 4
    assert output(resolver, operation="get", doc_id="a")["metadata"] == {"red": 1}


components = st.one_of(st.just(0.0), st.floats(-4, 4, width=32).filter(lambda each: abs(each) > 1e-3))
vectors = st.lists(components, min_size=3, max_size=3)
ids = st.sampled_from([f"d{number}" for number in range(12)])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("upsert"), ids, vectors, st.integers(0, 2)),
        st.tuples(st.just("delete"), ids),
        st.tuples(st.just("search"), vectors, st.integers(1, 14), st.one_of(st.none(), st.integers(0, 2))),
        st.tuples(st.just("clear")),
    ),
    max_size=60,
)


@pytest.mark.parametrize("graph_from_count", [None, 3])
@given(history=steps)
def test_the_arms_agree_after_any_history(graph_from_count, history):
    plain, fast = BaselineVectorSearch(3), OptimizedVectorSearch(3, graph_from_count=graph_from_count)
    for step in history:
        match step:
            case ("upsert", doc_id, vector, colour):
                document = Document(doc_id, f"c{colour}", np.array(vector), {"colour": colour})
                plain.store.put([document])
                fast.store.put([document])
            case ("delete", doc_id):
                assert plain.store.delete(doc_id) == fast.store.delete(doc_id)
            case ("search", vector, top_k, colour):
                where = None if colour is None else {"colour": colour}
                query = np.array(vector)
                left, right = (each.search(query, top_k=top_k, where=where) for each in (plain, fast))
                assert same_neighbours(left, right), (left, right)
            case ("clear",):
                assert plain.store.clear() == fast.store.clear()
        assert plain.store.count() == fast.store.count()


SPREAD_OF_NEAR_DUPLICATES = 1e-3


def repeated(vectors, draw):
    """Ten vectors a hundred and twenty times each."""
    for place in range(10):
        vectors[place * 120 : place * 120 + 120] = vectors[-1 - place]


def one_repeated(vectors, draw):
    vectors[: len(vectors) // 2] = vectors[-1]


def nearly_repeated(vectors, draw):
    repeated(vectors, draw)
    vectors[:1200] += SPREAD_OF_NEAR_DUPLICATES * draw.standard_normal((1200, vectors.shape[1]))


def scattered(vectors, draw):
    vectors[:] = draw.standard_normal(vectors.shape)


def in_order_of_clusters(vectors, draw):
    """Cluster after cluster, so that no link leads ahead while the graph grows."""
    vectors[:] = vectors[np.argsort(np.arange(len(vectors)) % (len(vectors) // 50), kind="stable")]


def scaled(vectors, draw):
    vectors *= draw.uniform(1e-6, 1e6, (len(vectors), 1))


def found_ratio(resolver, vectors, queries):
    """Recall@10 by scores, so that of equal documents any may be found."""
    lengths = np.linalg.norm(vectors, axis=1)
    ratios = []
    for query in queries:
        scores = vectors @ query / (lengths * np.linalg.norm(query))
        hits = resolver.search(query, top_k=10)
        assert len(hits) == 10
        least = np.sort(scores)[-10] - 1e-3
        ratios.append(np.mean([scores[int(hit["doc_id"])] >= least for hit in hits]))
    return float(np.mean(ratios))


@pytest.mark.parametrize("engine", ["usearch", "hnswlib"])
@pytest.mark.parametrize(
    "is_one_by_one", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["at once", "one by one"]
)
@pytest.mark.parametrize(
    "shape",
    [repeated, one_repeated, nearly_repeated, scattered, in_order_of_clusters, scaled],
    ids=lambda s: s.__name__,
)
def test_no_corpus_loses_a_document(shape, engine, is_one_by_one):
    pytest.importorskip(engine, reason=f"{engine} is not installed: pip install boss-perf[hnsw]")
    draw = np.random.default_rng(7)
    vectors = clustered(2_000, dims=64).vectors.astype(np.float64)
    shape(vectors, draw)
    documents = [Document(str(row), "x", vector) for row, vector in enumerate(vectors)]
    resolver = OptimizedVectorSearch(64, graph_from_count=200, engine=engine)
    for block in [[each] for each in documents] if is_one_by_one else [documents]:
        resolver.store.put(block)
    queries = vectors[draw.choice(len(vectors), 60, replace=False)]
    assert found_ratio(resolver, vectors, queries) >= 0.95
    assert found_ratio(resolver, vectors, draw.standard_normal((100, 64)) + vectors[:100]) >= 0.95
    if shape in (repeated, scattered, in_order_of_clusters, scaled):
        for row in range(1200, 1900, 12):
            assert str(row) in {hit["doc_id"] for hit in resolver.search(vectors[row], top_k=10)}


def test_a_graph_that_finds_too_little_answers_nothing():
    pytest.importorskip("usearch", reason="usearch is not installed: pip install boss-perf[hnsw]")
    draw = np.random.default_rng(7)
    scattered_vectors = draw.standard_normal((3_000, 256))
    resolver = OptimizedVectorSearch(256, graph_from_count=1_000)
    resolver.store.put([Document(str(row), "x", vector) for row, vector in enumerate(scattered_vectors)])
    exact = OptimizedVectorSearch(256, graph_from_count=None)
    exact.store.put([Document(str(row), "x", vector) for row, vector in enumerate(scattered_vectors)])
    assert not resolver.store.is_graph_trusted
    queries = draw.standard_normal((20, 256))
    assert all(resolver.search(query) == exact.search(query) for query in queries)


@pytest.mark.parametrize("engine", ["usearch", "hnswlib"])
def test_a_graph_that_finds_less_as_it_grows_is_searched_more_broadly(engine, monkeypatch):
    pytest.importorskip(engine, reason=f"{engine} is not installed: pip install boss-perf[hnsw]")
    corpus = clustered(1_500, dims=32, queries_count=40)
    documents = corpus.documents()
    resolver = OptimizedVectorSearch(32, graph_from_count=200, engine=engine)
    resolver.store.put(documents[:500])
    graph = resolver.store.graph
    right = graph.nearest

    def breadth():
        return graph.bare.expansion_search if engine == "usearch" else graph.bare.ef

    def nearest(unit, count):
        return right(unit, count) if breadth() > 64 else (list(range(count)), [0.0] * count)

    assert resolver.store.is_graph_trusted
    assert breadth() == 64
    monkeypatch.setattr(graph, "nearest", nearest)
    resolver.store.put(documents[500:])
    assert resolver.store.graph is graph
    assert resolver.store.is_graph_trusted
    assert breadth() == 128
    assert mean_recall(resolver, corpus) >= 0.95


def test_a_graph_that_failed_is_audited_by_searches_alone():
    pytest.importorskip("usearch", reason="usearch is not installed: pip install boss-perf[hnsw]")
    corpus = clustered(600, dims=16)
    resolver = filled(OptimizedVectorSearch(16, graph_from_count=100), corpus)
    resolver.store._search._failed()
    assert not resolver.store.is_graph_trusted
    for query in corpus.queries[:64].astype(np.float64):
        resolver.search(query)
    assert resolver.store.is_graph_trusted
    assert resolver.store.graph.bare.expansion_search == 128


def test_equal_vectors_share_one_row_and_one_label():
    pytest.importorskip("usearch", reason="usearch is not installed: pip install boss-perf[hnsw]")
    corpus = clustered(300, dims=16)
    resolver = filled(OptimizedVectorSearch(16, graph_from_count=100), corpus)
    copies = [
        Document(f"copy {number}", "x", corpus.vectors[0].astype(np.float64) * number) for number in range(1, 500)
    ]
    resolver.store.put(copies)
    assert len(resolver.store.graph.bare) == 300
    found = resolver.search(corpus.vectors[0].astype(np.float64), top_k=50)
    assert [hit["doc_id"] for hit in found] == ["0", *(f"copy {number}" for number in range(1, 50))]
    assert all(resolver.store.delete(f"copy {number}") for number in range(1, 500))
    assert resolver.search(corpus.vectors[0].astype(np.float64), top_k=1)[0]["doc_id"] == "0"


def test_of_equal_vectors_one_is_deleted_without_looking_at_the_others():
    compared = []

    class Watched(str):
        __hash__ = str.__hash__

        def __eq__(self, other):
            compared.append(other)
            return str.__eq__(self, other)

    store = VectorRows(DIMS)
    store.put([Document(f"copy {number}", "x", np.ones(DIMS)) for number in range(1_000)])
    assert store.delete(Watched("copy 998"))
    assert len(compared) < 10
    assert [hit["doc_id"] for hit in store.search(np.ones(DIMS), top_k=1_000)][-2:] == ["copy 997", "copy 999"]


class CountingLock:
    """What is linked and audited in one turn of the lock."""

    def __init__(self, store):
        self.store, self.inner, self.longest_turn = store, store._lock, 0

    def __enter__(self):
        self.inner.acquire()
        self.before = self.store._search.linked_count

    def __exit__(self, *error):
        self.longest_turn = max(self.longest_turn, self.store._search.linked_count - self.before)
        self.inner.release()


def test_others_wait_for_a_few_links_at_most_and_so_does_a_caller():
    pytest.importorskip("usearch", reason="usearch is not installed: pip install boss-perf[hnsw]")
    documents = clustered(1_200, dims=16).documents()
    store = VectorRows(16, graph_from_count=1_000)
    store._lock = lock = CountingLock(store)
    store.put(documents[:999])
    linked = []
    for document in documents[999:]:
        before = store._search.linked_count
        store.put([document])
        linked.append(store._search.linked_count - before)
    assert max(linked) <= 4
    store.put(clustered(4_000, dims=16, seed=2).documents())
    assert store.is_graph_trusted
    assert lock.longest_turn <= 16


@pytest.mark.parametrize("engine", ["usearch", "hnswlib"])
def test_the_graph_keeps_its_recall_through_replacing_deleting_and_growing(engine):
    pytest.importorskip(engine, reason=f"{engine} is not installed: pip install boss-perf[hnsw]")
    corpus = clustered(1_500, dims=32, queries_count=40)
    exact = OptimizedVectorSearch(32, graph_from_count=None)
    graph = OptimizedVectorSearch(32, graph_from_count=500, engine=engine)
    documents = corpus.documents()
    for resolver in (exact, graph):
        resolver.store.put(documents[:600])
        resolver.store.put(documents[600:])
        for document in documents[:200]:
            resolver.store.delete(document.doc_id)
        for document, other in zip(documents[200:400], documents[:200], strict=True):
            resolver.store.put([Document(document.doc_id, "moved", other.vector)])
        resolver.store.put(documents[400:])  # nothing new, but time for the graph to catch up
    answers = [
        (graph.search(query, top_k=10), exact.search(query, top_k=10)) for query in corpus.queries.astype(np.float64)
    ]
    assert sum(recall(*pair) for pair in answers) / len(answers) >= 0.95
    for document in documents[:1_300]:
        exact.store.delete(document.doc_id)
        graph.store.delete(document.doc_id)
    assert graph.store.count() == exact.store.count()
    assert not graph.store.is_graph_trusted, "more was taken from the graph than is left in it"
    assert same_neighbours(*(each.search(documents[1400].vector, top_k=10) for each in (graph, exact)))


def test_half_precision_finds_what_double_precision_finds():
    corpus = clustered(2_500, dims=32, queries_count=40)
    half, plain = OptimizedVectorSearch(32, graph_from_count=None), BaselineVectorSearch(32)
    for each in (half, plain):
        filled(each, corpus)
        for row in range(0, 2_500, 3):
            assert each.store.delete(str(row))
    queries = corpus.queries.astype(np.float64)
    pairs = [(half.search(query, top_k=10), plain.search(query, top_k=10)) for query in queries]
    assert sum(recall(*pair) for pair in pairs) / len(pairs) >= 0.98
    assert all(left["score"] == pytest.approx(right["score"], abs=1e-3) for left, right in zip(*pairs[0], strict=True))


def test_more_results_than_a_graph_gives_come_from_exact_search():
    pytest.importorskip("usearch", reason="usearch is not installed: pip install boss-perf[hnsw]")
    corpus = clustered(400, dims=16)
    graph = filled(OptimizedVectorSearch(16, graph_from_count=100), corpus)
    exact = filled(OptimizedVectorSearch(16, graph_from_count=None), corpus)
    query = corpus.queries[0].astype(np.float64)
    assert graph.store.is_graph_trusted
    assert same_neighbours(graph.search(query, top_k=300), exact.search(query, top_k=300))


@pytest.mark.parametrize(
    "missing", [("usearch.index",), ("usearch.index", "hnswlib"), ("numkong", "usearch.index", "hnswlib")]
)
def test_search_goes_on_without_the_libraries(monkeypatch, missing):
    for module in missing:
        monkeypatch.setitem(sys.modules, module, None)
    if "numkong" in missing:
        monkeypatch.setattr(rows, "numkong", None)
    corpus = clustered(300, dims=16)
    resolver = filled(OptimizedVectorSearch(16, graph_from_count=100), corpus)
    plain = filled(BaselineVectorSearch(16), corpus)
    assert (resolver.store.graph is None) == ("hnswlib" in missing)
    query = corpus.queries[0].astype(np.float64)
    assert same_neighbours(resolver.search(query, top_k=10), plain.search(query, top_k=10))
