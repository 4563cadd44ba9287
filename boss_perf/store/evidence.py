"""Which stored samples speak for a workload today: those of the newest run that measured it.

A short look (QUICK) yields to any other run, however old. Runs of two refs (GATE) and self-tests (PROVE) compare
something else.
"""

from collections.abc import Iterable
from itertools import islice

from boss_perf.model.runs import Run, RunKind
from boss_perf.model.samples import Sample
from boss_perf.store.connection import Database
from boss_perf.store.rows import RUN_COLUMNS, SAMPLE_READ_COLUMNS, read_run, read_sample

EVIDENCE_KINDS = (RunKind.BENCH, RunKind.LOAD, RunKind.QUICK)
_CHUNK_COUNT = 400
SAMPLE_ORDER = "started_at_us, workload, phase, fork, is_confirmation"


def newest_evidence_of_all(
    database: Database, workloads: Iterable[str], *, latest_us: int
) -> dict[str, tuple[Run, tuple[Sample, ...]]]:
    """Per workload the newest run with its samples in time order; a workload nobody measured is left out.

    Runs that began after `latest_us` do not count.
    """
    newest = _newest_runs(database, tuple(dict.fromkeys(workloads)), latest_us)
    runs = _runs(database, tuple(dict.fromkeys(newest.values())))
    samples: dict[str, list[Sample]] = {workload: [] for workload in newest}
    pairs = iter(newest.items())
    while chunk := tuple(islice(pairs, _CHUNK_COUNT)):
        wanted = ", ".join("(CAST(? AS TEXT), CAST(? AS TEXT))" for _ in chunk)
        columns = ", ".join(f"sample.{name.strip()}" for name in SAMPLE_READ_COLUMNS.split(","))
        rows = database.query(
            f"WITH wanted (name, run) AS (VALUES {wanted}) SELECT {columns} FROM wanted"  # noqa: S608 - only marks
            " CROSS JOIN sample WHERE sample.run_id = wanted.run AND sample.workload = wanted.name"
            f" ORDER BY {SAMPLE_ORDER}",
            [field for pair in chunk for field in pair],
        )
        for sample in map(read_sample, rows):
            samples[sample.workload].append(sample)
    return {workload: (runs[run_id], tuple(samples[workload])) for workload, run_id in newest.items()}


def _newest_runs(database: Database, workloads: tuple[str, ...], latest_us: int) -> dict[str, str]:
    found: dict[str, str] = {}
    kind_marks = ", ".join("?" for _ in EVIDENCE_KINDS)
    remaining = iter(workloads)
    while chunk := tuple(islice(remaining, _CHUNK_COUNT)):
        wanted = ", ".join("(CAST(? AS TEXT))" for _ in chunk)
        rows = database.query(
            f"WITH wanted (name) AS (VALUES {wanted}) SELECT name, (SELECT item.run_id FROM item"  # noqa: S608 - only marks
            f" WHERE item.workload = wanted.name AND item.run_kind IN ({kind_marks})"
            " AND item.run_started_us <= ?"
            " ORDER BY item.is_quick, item.run_started_us DESC, item.run_id DESC LIMIT 1) FROM wanted",
            [*chunk, *(kind.value for kind in EVIDENCE_KINDS), latest_us],
        )
        found.update({name: run_id for name, run_id in rows if run_id is not None})
    return found


def _runs(database: Database, run_ids: tuple[str, ...]) -> dict[str, Run]:
    runs: dict[str, Run] = {}
    remaining = iter(run_ids)
    while chunk := tuple(islice(remaining, _CHUNK_COUNT)):
        marks = ", ".join("?" for _ in chunk)
        rows = database.query(f"SELECT {RUN_COLUMNS} FROM run WHERE id IN ({marks})", chunk)  # noqa: S608 - only marks
        runs.update({run.id: run for run in map(read_run, rows)})
    return runs
