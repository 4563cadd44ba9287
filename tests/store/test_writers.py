"""Several processes write into one history at once: every run is there, none twice."""

import subprocess
import sys
from pathlib import Path

import pytest

from boss_perf.store.history import History

WRITER = """
import sys
sys.path.insert(0, sys.argv[4])
from evidence_examples import START, a_judgement, a_run, a_sample
from boss_perf.store.history import History
address, writer, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with History.open(address) as history:
    for number in range(count):
        run = a_run(f"{writer}-{number}", hours=number)
        for attempt in range(2):
            history.save_run(run)
            history.save_sample(run.id, a_sample(fork=0))
            history.save_run(a_run("shared"))
            history.save_sample("shared", a_sample(fork=number))
        history.save_verdicts(run.id, [a_judgement("search", run=run)])
        history.finish_run(run.id, START)
"""


def write_at_once(address: str, *, writers: int, runs: int) -> None:
    here = str(Path(__file__).parent)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, address, f"w{number}", str(runs), here], stderr=subprocess.PIPE, text=True
        )
        for number in range(writers)
    ]
    complaints = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * writers, "\n".join(complaints)


def check(address: str, *, writers: int, runs: int) -> None:
    with History.open(address) as history:
        ids = [run.id for run in history.runs()]
        assert sorted(ids) == sorted(["shared", *(f"w{w}-{r}" for w in range(writers) for r in range(runs))])
        assert all(len(history.samples(run_id)) == 1 for run_id in ids if run_id != "shared")
        assert [sample.fork for sample in sorted(history.samples("shared"), key=lambda s: s.fork)] == list(range(runs))
        assert len(history.verdict_history("search")) == writers * runs
        assert sum(run.finished_at is not None for run in history.runs()) == writers * runs


def test_four_writers_that_also_create_the_history(address: str) -> None:
    write_at_once(address, writers=4, runs=5)
    check(address, writers=4, runs=5)


@pytest.mark.slow
def test_eight_writers_of_a_hundred_runs(address: str) -> None:
    write_at_once(address, writers=8, runs=100)
    check(address, writers=8, runs=100)
