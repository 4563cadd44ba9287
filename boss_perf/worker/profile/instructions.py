"""What valgrind counts while a child process makes calls of the subject."""

import os

from ..profile_messages import Instructions
from ..subject import Subject

SUMMARY = b"summary:"


def count_instructions(subject: Subject, calls: int, folder: str) -> Instructions:
    """All instructions of a child that makes so many calls and ends, with those of this process until then."""
    child = os.fork()
    if child == 0:
        try:
            subject.batch(calls)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    try:
        with open(os.path.join(folder, str(child)), "rb") as file:
            told = [line.removeprefix(SUMMARY) for line in file if line.startswith(SUMMARY)]
    except OSError:
        return Instructions(0)
    return Instructions(int(told[0].split()[0]) if told else 0)
