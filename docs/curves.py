"""Measures how the cost of one operation grows with the work around it, and draws it: `python docs/curves.py FOLDER`.

Processor time of one operation, the least of several batches; the exponent is that of a straight line through the
logarithms. Most of its minutes go into the graph of 100 000 vectors.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

import numpy as np

from boss_perf.resolvers.caches import BoundedCache, Policy
from boss_perf.resolvers.database import OptimizedSqliteDatabase
from boss_perf.resolvers.mastery import OptimizedExecutor, TaskGraph, TaskNode
from boss_perf.resolvers.protocol import Resolver, ResolverMetadata, Task
from boss_perf.resolvers.registry import OptimizedRegistry
from boss_perf.resolvers.scheduling import OptimizedWorklist
from boss_perf.resolvers.vector_search import OptimizedVectorSearch, clustered

Points = list[tuple[int, float]]
BATCHES_COUNT = 7
WIDTH, HEIGHT, MARGIN = 760, 420, 60
COLORS = ("#0969da", "#8250df", "#1a7f37", "#bc4c00", "#cf222e", "#0a7ea4", "#9a6700", "#57606a")


class Named(Resolver):
    """A resolver under a name and version that answers at once."""

    def __init__(self, name: str, version: str = "1.0.0") -> None:
        super().__init__(ResolverMetadata(name, version, "named", frozenset({f"op {name}"})))

    async def answer(self, task: Task) -> dict[str, int]:
        """One number."""
        return {"n": 1}


def cost_us(operation: Callable[[], object], calls_count: int = 200) -> float:
    """Microseconds of processor time for one call."""
    operation()
    least_ns = min(_batch_ns(operation, calls_count) for _ in range(BATCHES_COUNT))
    return least_ns / calls_count / 1e3


def exponent(points: Points) -> float:
    """The slope of the logarithms: 0 is flat, 1 is in proportion."""
    sizes, costs = np.log(np.array(points, dtype=np.float64)).T
    return float(np.polyfit(sizes, costs, 1)[0])


def curves() -> Iterator[tuple[str, Points]]:
    """Each curve as it is measured."""
    yield "vector search", [(n, _vector_us(n)) for n in (1_000, 10_000, 100_000)]
    sizes = (100, 1_000, 10_000)
    yield "registry, latest of n names × 5 versions", [(n, _registry_us(n, 5)) for n in sizes]
    yield "registry, one version more beside n", [(n, _register_us(n)) for n in sizes]
    yield "executor, one of n nodes", [(n, _executor_us(n)) for n in sizes]
    many = (1_000, 10_000, 100_000, 1_000_000)
    yield "worklist, add and take beside n", [(n, _worklist_us(n)) for n in many]
    yield "cache, get among n", [(n, _cache_us(n)) for n in many]
    yield "SQLite, one of n rows by key", [(n, _sqlite_us(n)) for n in many]


def _batch_ns(operation: Callable[[], object], calls_count: int) -> int:
    started_ns = time.thread_time_ns()
    for _ in range(calls_count):
        operation()
    return time.thread_time_ns() - started_ns


def _vector_us(count: int) -> float:
    corpus = clustered(count, queries_count=64)
    resolver = OptimizedVectorSearch(384)
    for first in range(0, count, 5_000):
        resolver.store.put(corpus.documents()[first : first + 5_000])
    queries = iter(list(corpus.queries.astype(np.float64)) * 1_000)
    return cost_us(lambda: resolver.search(next(queries), top_k=10))


def _registry_us(names_count: int, versions_count: int) -> float:
    registry = OptimizedRegistry()
    for name in range(names_count):
        for version in range(versions_count):
            registry.register(Named(f"r{name}", f"1.{version}.0"))
    return cost_us(lambda: registry.get(f"r{names_count // 2}"), 5_000)


def _register_us(versions_count: int) -> float:
    registry = OptimizedRegistry()
    for version in range(versions_count):
        registry.register(Named("r", f"1.{version}.0"))
    resolver = Named("r", f"1.{versions_count // 2}.0")
    return cost_us(lambda: registry.register(resolver), 1_000)


def _executor_us(nodes_count: int) -> float:
    nodes = [TaskNode(f"n{at}", Named("n"), (f"n{at - 4}",) if at >= 4 else ()) for at in range(nodes_count)]
    executor = OptimizedExecutor({"g": TaskGraph(nodes)}, history_size=1)
    task = Task("run", {"operation": "execute_mastery", "mastery_name": "g"})
    with asyncio.Runner() as runner:
        return cost_us(lambda: runner.run(executor.resolve(task)), 1) / nodes_count


def _worklist_us(items_count: int) -> float:
    worklist = OptimizedWorklist()
    for number in range(items_count - 2_000 if items_count > 2_000 else items_count // 2):
        worklist.add(f"i{number}", number % 97)
    numbers = iter(range(10**9))

    def turn() -> None:
        worklist.add(f"new {next(numbers)}", 50)
        taken = worklist.take()
        assert taken is not None
        worklist.forget(taken.item_id)

    return cost_us(turn)


def _cache_us(entries_count: int) -> float:
    cache: BoundedCache[int, int] = BoundedCache(Policy(entries_count, ttl_s=3600))
    for number in range(entries_count):
        cache.put(number, number)
    keys = iter(np.random.default_rng(1).integers(0, entries_count, 100_000).tolist())
    return cost_us(lambda: cache.get(next(keys)), 5_000)


def _sqlite_us(rows_count: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.db"
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO rows VALUES (?, ?)", ((each, f"name {each}") for each in range(rows_count)))
        connection.commit()
        connection.close()
        database = OptimizedSqliteDatabase(path)
        keys = iter(np.random.default_rng(1).integers(0, rows_count, 100_000).tolist())

        def read() -> None:
            where = {"operation": "SELECT", "table": "rows", "where": {"id": next(keys)}}
            try:
                database.resolve(Task("read", where)).send(None)
            except StopIteration as ended:
                assert ended.value.output_data["count"] == 1

        cost = cost_us(read)
        asyncio.run(database.close())
        return cost


def picture(measured: list[tuple[str, Points]]) -> str:
    """Both axes in decades, one line for each curve, its exponent in the legend."""
    sizes = np.log10([size for _, points in measured for size, _ in points])
    costs = np.log10([cost for _, points in measured for _, cost in points])
    (left, right), (low, high) = ((float(np.floor(each.min())), float(np.ceil(each.max()))) for each in (sizes, costs))
    plot = WIDTH - 2 * MARGIN - 280

    def place(size: float, cost: float) -> tuple[float, float]:
        x = MARGIN + (np.log10(size) - left) / (right - left) * plot
        y = HEIGHT - MARGIN - (np.log10(cost) - low) / (high - low) * (HEIGHT - 2 * MARGIN)
        return round(float(x), 1), round(float(y), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        "<title>Cost of one operation as the work around it grows</title>",
        "<style>text{font:12px system-ui,sans-serif;fill:#24292f}.g{stroke:#d0d7de}"
        "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.g{stroke:#30363d}}</style>",
    ]
    for decade in range(int(left), int(right) + 1):
        x, y = place(10**decade, 10**low)
        parts.append(f'<line class="g" x1="{x}" y1="{MARGIN}" x2="{x}" y2="{y}"/>')
        parts.append(f'<text x="{x}" y="{y + 18}" text-anchor="middle">{10**decade:,}</text>')
    for decade in range(int(low), int(high) + 1):
        x, y = place(10**left, 10.0**decade)
        parts.append(f'<line class="g" x1="{x}" y1="{y}" x2="{x + plot}" y2="{y}"/>')
        parts.append(f'<text x="{x - 6}" y="{y + 4}" text-anchor="end">{10.0**decade:g} µs</text>')
    for at, (name, points) in enumerate(measured):
        color = COLORS[at % len(COLORS)]
        line = " ".join(f"{x},{y}" for x, y in (place(*point) for point in points))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>')
        y = MARGIN + 18 * at
        parts.append(f'<rect x="{MARGIN + plot + 20}" y="{y - 9}" width="10" height="10" fill="{color}"/>')
        parts.append(f'<text x="{MARGIN + plot + 36}" y="{y}">{escape(name)}: n^{exponent(points):.2f}</text>')
    return "\n".join([*parts, "</svg>", ""])


def main(folder: Path) -> None:
    """Measure, tell, draw."""
    measured = []
    for name, points in curves():
        measured.append((name, points))
        told = ", ".join(f"{size:,}: {cost:.2f} µs" for size, cost in points)
        print(f"{name}: n^{exponent(points):.2f} ({told})", flush=True)  # noqa: T201 - a script's answer
    (folder / "curves.svg").write_text(picture(measured), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
