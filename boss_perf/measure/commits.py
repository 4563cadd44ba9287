"""What git knows of the commits in a history: their first lines, and where they can be read."""

import re
from collections.abc import Iterable
from pathlib import Path

from boss_perf.errors import MeasureError
from boss_perf.measure.revision import git, git_with

_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_REMOTE = re.compile(r"(?:https://(?:[^@/]+@)?|ssh://git@|git@)([\w.-]+)[:/]([\w.~/-]+?)(?:\.git)?/?", re.ASCII)


def commit_subjects(root: Path, commits: Iterable[str]) -> dict[str, str]:
    """The first line of each commit that this checkout has; nothing outside git."""
    wanted = sorted({each for each in commits if _COMMIT.fullmatch(each)})
    if not wanted:
        return {}
    try:
        told = git_with(
            root,
            ("log", "--no-walk=unsorted", "--ignore-missing", "--stdin", "--format=%H %s"),
            standard_input="\n".join(wanted),
        )
    except MeasureError:
        return {}
    return dict(line.split(" ", 1) for line in told.splitlines() if " " in line)


def commit_url(root: Path) -> str | None:
    """The address of a commit's page, but for the commit, where `origin` is a host that is known to have such pages."""
    try:
        remote = _REMOTE.fullmatch(git(root, "remote", "get-url", "origin"))
    except MeasureError:
        return None
    if remote is None:
        return None
    host, path = remote.groups()
    if host == "github.com":
        return f"https://{host}/{path}/commit/"
    return f"https://{host}/{path}/-/commit/" if "gitlab" in host else None
