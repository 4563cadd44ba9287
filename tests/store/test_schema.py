import pytest
from evidence_examples import a_run

from boss_perf.errors import StoreError
from boss_perf.store.connection import open_database
from boss_perf.store.history import History
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
