"""The workloads that ship with the package run as what they are: tests for pytest-benchmark."""

import subprocess
import sys

import pytest

import boss_perf.benchmarks


@pytest.mark.slow
def test_the_workloads_pass_in_plain_pytest() -> None:
    command = (sys.executable, "-m", "pytest", "-q", "--benchmark-disable", "-p", "no:cacheprovider")
    run = subprocess.run((*command, *boss_perf.benchmarks.__path__), capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout
    assert "never awaited" not in run.stdout
