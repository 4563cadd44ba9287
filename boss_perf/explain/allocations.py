"""Which function takes more memory: what both arms hold at the peak, line by line, compared by function."""

from collections.abc import Mapping, Sequence

from boss_perf.explain.source_changes import function_at
from boss_perf.measure.profile_pass import LEAST_GROWN_BYTES
from boss_perf.model.explanations import AllocationSite, MemoryLine
from boss_perf.worker.profile_messages import MemorySites

SITES_LIMIT = 10


def sites_of(
    pair: tuple[MemorySites, MemorySites], texts: tuple[Mapping[str, str], Mapping[str, str]]
) -> tuple[AllocationSite, ...]:
    """The functions that hold another amount in head than in base, the largest growth first, then what is less."""
    held: dict[tuple[str, str], list[dict[int, tuple[int, int]]]] = {}
    for arm, (answer, files) in enumerate(zip(pair, texts, strict=True)):
        for file, name, line, size, blocks in answer.sites:
            qualified = function_at(files[file], line) if file in files else str(name)
            lines = held.setdefault((file, qualified), [{}, {}])[arm]
            before = lines.get(line, (0, 0))
            lines[line] = (before[0] + size, before[1] + blocks)
    found = [
        AllocationSite(
            function=f"{_module(file)}.{name}",
            file=file,
            line=max(head or base, key=lambda line: (head or base)[line]),
            bytes_base=sum(size for size, _ in base.values()),
            bytes_head=sum(size for size, _ in head.values()),
            blocks_base=sum(blocks for _, blocks in base.values()),
            blocks_head=sum(blocks for _, blocks in head.values()),
        )
        for (file, name), (base, head) in held.items()
    ]
    moved = [each for each in found if abs(each.bytes_head - each.bytes_base) >= LEAST_GROWN_BYTES]
    return tuple(sorted(moved, key=lambda each: each.bytes_base - each.bytes_head)[:SITES_LIMIT])


def lines_of(rows: Sequence[Sequence[int]], text: str) -> tuple[MemoryLine, ...]:
    """memory-profiler's rows with the words that stand there."""
    source = text.splitlines()
    return tuple(
        MemoryLine(line=line, text=source[line - 1].strip(), grown_bytes=grown, runs=runs)
        for line, grown, runs in rows
        if 0 < line <= len(source)
    )


def _module(file: str) -> str:
    return file.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
