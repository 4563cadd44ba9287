import pytest
from evidence_examples import a_judgement, a_run

from boss_perf.errors import StoreError
from boss_perf.store import rows
from boss_perf.store.history import History, open_database
from boss_perf.store.schema import MIGRATIONS, bring_up_to_date

NEXT = (*MIGRATIONS, ("ALTER TABLE run ADD COLUMN weather TEXT", "UPDATE run SET weather = 'dry'"))
BROKEN = (*NEXT, ("CREATE TABLE half (n BIGINT)", "INSERT INTO nowhere VALUES (1)"))


def test_an_older_history_is_brought_up_to_date_and_keeps_its_rows(address: str) -> None:
    with History.open(address) as history:
        history.save_run(a_run())
    database = open_database(address, create=False)
    bring_up_to_date(database, NEXT)
    bring_up_to_date(database, NEXT)
    assert database.query("SELECT id, weather FROM run") == [("r1", "dry")]
    database.close()
    with pytest.raises(StoreError, match=f"schema {len(NEXT)}"):
        History.open(address)


def test_figures_of_the_version_before_are_kept_as_those_of_an_unknown_promise(address: str) -> None:
    database = open_database(address, create=True)
    bring_up_to_date(database, MIGRATIONS[:1])
    database.execute(f"{rows.insertion('run', rows.RUN_COLUMNS)} DO NOTHING", rows.run_row(a_run()))
    database.execute(
        "INSERT INTO verdict (run_id, target_id, verdict, status, reason, judged_at_us, unit, figure, forks,"
        " value_count) VALUES ('r1', 't', 'MET', 'Completed', 'as seen', 1, 'ns', 42.0, 5, 100)"
    )
    database.close()
    with History.open(address) as history:
        (record,) = history.verdict_history("t")
        assert (record.figure_of, record.expectation, record.is_deciding) == ("", "", True)
        assert (record.value, record.reason, record.dependencies_digest) == (42.0, "as seen", "")
        history.save_verdicts("r1", [a_judgement("t")])
        assert {each.figure_of for each in history.verdict_history("t")} == {"", "p95 latency"}


def test_a_step_that_fails_leaves_the_history_as_it_was(address: str) -> None:
    History.open(address).close()
    database = open_database(address, create=False)
    with pytest.raises(StoreError):
        bring_up_to_date(database, BROKEN)
    assert "half" not in database.tables()
    database.close()
    History.open(address).close()


def test_every_column_is_explained() -> None:
    for statement in (statement for step in MIGRATIONS for statement in step if "CREATE TABLE" in statement):
        assert statement.count("--") >= statement.count("NOT NULL") * 0.5
