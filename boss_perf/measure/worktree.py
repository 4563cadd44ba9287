"""The base's tree: a git worktree of its own outside the checkout, with head's benchmark files laid over it."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from boss_perf.errors import MeasureError, UsageError
from boss_perf.measure.own_folders import folder_prefix, is_abandoned
from boss_perf.measure.revision import git
from boss_perf.measure.submodules import fill_submodules
from boss_perf.model.environment import measured_environment

SUITE_WORDS = {"test", "tests", "testing", "benchmark", "benchmarks", "bench", "perf", "performance"}
SETUP_LIMIT_S = 1800.0
WITHOUT_HOOKS = ("-c", f"core.hooksPath={os.devnull}")
LEFT_OUT = (".git", ".hg", ".venv", "venv", ".tox", ".nox", "node_modules", "__pycache__", ".boss-perf")


def resolve_commit(repository: Path, ref: str) -> str:
    """The full hash a ref names; UsageError with the way out when it names nothing here."""
    if ref.startswith("-"):
        raise UsageError(f"{ref!r} is no ref")
    try:
        return git(repository, "rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}")
    except MeasureError as error:
        is_shallow = git(repository, "rev-parse", "--is-shallow-repository") == "true"
        hint = (
            "this is a shallow clone: fetch more of it, for example with `fetch-depth: 0` in the checkout step"
            if is_shallow
            else "`git fetch` may bring it, `git branch -a` lists what is here"
        )
        raise UsageError(f"no commit is called {ref!r} here", where=str(repository), hint=hint) from error


def default_base(repository: Path) -> str:
    """The merge base of HEAD with the default branch: what a pull request would be compared with."""
    for name in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
        with contextlib.suppress(MeasureError):
            git(repository, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
            return git(repository, "merge-base", "HEAD", name)
    raise UsageError(
        "there is no default branch to compare with", where=str(repository), hint="name a ref: --against REF"
    )


@contextmanager
def worktree(repository: Path, commit: str) -> Iterator[Path]:
    """Check the commit out for the time of the block; what a killed run left behind is cleared first.

    The repository's hooks do not run: they are for the user's own checkout. Submodules come from that one too.
    """
    clear_abandoned(repository)
    folder = Path(tempfile.mkdtemp(prefix=folder_prefix("tree")))
    tree = folder / "tree"
    try:
        git(repository, *WITHOUT_HOOKS, "worktree", "add", "--detach", "--force", str(tree), commit)
        fill_submodules(tree, repository=repository)
        yield tree
    finally:
        with contextlib.suppress(MeasureError):
            git(repository, "worktree", "remove", "--force", "--force", str(tree))
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(MeasureError):
            git(repository, "worktree", "prune")


@contextmanager
def copied(folder: Path) -> Iterator[Path]:
    """A copy of a folder for the time of the block, without what a checkout collects beside its code."""
    with tempfile.TemporaryDirectory(prefix=folder_prefix("tree")) as place:
        tree = Path(place) / "tree"
        shutil.copytree(folder, tree, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
        yield tree


def clear_abandoned(repository: Path) -> None:
    """Remove worktrees of runs whose process is gone."""
    for line in git(repository, "worktree", "list", "--porcelain").splitlines():
        path = Path(line.removeprefix("worktree ")) if line.startswith("worktree ") else None
        if path is not None and is_abandoned(path.parent):
            with contextlib.suppress(MeasureError):
                git(repository, "worktree", "remove", "--force", "--force", str(path))
            shutil.rmtree(path.parent, ignore_errors=True)
    git(repository, "worktree", "prune")


def suite_paths(files: Iterable[str], *, root: Path) -> tuple[str, ...]:
    """What belongs to the benchmark suite, relative to root: the files, their conftests, and test folders as a whole.

    A folder counts as a test folder by its name; beside code only the benchmark file itself is taken, or the base
    would be measured with head's code.
    """
    chosen: dict[str, None] = {}
    for file in files:
        relative = Path(file)
        folder = next((each for each in reversed(relative.parents) if each.name.lower() in SUITE_WORDS), None)
        chosen[str(folder if folder is not None else relative)] = None
        for parent in relative.parents:
            if (root / parent / "conftest.py").is_file():
                chosen[str(parent / "conftest.py")] = None
    return tuple(chosen)


def lay_over(tree: Path, *, head: Path, paths: Sequence[str]) -> None:
    """Replace the suite's files in the base's tree by head's; links that leave head are not followed."""
    for path in paths:
        source, goal = head / path, tree / path
        if not source.resolve().is_relative_to(head.resolve()):
            continue
        if source.is_dir():
            shutil.rmtree(goal, ignore_errors=True)
            shutil.copytree(source, goal, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", ".git"))
        elif source.is_file():
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, goal)


@contextmanager
def checked_out(repository: Path, commit: str, *, folder: Path, setup: Sequence[str] = ()) -> Iterator[Path]:
    """One folder (relative to the repository) of a commit for the time of the block, prepared by the set-up command."""
    with worktree(repository, commit) as tree:
        root = tree / folder
        if not root.is_dir():
            raise UsageError(f"{commit[:12]} has no folder {folder}", hint="run it where both sides have it")
        if setup:
            prepare(root, setup)
        yield root


def prepare(tree: Path, command: Sequence[str]) -> None:
    """Run the project's own set-up command in a tree, without a shell; MeasureError with its last words if it fails."""
    try:
        done = subprocess.run(
            list(command), cwd=tree, capture_output=True, text=True, errors="replace", timeout=SETUP_LIMIT_S,
            check=False, stdin=subprocess.DEVNULL,
            env={**measured_environment(os.environ), "BOSS_PERF_PYTHON": sys.executable},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MeasureError(f"the set-up command failed: {error}", where=str(tree)) from error
    if done.returncode:
        words = (done.stderr or done.stdout).strip()[-800:]
        raise MeasureError(f"the set-up command ended with {done.returncode}", where=str(tree), hint=words)
