"""Which interpreter measures: the one that was named, else the project's own where the tool is installed apart."""

import os
import sys
from pathlib import Path

from boss_perf.errors import UsageError
from boss_perf.measure.tree import home_of

OWN_FOLDERS = (".venv", "venv")


def interpreter(named: Path | None, root: Path) -> str:
    """The command of the interpreter for a tree; one named by a path is meant from here, not from the tree."""
    if named is not None:
        return str(named if named.name == str(named) else named.absolute())
    return project_interpreter(root) or sys.executable


def project_interpreter(root: Path) -> str | None:
    """That of the activated environment, else of the checkout's own; None where the tool itself lies within either.

    An environment without pytest runs no suite, so it is not meant. UsageError for a broken one.
    """
    home = home_of(root) or root
    active = os.environ.get("VIRTUAL_ENV")
    folders = [Path(active)] if active else [home / name for name in OWN_FOLDERS]
    if any(Path(sys.prefix).resolve().is_relative_to(each.resolve()) for each in (*folders, home)):
        return None
    for folder in folders:
        python = folder / "bin" / "python"
        if not (folder / "pyvenv.cfg").is_file():
            continue
        if not python.exists():
            gone = (
                f"its python leads to {python.resolve()}, which is gone" if python.is_symlink() else "it has no python"
            )
            raise UsageError(
                f"the environment is broken: {gone}", where=str(folder),
                hint="make it anew, or name an interpreter: --python",
            )  # fmt: skip
        if any(folder.glob("lib*/python*/site-packages/pytest")):
            return str(python.absolute())
    return None
