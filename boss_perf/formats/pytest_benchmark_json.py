"""Figures out of a file that pytest-benchmark wrote with `--benchmark-json` or `--benchmark-autosave`.

The file may come from a stranger: its size, shape, types and numbers are checked, and what it says is data, never a
path or code. Imported figures are history: another time or machine is no baseline for a verdict.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from boss_perf.errors import UsageError

LARGEST_BYTES = 64 * 1024 * 1024
MOST_BENCHMARKS = 100_000
_NAME_LIMIT_COUNT = 2000
_LONGEST_S = 1e9
_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedPoint:
    """One benchmark's figures, per call. `values_ns` are the rounds in time order, empty where the file has none."""

    workload: str
    mean_ns: float
    median_ns: float
    least_ns: float
    rounds: int
    calls_per_round: int
    values_ns: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRun:
    """One file: when and where it was measured, None where it does not say."""

    measured_at: datetime
    commit: str | None
    is_dirty: bool
    branch: str | None
    machine_text: str
    points: tuple[ImportedPoint, ...]


class _Stats(msgspec.Struct):
    mean: float
    median: float
    least: float = msgspec.field(name="min")
    rounds: int
    iterations: int = 1
    data: list[float] = msgspec.field(default_factory=list)


class _Benchmark(msgspec.Struct):
    fullname: str
    stats: _Stats


class _Commit(msgspec.Struct):
    id: str | None = None
    dirty: bool | None = None
    branch: str | None = None


class _Processor(msgspec.Struct):
    brand_raw: str | None = None


class _Machine(msgspec.Struct):
    system: str = ""
    python_implementation: str = ""
    python_version: str = ""
    cpu: _Processor = msgspec.field(default_factory=_Processor)


class _Document(msgspec.Struct):
    datetime: str
    benchmarks: list[_Benchmark]
    commit_info: _Commit = msgspec.field(default_factory=_Commit)
    machine_info: _Machine = msgspec.field(default_factory=_Machine)


def parse_pytest_benchmark(content: bytes, *, path: str) -> ImportedRun:
    """The file's run; UsageError says what in it cannot be used. `path` is for display."""
    if len(content) > LARGEST_BYTES:
        raise UsageError(f"larger than {LARGEST_BYTES >> 20} MiB", where=path, hint="is this the right file?")
    try:
        document = msgspec.json.decode(content, type=_Document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(
            f"no pytest-benchmark file: {error}", where=path, hint="write one with --benchmark-json=FILE"
        ) from error
    if len(document.benchmarks) > MOST_BENCHMARKS:
        raise UsageError(f"more than {MOST_BENCHMARKS} benchmarks", where=path)
    commit, machine = document.commit_info, document.machine_info
    words = (machine.cpu.brand_raw, machine.system, machine.python_implementation, machine.python_version)
    return ImportedRun(
        measured_at=_moment(document.datetime, path),
        commit=commit.id if commit.id is not None and _COMMIT.fullmatch(commit.id) else None,
        is_dirty=bool(commit.dirty),
        branch=commit.branch[:_NAME_LIMIT_COUNT] if commit.branch else None,
        machine_text=", ".join(word for word in words if word)[:_NAME_LIMIT_COUNT],
        points=tuple(_point(one, f"benchmarks[{index}]", path) for index, one in enumerate(document.benchmarks)),
    )


def _point(benchmark: _Benchmark, place: str, path: str) -> ImportedPoint:
    stats = benchmark.stats
    if not benchmark.fullname or len(benchmark.fullname) > _NAME_LIMIT_COUNT:
        raise UsageError(f"{place}: a name of 1 to {_NAME_LIMIT_COUNT} characters is expected", where=path)
    if stats.rounds < 1 or stats.iterations < 1:
        raise UsageError(f"{place}: rounds and iterations are at least 1", where=path)
    return ImportedPoint(
        workload=benchmark.fullname,
        mean_ns=_ns(stats.mean, place, path),
        median_ns=_ns(stats.median, place, path),
        least_ns=_ns(stats.least, place, path),
        rounds=stats.rounds,
        calls_per_round=stats.iterations,
        values_ns=tuple(_ns(value, place, path) for value in stats.data),
    )


def _ns(seconds: float, place: str, path: str) -> float:
    if not math.isfinite(seconds) or not 0 <= seconds <= _LONGEST_S:
        raise UsageError(f"{place}: {seconds!r} is no duration in seconds", where=path)
    return seconds * 1e9


def _moment(text: str, path: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text[:64])
    except ValueError as error:
        raise UsageError("its datetime cannot be read", where=path) from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
