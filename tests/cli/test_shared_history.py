"""A team's PostgreSQL history from the command line, and what becomes of a run when the database is not there."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from command_runs import boss_perf, started, wait_until, write_project

from boss_perf.cli.run_recorder import UNSENT, Keeping, keep_finished, new_run
from boss_perf.errors import StoreError
from boss_perf.model.runs import Run, RunKind
from boss_perf.model.samples import Pass, Reading, Sample, Series
from boss_perf.store.history import History
from boss_perf.targets.loader import parse_targets

if TYPE_CHECKING:
    import psycopg

NOWHERE = "postgresql://me:secret@127.0.0.1:9/perf"


def _drop(postgresql_server: str, name: str) -> None:
    import psycopg

    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _run(root: Path) -> Run:
    target_set = parse_targets((root / "targets.yaml").read_bytes(), path="targets.yaml")
    return new_run(root, target_set, RunKind.BENCH, seed=1)


def _sample(fork: int) -> Sample:
    series = (Series("subject", Reading.WALL_NS, (100, 200)),)
    return Sample(
        workload="test_it.py::test_fast", phase=Pass.BATCHES, fork=fork, started_at=datetime.now(UTC),
        arms=("subject",), series=series,
    )  # fmt: skip


@pytest.mark.slow
def test_bench_and_report_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    root = write_project(tmp_path / "p")
    benched = boss_perf(root, "bench", "fast", "--forks", "5", "--store", postgresql_url)
    assert benched.status == 0, benched.err
    assert " met" in benched.out
    assert not (root / ".boss-perf").exists()
    reported = boss_perf(root, "report", BOSS_PERF_DB=postgresql_url)
    assert reported.status == 0, reported.err
    row = next(
        line for line in (root / "reports/performance_tracker.md").read_text().splitlines() if line.startswith("| C |")
    )
    assert "MET" in row or "🟢" in row


@pytest.mark.parametrize("words", [("bench", "fast"), ("report",), ("status",), ("trend", "fast")])
def test_an_unreachable_database_is_said_and_nothing_is_measured(tmp_path: Path, words: tuple[str, ...]) -> None:
    root = write_project(tmp_path / "p")
    done = boss_perf(root, *words, BOSS_PERF_DB=NOWHERE)
    assert done.status == 5
    assert "postgresql://127.0.0.1:9/perf" in done.err
    assert "--store FILE" in done.err
    assert "secret" not in done.err + done.out
    assert "Traceback" not in done.err
    assert sorted(path.name for path in root.iterdir()) == ["targets.yaml", "test_it.py"]


def test_a_run_whose_database_vanishes_is_whole_in_a_local_file(
    tmp_path: Path, postgresql_server: str, postgresql_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_project(tmp_path / "p")
    name = urlsplit(postgresql_url).path.strip("/")
    run = _run(root)
    with History.open(postgresql_url) as history, Keeping(history, run, root=root) as keeping:
        keeping.save_sample(_sample(0))
        _drop(postgresql_server, name)
        keeping.save_sample(_sample(1))
        keeping.save_sample(_sample(2))
        keeping.conclude(lambda _: ())
    told = capsys.readouterr().err
    assert f"boss-perf history copy --store {root / UNSENT} --to postgresql://" in told
    with History.open(str(root / UNSENT), create=False) as kept:
        assert [each.fork for each in kept.samples(run.id)] == [0, 1, 2]
        assert kept.run(run.id).finished_at is not None


def test_what_was_kept_locally_is_sent_later_and_once(
    tmp_path: Path, postgresql_server: str, postgresql_url: str
) -> None:
    import psycopg

    root = write_project(tmp_path / "p")
    name = urlsplit(postgresql_url).path.strip("/")
    run = _run(root)
    with History.open(postgresql_url) as history, Keeping(history, run, root=root) as keeping:
        keeping.save_sample(_sample(0))
        with psycopg.connect(postgresql_server, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        keeping.save_sample(_sample(1))
        keeping.conclude(lambda _: ())
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    for new in ("1 samples", "0 samples"):
        done = boss_perf(root, "history", "copy", "--store", str(UNSENT), "--to", postgresql_url)
        assert done.status == 0, done.err
        assert new in done.out
    with History.open(postgresql_url) as history:
        assert [each.fork for each in history.samples(run.id)] == [0, 1]
        assert history.run(run.id).finished_at is not None


@pytest.mark.slow
def test_a_bench_whose_server_is_cut_off_ends_well_and_is_sent_later(
    tmp_path: Path, postgresql_server: str, postgresql_url: str
) -> None:
    import psycopg

    root = write_project(tmp_path / "p")
    name = urlsplit(postgresql_url).path.strip("/")
    with started(root, "bench", "fast", "pair", "--forks", "6", "--store", postgresql_url) as bench:
        with psycopg.connect(postgresql_url, autocommit=True) as connection:
            wait_until(lambda: _sample_count(connection) > 2)
        with psycopg.connect(postgresql_server, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        out, err = bench.communicate(timeout=120)
    assert bench.returncode == 0, err
    assert f"going on in {root / UNSENT}" in err
    assert "2 of 2 met" in out
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert boss_perf(root, "history", "copy", "--store", str(UNSENT), "--to", postgresql_url).status == 0
    with History.open(postgresql_url) as there, History.open(str(root / UNSENT), create=False) as here:
        (run,) = there.runs()
        assert run.finished_at is not None
        assert len(there.samples(run.id)) == len(here.samples(run.id)) >= 10


def _sample_count(connection: "psycopg.Connection[Any]") -> int:
    import psycopg

    try:
        row = connection.execute("SELECT count(*) FROM boss_perf.sample").fetchone()
    except psycopg.errors.UndefinedTable:
        return 0
    return int(row[0]) if row else 0


def test_a_run_that_only_has_its_name_to_tell_is_kept_where_it_can_be(
    tmp_path: Path, postgresql_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_project(tmp_path / "p")
    sent, unsent = _run(root), _run(root)
    keep_finished(root, postgresql_url, sent)
    keep_finished(root, NOWHERE, unsent)
    assert f"kept in {root / UNSENT}" in capsys.readouterr().err
    with History.open(postgresql_url) as there, History.open(str(root / UNSENT), create=False) as here:
        assert [(run.id, run.finished_at is not None) for run in there.runs()] == [(sent.id, True)]
        assert [(run.id, run.finished_at is not None) for run in here.runs()] == [(unsent.id, True)]


def test_a_file_that_fails_has_no_second_place(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p")
    history = History.open(str(tmp_path / "history.db"))
    with pytest.raises(StoreError), Keeping(history, _run(root), root=root) as keeping:
        history.close()
        keeping.save_sample(_sample(0))
    assert not (root / UNSENT).exists()
