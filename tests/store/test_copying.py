"""`history copy` and what a team's server may do in the middle of a run."""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from evidence_examples import CACHE, SEARCH, START, a_judgement, a_pair_sample, a_run, a_sample

from boss_perf.errors import ExitStatus, StoreError
from boss_perf.store.history import History
from boss_perf.store.postgresql import PostgresqlDatabase, shown_address


@pytest.fixture
def local(tmp_path: Path) -> History:
    history = History.open(str(tmp_path / "local.db"))
    for number in range(3):
        run = a_run(f"r{number}", hours=number)
        history.save_run(run)
        history.save_sample(run.id, a_sample(fork=number))
        history.save_sample(run.id, a_pair_sample())
        history.save_verdicts(run.id, [a_judgement("a", run=run), a_judgement("b", run=run, is_change=True)])
    history.finish_run("r0", START + timedelta(hours=1))
    return history


def contents(history: History) -> object:
    runs = history.runs()
    return (
        runs,
        [sorted(history.samples(run.id), key=repr) for run in runs],
        history.verdict_history(),
        history.newest_evidence_of_all([SEARCH, CACHE]).keys(),
        history.newest_run_by_kind(),
    )


def test_a_copy_holds_the_same_and_a_second_one_adds_nothing(local: History, history: History) -> None:
    copied = local.copy_to(history)
    assert (copied["run"], copied["sample"], copied["verdict"]) == (3, 6, 6)
    assert contents(history) == contents(local)
    assert not +local.copy_to(history)
    assert contents(history) == contents(local)


def test_a_copy_comes_back_whole(local: History, history: History, tmp_path: Path) -> None:
    local.copy_to(history)
    with History.open(str(tmp_path / "back.db")) as back:
        history.copy_to(back)
        assert contents(back) == contents(local)


def test_what_only_the_other_has_stays_and_a_run_that_ended_since_is_marked(local: History, history: History) -> None:
    history.save_run(a_run("theirs", hours=9))
    history.save_run(a_run("r1", hours=1))
    history.save_sample("r1", a_sample(fork=7))
    local.finish_run("r1", START + timedelta(hours=2))
    local.copy_to(history)
    assert [run.id for run in history.runs()] == ["theirs", "r2", "r1", "r0"]
    assert history.run("r1").finished_at == START + timedelta(hours=2)
    assert {sample.fork for sample in history.samples("r1") if sample.workload == SEARCH} == {1, 7}


def test_a_connection_that_was_lost_is_opened_again(postgresql_server: str, postgresql_url: str) -> None:
    import psycopg

    with History.open(postgresql_url) as history:
        history.save_run(a_run())
        with psycopg.connect(postgresql_server, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (postgresql_url.split("?")[0].rsplit("/", 1)[1],),
            )
        assert history.save_sample("r1", a_sample())
        assert history.samples("r1") == (a_sample(),)


def test_a_server_that_is_gone_is_named_without_its_password() -> None:
    with pytest.raises(StoreError, match="PostgreSQL") as caught:
        History.open("postgresql://someone:geheim@127.0.0.1:1/perf?connect_timeout=1")
    said = str(caught.value)
    assert "postgresql://127.0.0.1:1/perf" in said
    assert "geheim" not in said
    assert "history copy" in said
    assert caught.value.exit_status == ExitStatus.ENVIRONMENT


@pytest.mark.parametrize(
    "url", ["postgresql://u:geheim@h:port/db", "postgresql://u:geheim@[::1/db", "postgresql://u:geheim@h/db?x=geheim"]
)
def test_no_address_is_so_odd_that_the_password_gets_out(url: str) -> None:
    assert "geheim" not in shown_address(url)
    with pytest.raises(StoreError) as caught:
        History.open(url)
    assert "geheim" not in str(caught.value)


def test_without_the_driver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match="not installed") as caught:
        PostgresqlDatabase("postgresql://h/db")
    assert "boss-perf[postgresql]" in str(caught.value)


def test_a_sample_of_a_million_calls_goes_there_and_back(history: History) -> None:
    from boss_perf.model.samples import Reading, Series

    many = replace(a_sample(), series=(Series("subject", Reading.WALL_NS, tuple(range(10**6, 2 * 10**6))),))
    history.save_run(a_run())
    history.save_sample("r1", many)
    assert history.samples("r1") == (many,)
