"""Copies one history into another, run by run; what is there already stays as it is."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

from boss_perf.store.connection import Database, Row
from boss_perf.store.rows import RUN_COLUMNS, SAMPLE_COLUMNS, VERDICT_COLUMNS, insertion

ITEM_COLUMNS = "workload, run_id, is_quick, run_started_us, run_kind, machine_digest"
EXPLANATION_COLUMNS = "workload, is_one_tree, explained_at_us, detail"
_TABLES = (("run", RUN_COLUMNS), ("sample", SAMPLE_COLUMNS), ("item", ITEM_COLUMNS), ("verdict", VERDICT_COLUMNS))


def copy_history(source: Database, destination: Database) -> Counter[str]:
    """Every run of `source` is in `destination` afterwards, none twice; each run goes over in one transaction.

    Returns how many rows of each table were new there.
    """
    counts: Counter[str] = Counter()
    explanations = source.query(f"SELECT {EXPLANATION_COLUMNS} FROM explanation")  # noqa: S608 - own names
    destination.write(partial(put_explanations, destination, explanations))
    for (run_id,) in source.query("SELECT id FROM run ORDER BY started_at_us, id"):
        counts.update(destination.write(partial(_copy_run, source, destination, run_id)))
    return counts


def put_explanations(database: Database, rows: Sequence[Row]) -> int:
    """Keep each where there is none of its kind that is newer; how many were."""
    return database.execute_many(
        insertion("explanation", EXPLANATION_COLUMNS) + " (workload, is_one_tree)"
        " DO UPDATE SET explained_at_us = excluded.explained_at_us, detail = excluded.detail"
        " WHERE excluded.explained_at_us > explanation.explained_at_us",
        rows,
    )


def _copy_run(source: Database, destination: Database, run_id: str) -> dict[str, int]:
    counts = {}
    for table, columns in _TABLES:
        key = "id" if table == "run" else "run_id"
        rows = source.query(f"SELECT {columns} FROM {table} WHERE {key} = ?", (run_id,))  # noqa: S608 - own names
        counts[table] = destination.execute_many(f"{insertion(table, columns)} DO NOTHING", rows)
        if table == "run" and not counts[table]:
            destination.execute(
                "UPDATE run SET finished_at_us = ? WHERE id = ? AND finished_at_us IS NULL", (rows[0][3], run_id)
            )
    return counts
