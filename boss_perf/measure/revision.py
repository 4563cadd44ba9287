"""Which code is measured: the commit, the branch, and whether the tree carries uncommitted changes."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from boss_perf.errors import MeasureError

GIT_LIMIT_S = 60.0
OWN_REPORTS = ("reports/*.md", "reports/*.html")
"""What boss-perf itself writes is no change to what it measures."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit (None outside git), its branch (None when detached), and whether files differ from it."""

    commit: str | None
    branch: str | None
    is_dirty: bool


def revision_of(root: Path) -> Revision:
    """The revision of the tree that root belongs to; outside git, or without git, everything is unknown."""
    try:
        commit = git(root, "rev-parse", "--verify", "HEAD")
    except MeasureError:
        return Revision(None, None, is_dirty=True)
    branch = git(root, "rev-parse", "--abbrev-ref", "HEAD")
    others = (f":(exclude){each}" for each in OWN_REPORTS)
    changed = git(root, "status", "--porcelain", "--untracked-files=no", "--", ":(top)", *others)
    return Revision(commit, None if branch == "HEAD" else branch, bool(changed))


def git(root: Path, *arguments: str) -> str:
    """What git prints, without the last newline; MeasureError with git's own first words when it fails."""
    return git_with(root, arguments)


def git_with(root: Path, arguments: Sequence[str], *, standard_input: str | None = None) -> str:
    """The same with something on git's standard input."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            input=standard_input, capture_output=True, text=True, errors="surrogateescape", timeout=GIT_LIMIT_S,
            check=False,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise MeasureError("git is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise MeasureError(f"git {arguments[0]} gave no answer within {GIT_LIMIT_S:.0f} s", where=str(root)) from error
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise MeasureError(f"git {arguments[0]}: {said[-1] if said else 'failed'}", where=str(root))
    return done.stdout.rstrip("\n")
