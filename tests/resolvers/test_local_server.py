"""The private PostgreSQL's register of the processes that use it."""

import json
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from boss_perf.resolvers.database.local_server import _forget_ended_processes

HOLDS_THE_LOCK = """
import sys
import fasteners

with fasteners.InterProcessLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.readline()
"""

NOBODY = 2**22 + 1  # above the highest process id that Linux gives


def test_processes_that_ended_are_forgotten_only_while_nobody_else_signs_on(tmp_path: Path) -> None:
    pytest.importorskip("fasteners")
    register, lock = tmp_path / "pids.json", tmp_path / "lock"
    register.write_text(json.dumps([NOBODY]))
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS_THE_LOCK, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None and holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        forgetting = Thread(target=_forget_ended_processes, args=(register, lock))
        forgetting.start()
        forgetting.join(timeout=0.2)
        assert json.loads(register.read_text()) == [NOBODY]
        register.write_text(json.dumps([NOBODY, holder.pid]))
        holder.stdin.write("\n")
        holder.stdin.flush()
        forgetting.join()
    assert NOBODY not in json.loads(register.read_text())


def test_a_register_that_cannot_be_read_is_left_as_it_is(tmp_path: Path) -> None:
    pytest.importorskip("fasteners")
    register = tmp_path / "pids.json"
    register.write_text("[1, ")
    _forget_ended_processes(register, tmp_path / "lock")
    assert register.read_text() == "[1, "
