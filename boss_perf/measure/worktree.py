"""Checkouts outside of the user's own: a git worktree per commit, cleared away whatever happens."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from boss_perf.errors import MeasureError, UsageError
from boss_perf.measure.own_folders import folder_prefix, is_abandoned
from boss_perf.measure.revision import git, git_with, revision_of
from boss_perf.measure.submodules import fill_submodules
from boss_perf.model.environment import measured_environment

SETUP_LIMIT_S = 1800.0
CHECKOUT_LIMIT_S = 900.0
WITHOUT_HOOKS = ("-c", f"core.hooksPath={os.devnull}")


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


def base_of_change(repository: Path) -> str:
    """What a change is held against: where it left the default branch; on that branch itself the commit before.

    HEAD stands against itself only where uncommitted work is the change.
    """
    base = default_base(repository)
    if base != git(repository, "rev-parse", "HEAD") or revision_of(repository).is_dirty:
        return base
    try:
        return git(repository, "rev-parse", "--verify", "--quiet", "HEAD^1")
    except MeasureError as error:
        raise UsageError(
            "HEAD is the default branch and has no commit before it here", where=str(repository),
            hint="fetch more of it (`fetch-depth: 2`), or name a ref: --against REF",
        ) from error  # fmt: skip


@contextmanager
def worktree(repository: Path, commit: str) -> Iterator[Path]:
    """Check the commit out for the time of the block; what a killed run left behind is cleared first.

    The repository's hooks do not run: they are for the user's own checkout. Submodules come from that one too. What is
    tracked of bytecode is removed: Python would believe it without a look at the source.
    """
    with blank_tree(repository, commit) as tree:
        git_with(tree, ("checkout-index", "--all", "--force", "--index"), limit_s=CHECKOUT_LIMIT_S)
        fill_submodules(tree, repository=repository)
        for file in (*tree.rglob("*.pyc"), *tree.rglob("*.pyo")):
            file.unlink()
        yield tree


@contextmanager
def blank_tree(repository: Path | None, commit: str = "HEAD") -> Iterator[Path]:
    """A folder of our own for the time of the block; git takes it for a checkout of the commit, and it is empty."""
    folder = Path(tempfile.mkdtemp(prefix=folder_prefix("tree")))
    tree = folder / "tree"
    try:
        if repository is not None:
            clear_abandoned(repository)
            git(
                repository, *WITHOUT_HOOKS, "worktree", "add", "--detach", "--force", "--no-checkout", str(tree), commit
            )
            git(tree, "read-tree", "HEAD")
        tree.mkdir(exist_ok=True)
        yield tree
    finally:
        if repository is not None:
            with contextlib.suppress(MeasureError):
                git(repository, "worktree", "remove", "--force", "--force", str(tree))
        shutil.rmtree(folder, ignore_errors=True)
        if repository is not None:
            with contextlib.suppress(MeasureError):
                git(repository, "worktree", "prune")


def clear_abandoned(repository: Path) -> None:
    """Remove worktrees of runs whose process is gone."""
    for line in git(repository, "worktree", "list", "--porcelain").splitlines():
        path = Path(line.removeprefix("worktree ")) if line.startswith("worktree ") else None
        if path is not None and is_abandoned(path.parent):
            with contextlib.suppress(MeasureError):
                git(repository, "worktree", "remove", "--force", "--force", str(path))
            shutil.rmtree(path.parent, ignore_errors=True)
    git(repository, "worktree", "prune")


@contextmanager
def checked_out(repository: Path, commit: str, *, folder: Path, setup: Sequence[str] = ()) -> Iterator[Path]:
    """One folder (relative to the repository) of a commit for the time of the block, prepared by the set-up command."""
    with worktree(repository, commit) as tree:
        root = tree / folder
        if not root.is_dir():
            raise UsageError(f"{commit[:12]} has no folder {folder}", hint="run it where both sides have it")
        if setup:
            run_setup(root, setup)
        yield root


def run_setup(tree: Path, command: Sequence[str]) -> None:
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
