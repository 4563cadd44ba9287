"""Which code is measured, as git tells: the commit, the branch, uncommitted changes; and where a commit can be read."""

import functools
import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from boss_perf.errors import MeasureError

GIT_LIMIT_S = 60.0
ADVICE_LINES = 12
NO_REPOSITORY = "not a git repository"
REPOSITORY_HINT = "commits are compared: `git init` and commit what is there, or `boss-perf compare FOLDER FOLDER`"
LOCAL_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")
"""What git tells its hooks about the checkout it works on; it would bend every command about another one."""
OWN_REPORTS = ("reports/*.md", "reports/*.html", "reports/floors.json")
"""What boss-perf itself writes is no change to what it measures."""
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_REMOTE = re.compile(r"(?:https://(?:[^@/]+@)?|ssh://git@|git@)([\w.-]+)[:/]([\w.~/-]+?)(?:\.git)?/?", re.ASCII)


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


def is_tracked(file: Path) -> bool:
    """Whether a commit could have brought the file, or the link or folder that leads to it."""
    for place in {file.absolute(), file.resolve()}:
        for each in (place, *place.parents[:-1]):
            try:
                if (each == place or each.is_symlink()) and git(each.parent, "ls-files", "--", each.name):
                    return True
            except (MeasureError, OSError):
                break
    return False


def git(
    root: Path,
    *arguments: str,
    standard_input: str | None = None,
    environment: Mapping[str, str] | None = None,
    limit_s: float = GIT_LIMIT_S,
) -> str:
    """What git prints, without the last newline; MeasureError with git's own words, advice included, when it fails.

    `environment` are further variables.
    """
    around = {name: text for name, text in os.environ.items() if name not in LOCAL_VARIABLES}
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            input=standard_input, capture_output=True, text=True, errors="surrogateescape", timeout=limit_s,
            check=False, env={**around, **(environment or {})},
        )  # fmt: skip
    except FileNotFoundError as error:
        raise MeasureError("git is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise MeasureError(
            f"git {_command(arguments)} gave no answer within {limit_s:.0f} s", where=str(root)
        ) from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["failed"]
        first = next((turn for turn, line in enumerate(said) if line.startswith(("fatal:", "error:"))), len(said) - 1)
        if NO_REPOSITORY in said[first]:
            raise MeasureError("no git repository", where=str(root), hint=REPOSITORY_HINT)
        advice = "\n".join(said[first + 1 :][:ADVICE_LINES]).strip()
        raise MeasureError(f"git {_command(arguments)}: {said[first]}", where=str(root), hint=advice or None)
    return done.stdout.rstrip("\n")


def _command(arguments: Sequence[str]) -> str:
    """The word after git's own options, each of which has a value here."""
    return arguments[2] if arguments[0] == "-c" else arguments[0]


def commit_subjects(root: Path, commits: Iterable[str]) -> dict[str, str]:
    """The first line of each commit that this checkout has; nothing outside git."""
    wanted = sorted({each for each in commits if _COMMIT.fullmatch(each)})
    if not wanted:
        return {}
    try:
        told = git(
            root, "log", "--no-walk=unsorted", "--ignore-missing", "--stdin", "--format=%H %s",
            standard_input="\n".join(wanted),
        )  # fmt: skip
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


@functools.cache
def checkout_around(folder: Path) -> Path | None:
    """The top of the checkout that a folder belongs to; None outside git, and where a repository around ignores it."""
    try:
        if not git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--directory"):
            return None
        return Path(git(folder, "rev-parse", "--show-toplevel"))
    except MeasureError:
        return None


@functools.cache
def home_of(folder: Path) -> Path | None:
    """The user's own checkout of the repository that a folder belongs to; None outside git."""
    if checkout_around(folder) is None:
        return None
    return Path(git(folder, "rev-parse", "--path-format=absolute", "--git-common-dir")).parent
