"""A thousand runs of fifty targets are read in a handful of statements, and in far less than a second."""

from pathlib import Path

import pytest
from evidence_examples import a_judgement, a_run, a_sample

from boss_perf.store import rows, transfer
from boss_perf.store.history import History

RUNS, TARGETS = 1000, 50


def fill(history: History) -> None:
    """Straight into the tables, in one transaction: saving sample by sample is tested elsewhere."""
    database = history._database
    sample, verdict = rows.sample_row("", a_sample()), rows.verdict_rows(a_run(), a_judgement())[0]

    def insert(table: str, columns: str, row: rows.Row) -> None:
        database.execute(f"{rows.insertion(table, columns)} DO NOTHING", row)

    def work() -> None:
        for number in range(RUNS):
            run = a_run(f"r{number:04}", hours=number)
            insert("run", rows.RUN_COLUMNS, rows.run_row(run))
            started_us = rows.to_us(run.started_at)
            for target in range(TARGETS):
                name = f"t.py::test_{target}"
                insert("sample", rows.SAMPLE_COLUMNS, (run.id, name, *sample[2:]))
                insert("item", transfer.ITEM_COLUMNS, (name, run.id, 0, started_us, "bench", "m1"))
                judged = (run.id, f"t{target}", *verdict[2:8], started_us, started_us, run.id, *verdict[11:])
                insert("verdict", rows.VERDICT_COLUMNS, judged)

    database.write(work)


@pytest.mark.slow
def test_a_report_of_a_thousand_runs_needs_few_statements_and_steps(tmp_path: Path) -> None:
    path = str(tmp_path / "history.db")
    with History.open(path) as history:
        fill(history)
    with History.open(path) as history:
        statements: list[str] = []
        steps: list[int] = []
        history._database._connection.set_progress_handler(lambda: steps.append(1), 1_000)  # type: ignore[attr-defined]
        history._database._connection.set_trace_callback(statements.append)  # type: ignore[attr-defined]
        found = history.newest_evidence_of_all([f"t.py::test_{target}" for target in range(TARGETS)])
        records = history.verdict_history(limit_per_target=12)
        months = history.first_completed_by_month()
        history.newest_run_by_kind()
        history.runs(limit=1)
    assert len(statements) < 12
    assert len(steps) < 3_000  # a thousand of the database's own each
    assert {run.id for run, _ in found.values()} == {"r0999"}
    assert len(found) == TARGETS
    assert len(records) == 12 * TARGETS
    assert months == {"2026-11": tuple(sorted(f"t{target}" for target in range(TARGETS)))}
