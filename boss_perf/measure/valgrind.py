"""Valgrind, where it is installed: it counts the instructions of a process and runs it many times as slowly."""

import shutil

SLOWDOWN = 50
"""How many times as long anything may take under it."""


def cachegrind(folder: str) -> tuple[str, ...]:
    """The words that go before an interpreter's; each of its processes leaves a file named by its id in the folder."""
    return ("valgrind", "-q", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={folder}/%p")


def is_installed() -> bool:
    """Whether instructions can be counted on this machine."""
    return shutil.which("valgrind") is not None
