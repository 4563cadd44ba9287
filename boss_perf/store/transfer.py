"""Copies one history into another, run by run; what is there already stays as it is."""

from dataclasses import dataclass
from functools import partial

from boss_perf.store.connection import Database
from boss_perf.store.rows import RUN_COLUMNS, SAMPLE_COLUMNS, VERDICT_COLUMNS, marks

ITEM_COLUMNS = "workload, run_id, is_quick, run_started_us, run_kind, machine_digest"
_TABLES = (("run", RUN_COLUMNS), ("sample", SAMPLE_COLUMNS), ("item", ITEM_COLUMNS), ("verdict", VERDICT_COLUMNS))


@dataclass(frozen=True, slots=True)
class Copied:
    """How many rows were new to the other history."""

    run_count: int
    sample_count: int
    verdict_count: int


def copy_history(source: Database, destination: Database) -> Copied:
    """Every run of `source` is in `destination` afterwards, none twice; each run goes over in one transaction."""
    counts = dict.fromkeys(("run", "sample", "item", "verdict"), 0)
    for (run_id,) in source.query("SELECT id FROM run ORDER BY started_at_us, id"):
        for table, count in destination.write(partial(_copy_run, source, destination, run_id)).items():
            counts[table] += count
    return Copied(counts["run"], counts["sample"], counts["verdict"])


def _copy_run(source: Database, destination: Database, run_id: str) -> dict[str, int]:
    counts = {}
    for table, columns in _TABLES:
        key = "id" if table == "run" else "run_id"
        insert = f"INSERT INTO {table} ({columns}) VALUES ({marks(columns)}) ON CONFLICT DO NOTHING"  # noqa: S608
        rows = source.query(f"SELECT {columns} FROM {table} WHERE {key} = ?", (run_id,))  # noqa: S608 - own names
        counts[table] = destination.execute_many(insert, rows)
        if table == "run" and not counts[table]:
            destination.execute(
                "UPDATE run SET finished_at_us = ? WHERE id = ? AND finished_at_us IS NULL", (rows[0][3], run_id)
            )
    return counts
