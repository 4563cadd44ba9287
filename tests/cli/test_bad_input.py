"""A user's mistakes: a message with a place and a way out, the right status, no traceback, nothing lost."""

import fcntl
import io
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from command_runs import AS_A_USER, TARGETS, boss_perf, boss_perf_process, started, wait_until, write_project

from boss_perf.cli.streams import speak_plainly
from boss_perf.measure.machine.lock import lock_path, machine_lock
from boss_perf.measure.machine.stray_processes import MARK
from boss_perf.report.writing import write_text
from boss_perf.store.history import History

HOSTILE = {
    "aliases": "a: &a [x, x]\nb: [*a, *a]\nproject: D\n",
    "tag": "project: !!python/object/apply:os.system [echo pwned]\n",
    "deep": "project: " + "[" * 200 + "]" * 200 + "\n",
    "empty": "",
    "list": "- 1\n- 2\n",
    "duplicate": "project: A\nproject: B\n",
    "gap in an amount": f"project: P\npolicy: {{margin: 3 x{' ' * 400_000}%}}\n",
    "gap in a kind of run": f"project: P\ninfrastructure:\n  - {{name: a, evidence: a{' ' * 400_000}runs}}\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_targets_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "targets.yaml").write_text(HOSTILE[name], encoding="utf-8")
    done = boss_perf(tmp_path, "check")
    assert done.status == 2
    assert "targets.yaml" in done.err
    assert "Traceback" not in done.err + done.out
    assert "pwned" not in done.out


@pytest.mark.parametrize(
    ("content", "words"), [(b"\x00\x01\xff\xfe" * 50, "targets.yaml"), (b"x" * 50_000_000, "1 MB")]
)
def test_a_binary_or_huge_targets_file_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "targets.yaml").write_bytes(content)
    done = boss_perf(tmp_path, "bench")
    assert done.status == 2
    assert words in done.err
    assert "Traceback" not in done.err


def test_a_missing_targets_file_names_the_way_out(tmp_path: Path) -> None:
    done = boss_perf(tmp_path, "bench")
    assert done.status == 2
    assert "boss-perf init" in done.err
    assert "boss-perf init" not in boss_perf(tmp_path, "import", "tracker.md").err


def test_every_complaint_comes_at_once_with_its_place(tmp_path: Path) -> None:
    text = TARGETS.replace(
        'latency -50%, workload: "test_it.py::test_pair"', "latencyy -50%, workload: 'test_it.py::t'"
    )
    (tmp_path / "targets.yaml").write_text(text.replace("p95 < 50 ms", "p95 < 50 mss"), encoding="utf-8")
    done = boss_perf(tmp_path, "check")
    assert done.status == 2
    assert done.err.count("targets.yaml:") >= 2
    assert "latency" in done.err
    assert "did you mean" in done.err


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_stream_without_our_letters_shows_plainer_ones(encoding: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    speak_plainly(stream)
    stream.write("355 → 362 µs, −60 % (−62 … ∞) \N{CJK UNIFIED IDEOGRAPH-5B57}")
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    written = stream.buffer.getvalue().decode(encoding)
    assert written.startswith("355 -> 362 ") and "-60 % (-62 " in written and written.endswith("inf) ?")


def test_a_stream_gets_the_letters_and_the_colour_that_it_is_said_to_take(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    done = boss_perf_process(root, "status", PYTHONIOENCODING="ascii", FORCE_COLOR="1", NO_COLOR="", TERM="xterm")
    assert done.out.isascii() and "\x1b[" in done.out and " - 7 targets" in done.out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
def test_a_full_disk_under_the_answer_is_said_in_a_line(tmp_path: Path) -> None:
    full = ("sh", "-c", 'exec "$@" > /dev/full', "sh")
    done = boss_perf_process(write_project(tmp_path), "status", prefix=full)
    assert (done.status, done.err) == (5, "the answer  No space left on device\n")


def test_a_closed_answer_goes_nowhere(tmp_path: Path) -> None:
    closed = ("sh", "-c", 'exec "$@" >&-', "sh")
    done = boss_perf_process(write_project(tmp_path), "status", prefix=closed)
    assert (done.status, done.err) == (0, "")


def test_an_unknown_id_is_guessed(tmp_path: Path) -> None:
    done = boss_perf(write_project(tmp_path), "bench", "fats")
    assert done.status == 2
    assert "did you mean 'fast'" in done.err


def test_a_second_session_is_refused_and_told_who_measures(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p")
    with machine_lock("a test", path=tmp_path / "lock"):
        done = boss_perf(root, "bench", "fast", BOSS_PERF_LOCK=str(tmp_path / "lock"))
    assert done.status == 5
    assert "a test" in done.err
    assert not (root / ".boss-perf").exists()


def test_there_is_one_lock_wherever_temporary_files_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOSS_PERF_LOCK", raising=False)
    before = lock_path()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert lock_path() == before == Path("/tmp/boss-perf.lock")


def test_the_lock_of_a_killed_session_is_free(tmp_path: Path) -> None:
    place = tmp_path / "lock"
    place.write_text("process 1 (gone) since 00:00\n")
    with machine_lock("a test", path=place), place.open() as file, pytest.raises(OSError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave a lock to somebody else")
def test_another_users_lock_can_be_held(tmp_path: Path) -> None:
    place = tmp_path / "lock"
    with machine_lock("the other user", path=place):
        pass
    tmp_path.chmod(0o755)
    script = (
        "import fcntl, os, sys; from pathlib import Path; from boss_perf.measure.machine.lock import machine_lock\n"
        f"with machine_lock('a test', path=Path({str(place)!r})), open({str(place)!r}) as file:\n"
        "    try: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
        "    except OSError: print('held')\n"
    )
    place.chmod(0o444)
    done = subprocess.run(
        [*AS_A_USER, sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == "held\n", done.stderr


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="without /proc nobody can tell whose they are")
def test_what_a_killed_session_left_running_is_ended_and_nothing_else(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    marks = {"left": f"{gone.pid}-a", "measured": f"{os.getpid()}-b", "foreign": "c"}
    processes = {
        name: subprocess.Popen(["sleep", "300"], env={**os.environ, MARK: mark}) for name, mark in marks.items()
    }
    try:
        with machine_lock("a test", path=tmp_path / "lock"):
            assert processes["left"].wait(timeout=10) == -signal.SIGKILL
            assert processes["measured"].poll() is None
            assert processes["foreign"].poll() is None
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


def test_a_corrupt_history_is_left_alone(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    place = root / ".boss-perf" / "history.db"
    place.parent.mkdir()
    place.write_bytes(b"this is no database" * 100)
    done = boss_perf(root, "bench", "fast")
    assert done.status == 5
    assert "history.db" in done.err
    assert place.read_bytes().startswith(b"this is no database")


def test_a_history_of_a_newer_schema_is_left_alone(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    place = root / ".boss-perf" / "history.db"
    place.parent.mkdir()
    History.open(str(place)).close()
    with sqlite3.connect(place) as connection:
        connection.execute("update schema_version set version = 9999")
    done = boss_perf(root, "report")
    assert done.status == 5
    assert "newer" in done.err


def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    root.chmod(0o500)
    try:
        done = boss_perf_process(root, "bench", "fast", prefix=AS_A_USER)
        assert done.status == 5
        assert "Permission denied" in done.err
        assert "Traceback" not in done.err
    finally:
        root.chmod(0o700)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    (root / "blocked").write_text("a file, not a folder")
    done = boss_perf(root, "bench", "fast", "--store", "blocked/history.db")
    assert done.status == 5
    assert "blocked" in done.err
    assert boss_perf(root, "report", "--to", "blocked/tracker.md").status == 5


@pytest.mark.parametrize("word", [pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGTERM])
def test_an_interrupted_run_keeps_what_it_measured_and_can_be_resumed(tmp_path: Path, word: signal.Signals) -> None:
    root = write_project(tmp_path)
    store = root / ".boss-perf" / "history.db"
    words = ("bench", "fast", "--forks", "6")
    with started(root, *words, TMPDIR=str(tmp_path)) as process:
        wait_until(lambda: store.exists() and _samples(store) > 0)
        process.send_signal(word)
        _, err = process.communicate(timeout=60)
    kept = _samples(store)
    assert process.returncode == 130, err
    assert kept > 0
    done = boss_perf(root, *words, "--resume", TMPDIR=str(tmp_path))
    assert done.status == 0, done.err
    assert _samples(store) > kept
    assert len(_runs(store)) == 1
    again = boss_perf(root, "bench", "--resume", TMPDIR=str(tmp_path))
    assert again.status == 2
    assert "no interrupted run" in again.err


def _samples(store: Path) -> int:
    with History.open(str(store)) as history:
        return sum(len(history.samples(run.id)) for run in history.runs())


def _runs(store: Path) -> tuple[object, ...]:
    with History.open(str(store)) as history:
        return history.runs()


def test_a_reader_who_goes_away_changes_neither_the_gates_status_nor_its_files(tmp_path: Path) -> None:
    write_project(tmp_path)
    (tmp_path / ".boss-perf").mkdir()
    History.open(str(tmp_path / ".boss-perf/history.db")).close()
    command = [sys.executable, "-m", "boss_perf", "gate", "--output", "json=gate.json"]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, cwd=tmp_path, stdout=writer, stderr=subprocess.DEVNULL, timeout=60, check=False)
    os.close(writer)
    assert done.returncode == 4
    assert (tmp_path / "gate.json").exists()


@pytest.mark.parametrize("place", ["", ".", "targets.yaml/gate.json"])
def test_a_report_that_cannot_be_written_is_refused_before_anything_is_measured(tmp_path: Path, place: str) -> None:
    write_project(tmp_path)
    done = boss_perf(tmp_path, "gate", "--against", "nowhere", "--output", f"json={place}")
    assert done.status == 2
    assert f"json={place}: no file can be written there" in done.err


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_text(pipe, "text")
    assert os.read(reader, 10) == b"text"
    assert pipe.is_fifo()
    os.close(reader)
