"""Which stored samples speak for a workload today: those of the newest run that measured it.

A short look (QUICK) yields to any other run, however old. Runs of two refs (GATE) compare something else.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from boss_perf.model.runs import Run, RunKind
from boss_perf.model.samples import Sample
from boss_perf.store.connection import Database, Row
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
    kinds = ", ".join("?" for _ in EVIDENCE_KINDS)
    found = _in_chunks(
        database,
        "WITH wanted (name) AS (VALUES {marks}) SELECT name, (SELECT item.run_id FROM item"  # noqa: S608 - marks
        f" WHERE item.workload = wanted.name AND item.run_kind IN ({kinds}) AND item.run_started_us <= ?"
        " ORDER BY item.is_quick, item.run_started_us DESC, item.run_id DESC LIMIT 1) FROM wanted",
        "(CAST(? AS TEXT))",
        [(workload,) for workload in dict.fromkeys(workloads)],
        *(kind.value for kind in EVIDENCE_KINDS), latest_us,
    )  # fmt: skip
    newest = {name: run_id for name, run_id in found if run_id is not None}
    sql = f"SELECT {RUN_COLUMNS} FROM run WHERE id IN ({{marks}})"  # noqa: S608 - own names
    run_ids = dict.fromkeys(newest.values())
    runs = {run.id: run for run in map(read_run, _in_chunks(database, sql, "?", [(run_id,) for run_id in run_ids]))}
    rows = _in_chunks(
        database,
        f"WITH wanted (name, run) AS (VALUES {{marks}}) SELECT {SAMPLE_READ_COLUMNS} FROM wanted"  # noqa: S608 - own names
        " CROSS JOIN sample WHERE sample.run_id = wanted.run AND sample.workload = wanted.name"
        f" ORDER BY {SAMPLE_ORDER}",
        "(CAST(? AS TEXT), CAST(? AS TEXT))",
        newest.items(),
    )
    samples: dict[str, list[Sample]] = {workload: [] for workload in newest}
    for sample in map(read_sample, rows):
        samples[sample.workload].append(sample)
    return {workload: (runs[run_id], tuple(samples[workload])) for workload, run_id in newest.items()}


def _in_chunks(
    database: Database, sql: str, mark: str, parameters: Iterable[tuple[str, ...]], *more: object
) -> Iterator[Row]:
    """The rows of a statement, executed for so many parameters at a time as it has `{marks}` for; `more` go behind."""
    remaining = iter(parameters)
    while chunk := tuple(islice(remaining, _CHUNK_COUNT)):
        marks = ", ".join(mark for _ in chunk)
        yield from database.query(sql.format(marks=marks), [*chain.from_iterable(chunk), *more])
