"""The submodules of a base's tree, taken from the checkouts that lie in head's: no network, no change to either."""

import tempfile
from pathlib import Path

from boss_perf.errors import MeasureError
from boss_perf.measure.machine.temp_folders import folder_prefix
from boss_perf.measure.revision import git, git_with

GITLINK = "160000"


def fill_submodules(tree: Path, *, repository: Path) -> None:
    """Put the commits that the tree pins where it expects them; a submodule that head has not checked out stays empty.

    Raises MeasureError when a pinned commit is not in head's checkout of the submodule.
    """
    pinned = [line.partition("\t") for line in git(tree, "ls-files", "--stage", "-z").split("\0")]
    _fill(tree, repository, {path: words.split()[1] for words, _, path in pinned if words.startswith(GITLINK)})


def _fill(tree: Path, repository: Path, commits: dict[str, str]) -> None:
    for path, commit in commits.items():
        source = repository / path
        if not (source / ".git").exists():
            continue
        try:
            _export(source, commit, tree / path)
        except MeasureError as error:
            raise MeasureError(
                f"base's commit of the submodule {path} cannot be checked out: {error.message}",
                where=str(source), hint="`git fetch` in the submodule may bring it",
            ) from error  # fmt: skip
        listed = [line.partition("\t") for line in git(source, "ls-tree", "-r", "-z", commit).split("\0")]
        nested = {inner: words.split()[2] for words, _, inner in listed if words.startswith(GITLINK)}
        _fill(tree / path, source, nested)


def _export(source: Path, commit: str, goal: Path) -> None:
    """Write a commit's files without touching the checkout they come from."""
    with tempfile.TemporaryDirectory(prefix=folder_prefix("index")) as folder:
        environment = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git_with(source, ("read-tree", commit), environment=environment)
        git_with(source, ("checkout-index", "--all", "--force", f"--prefix={goal}/"), environment=environment)
