"""Today's digests of the code under a piece of evidence, to be held against the ones it was measured with."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from boss_perf.model.samples import Sample
from boss_perf.worker.digest import benchmark_digest, files_digest

GONE = "gone"


def current_digests(samples: Iterable[Sample], *, root: Path) -> Mapping[str, str]:
    """The benchmark's digest by node id and that of each list of files by the list; GONE where one is no longer there.

    A sample that carries no digest (a load) says nothing about its sources.
    """
    digests: dict[str, str] = {}
    for sample in samples:
        if sample.benchmark_digest and sample.workload not in digests:
            digests[sample.workload] = _benchmark_digest(sample.workload, root)
        for source in sample.sources:
            if source.origin and source.origin not in digests:
                digests[source.origin] = files_digest(str(root), source.origin.split(";")) or GONE
    return digests


def _benchmark_digest(workload: str, root: Path) -> str:
    path = root / workload.split("::", 1)[0]
    try:
        return benchmark_digest(path.read_text(encoding="utf-8"), workload)
    except (OSError, UnicodeDecodeError):
        return GONE
