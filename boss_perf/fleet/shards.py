"""Which benchmarks are whose when several machines share a suite."""

import heapq
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from boss_perf.errors import UsageError

AUTO = "auto"
_WRITTEN = re.compile(r"(\d{1,6})/(\d{1,6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shard:
    """The share `index` of `count`; both count from 1."""

    index: int
    count: int

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


@dataclass(frozen=True, slots=True)
class _Variables:
    """How a CI system tells a job its place: the names of its variables, and the index of the first job."""

    system: str
    index: str
    count: str
    first: int | str


_SYSTEMS = (
    _Variables("Buildkite", "BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0),
    _Variables("CircleCI", "CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0),
    _Variables("Slurm", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN"),
    _Variables("Kubernetes", "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", 0),
    _Variables("GitLab", "CI_NODE_INDEX", "CI_NODE_TOTAL", 1),
)


def shard_of(text: str, environment: Mapping[str, str]) -> Shard:
    """`2/4`, or `auto` for what the CI system's variables say; UsageError for anything else.

    Kubernetes tells a job its index alone: JOB_COMPLETIONS has to be set beside it.
    """
    if text == AUTO:
        return _told(environment)
    written = _WRITTEN.fullmatch(text)
    if written is None or not 1 <= int(written[1]) <= int(written[2]):
        raise UsageError(f"--shard {text} is no share", hint="the second of four is 2/4; auto asks the CI system")
    return Shard(int(written[1]), int(written[2]))


def names_of_share(shard: Shard, names: Iterable[str], recorded_s: Mapping[str, float]) -> frozenset[str]:
    """The names of one share; whoever asks for another one of the same names has the same records."""
    return frozenset(packed(known_costs(names, recorded_s), shard.count)[shard.index - 1])


def packed(costs: Mapping[str, float], count: int) -> tuple[tuple[str, ...], ...]:
    """The names of each of `count` shares: the longest first, each to the share that has least so far.

    Longest processing time first ends within 4/3 of the best (Graham 1969). The same costs give the same shares.
    """
    heap = [(0.0, index) for index in range(count)]
    shares: list[list[str]] = [[] for _ in range(count)]
    for name in sorted(costs, key=lambda each: (-costs[each], each)):
        load, index = heapq.heappop(heap)
        shares[index].append(name)
        heapq.heappush(heap, (load + costs[name], index))
    return tuple(tuple(sorted(share)) for share in shares)


def known_costs(names: Iterable[str], recorded_s: Mapping[str, float]) -> dict[str, float]:
    """What each name costs: as recorded, else the median of what is known, else one and the same for all."""
    wanted = tuple(names)
    known = [recorded_s[each] for each in wanted if each in recorded_s]
    usual_s = median(known) if known else 1.0
    return {each: recorded_s.get(each, usual_s) for each in wanted}


def _told(environment: Mapping[str, str]) -> Shard:
    for each in _SYSTEMS:
        if each.index not in environment or each.count not in environment:
            continue
        first = environment.get(each.first, "0") if isinstance(each.first, str) else str(each.first)
        numbers = [text.strip() for text in (environment[each.index], environment[each.count], first)]
        if all(re.fullmatch(r"\d{1,6}", number, re.ASCII) for number in numbers):
            index, count, least = map(int, numbers)
            if 0 <= index - least < count:
                return Shard(index - least + 1, count)
        raise UsageError(
            f"--shard auto: {each.system} says {each.index}={environment[each.index]} of {environment[each.count]}",
            hint="write the share yourself: --shard 2/4",
        )
    listed = ", ".join(each.index for each in _SYSTEMS)
    raise UsageError("--shard auto: no CI system says which share this is", hint=f"looked for {listed}")
