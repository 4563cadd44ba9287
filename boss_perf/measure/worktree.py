"""Checkouts outside of the user's own: a git worktree per commit, cleared away whatever happens.

Their submodules are taken from the checkouts that lie in head's: no network, no change to either.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from boss_perf.errors import MeasureError, UsageError
from boss_perf.measure.machine.temp_folders import temp_folder
from boss_perf.measure.revision import checkout_around, git, revision_of
from boss_perf.measure.tree import Tree, files_of, put

CHECKOUT_LIMIT_S = 900.0
CI_BASES = (
    "GITHUB_BASE_REF", "CI_MERGE_REQUEST_DIFF_BASE_SHA", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CHANGE_TARGET",
    "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
)  # fmt: skip
"""What GitHub, GitLab, Jenkins and Buildkite call the branch, or the commit, that a change is to be merged into."""
BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
DEEPER_HINT = "this is a shallow clone: fetch more of it, for example with `fetch-depth: 0` in the checkout step"
GITLINK = "160000"
WITHOUT_HOOKS = ("-c", f"core.hooksPath={os.devnull}")


def resolve_commit(repository: Path, ref: str) -> str:
    """The full hash a ref names; UsageError with the way out when it names nothing here."""
    if ref.startswith("-"):
        raise UsageError(f"{ref!r} is no ref")
    try:
        return git(repository, "rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}")
    except MeasureError as error:
        hint = _way_to_commits(repository, otherwise="`git fetch` may bring it, `git branch -a` lists what is here")
        raise UsageError(f"no commit is called {ref!r} here", where=str(repository), hint=hint) from error


def default_base(repository: Path) -> str:
    """The merge base of HEAD with the branch it is to be merged into: the one the CI system names, else the default."""
    asked = next(filter(None, map(os.environ.get, CI_BASES)), None)
    for name in (f"origin/{asked}", asked) if asked else BRANCHES:
        with contextlib.suppress(MeasureError):
            git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
            return git(repository, "merge-base", "HEAD", name)
    is_shallow = _is_shallow(repository)
    what = f"nothing of {asked}, into which this is to be merged" if asked else "no default branch to compare with"
    raise UsageError(
        f"{'this is a shallow clone, and ' if is_shallow else ''}there is {what}",
        where=str(repository),
        hint=_way_to_commits(repository, otherwise="`git fetch origin` may bring it, or name a ref: --against REF"),
    )


def _way_to_commits(repository: Path, *, otherwise: str) -> str:
    if _is_shallow(repository):
        return DEEPER_HINT
    is_empty = revision_of(repository).commit is None
    return "nothing is committed here yet: commit, then change something" if is_empty else otherwise


def _is_shallow(repository: Path) -> bool:
    return git(repository, "rev-parse", "--is-shallow-repository") == "true"


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
        deeper = "fetch more of it (`fetch-depth: 2`), or name a ref: --against REF"
        raise UsageError(
            "HEAD is the default branch and has no commit before it here", where=str(repository),
            hint=deeper if _is_shallow(repository) else "change something: this is compared with the first commit then",
        ) from error  # fmt: skip


@contextmanager
def worktree(repository: Path, commit: str) -> Iterator[Path]:
    """Check the commit out for the time of the block.

    The repository's hooks do not run: they are for the user's own checkout. Submodules come from that one too. What is
    tracked of bytecode is removed: Python would believe it without a look at the source.
    """
    with blank_tree(repository, commit) as tree:
        git(tree, "checkout-index", "--all", "--force", "--index", limit_s=CHECKOUT_LIMIT_S)
        _fill_submodules(tree, repository=repository, commit=commit)
        for file in (*tree.rglob("*.pyc"), *tree.rglob("*.pyo")):
            file.unlink()
        yield tree


@contextmanager
def blank_tree(repository: Path | None, commit: str = "HEAD") -> Iterator[Path]:
    """A folder of our own for the time of the block; git takes it for a checkout of the commit, and it is empty.

    Afterwards git forgets it, and what killed runs have left of theirs.
    """
    try:
        with temp_folder("tree") as folder:
            tree = Path(folder) / "tree"
            if repository is not None:
                unfilled = ("--detach", "--force", "--no-checkout")
                with _held(repository):
                    git(repository, *WITHOUT_HOOKS, "worktree", "add", *unfilled, str(tree), commit)
                git(tree, "read-tree", "HEAD")
            tree.mkdir(exist_ok=True)
            yield tree
    finally:
        if repository is not None:
            with contextlib.suppress(MeasureError), _held(repository):
                git(repository, "worktree", "prune")


@contextmanager
def _held(repository: Path) -> Iterator[None]:
    """Keep other sessions waiting: git fails on a worktree that another process is about to add or to forget."""
    descriptor = os.open(repository, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def checked_out(repository: Path, commit: str, *, folder: Path) -> Iterator[Path]:
    """One folder (relative to the repository) of a commit for the time of the block."""
    with worktree(repository, commit) as tree:
        root = tree / folder
        if not root.is_dir():
            raise UsageError(f"{commit[:12]} has no folder {folder}", hint="run it where both sides have it")
        yield root


@contextmanager
def copied(tree: Tree, files: Iterable[str] | None = None, *, is_linked: bool = False) -> Iterator[Tree]:
    """A copy of our own for the time of the block, of these files of the whole checkout; else without what git ignores.

    `is_linked` is that of `put`.
    """
    with blank_tree(checkout_around(tree.root)) as place:
        for file in files_of(tree.top) if files is None else files:
            put(tree.top / file, place / file, below=place, is_linked=is_linked)
        root = place / tree.inner
        root.mkdir(parents=True, exist_ok=True)
        yield replace(tree, root=root)


def _fill_submodules(tree: Path, *, repository: Path, commit: str) -> None:
    """Put the commits that a commit pins where its tree expects them; a submodule not checked out in head stays empty.

    Raises MeasureError when a pinned commit is not in head's checkout of the submodule.
    """
    for line in git(repository, "ls-tree", "-r", "-z", commit).split("\0"):
        words, _, path = line.partition("\t")
        source = repository / path
        if not words.startswith(GITLINK) or not (source / ".git").exists():
            continue
        pinned = words.split()[2]
        try:
            _export(source, pinned, tree / path)
        except MeasureError as error:
            raise MeasureError(
                f"base's commit of the submodule {path} cannot be checked out: {error.message}",
                where=str(source), hint="`git fetch` in the submodule may bring it",
            ) from error  # fmt: skip
        _fill_submodules(tree / path, repository=source, commit=pinned)


def _export(source: Path, commit: str, goal: Path) -> None:
    """Write a commit's files without touching the checkout they come from."""
    with temp_folder("index") as folder:
        environment = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git(source, "read-tree", commit, environment=environment)
        git(source, "checkout-index", "--all", "--force", f"--prefix={goal}/", environment=environment)
