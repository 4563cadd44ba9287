"""Which function takes more memory: what each arm holds at the peak, line by line, compared by function."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from boss_perf.explain.source_changes import function_at, functions_in
from boss_perf.measure.memory_pass import LEAST_GROWN_BYTES, MemoryProfile
from boss_perf.model.explanations import AllocationSite, Explanation, MemoryLine
from boss_perf.worker.profile_messages import MemorySites

SITES_LIMIT = 10
_Lines = dict[int, tuple[int, int]]


def with_memory(explanation: Explanation, profile: MemoryProfile, *, texts: Sequence[Mapping[str, str]]) -> Explanation:
    """The explanation with what holds memory; `texts` are the files of each arm."""
    grown = profile.grown.lines if profile.grown is not None else ()
    note = "without memray: what a call leaves behind, not its peak"
    is_traced = any(each.tracer != "memray" for each in profile.sites)
    return replace(
        explanation,
        sites=sites_of(profile.sites, texts[-len(profile.sites) :]),
        memory_lines=_lines_of(grown, texts[-1].get(profile.grown_file, "")),
        notes=(*explanation.notes, note) if is_traced else explanation.notes,
    )


def sites_of(arms: Sequence[MemorySites], texts: Sequence[Mapping[str, str]]) -> tuple[AllocationSite, ...]:
    """The functions that hold another amount in the last arm than in the first, the largest growth first.

    Of one arm alone, those that hold most.
    """
    held: dict[tuple[str, str], list[_Lines]] = {}
    for arm, (answer, files) in enumerate(zip(arms, texts, strict=True)):
        functions = {file: functions_in(files[file]) for file in {site[0] for site in answer.sites} & files.keys()}
        for file, name, line, size, blocks in answer.sites:
            qualified = function_at(functions[file], line) if file in functions else name
            lines = held.setdefault((file, qualified), [{} for _ in arms])[arm]
            before = lines.get(line, (0, 0))
            lines[line] = (before[0] + size, before[1] + blocks)
    found = [_site(file, name, lines) for (file, name), lines in held.items()]
    moved = [each for each in found if abs(each.bytes_head - (each.bytes_base or 0)) >= LEAST_GROWN_BYTES]
    return tuple(sorted(moved, key=lambda each: (each.bytes_base or 0) - each.bytes_head)[:SITES_LIMIT])


def _site(file: str, name: str, lines: Sequence[_Lines]) -> AllocationSite:
    base, head = lines[0] if len(lines) > 1 else None, lines[-1]
    known = head or base or {}
    module = file.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return AllocationSite(
        function=f"{module}.{name}",
        file=file,
        line=max(known, key=known.__getitem__),
        bytes_base=None if base is None else sum(size for size, _ in base.values()),
        bytes_head=sum(size for size, _ in head.values()),
        blocks_base=None if base is None else sum(blocks for _, blocks in base.values()),
        blocks_head=sum(blocks for _, blocks in head.values()),
    )


def _lines_of(rows: Sequence[Sequence[int]], text: str) -> tuple[MemoryLine, ...]:
    """memory-profiler's rows with the words that stand there."""
    source = text.splitlines()
    return tuple(
        MemoryLine(line=line, text=source[line - 1].strip(), grown_bytes=grown, runs=runs)
        for line, grown, runs in rows
        if 0 < line <= len(source)
    )
