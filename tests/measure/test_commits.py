"""First lines, addresses and checkouts of commits."""

import subprocess
import sys
from pathlib import Path

import pytest

from boss_perf.measure.revision import commit_subjects, commit_url


def git(root: Path, *words: str) -> str:
    who = ("-c", "user.name=x", "-c", "user.email=x@x")
    return subprocess.run(
        ["git", "-C", str(root), *who, *words], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_the_first_line_of_each_commit_that_is_here(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "--allow-empty", "-qm", "one line\n\nand a body")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert commit_subjects(tmp_path, [commit, "0" * 40, "--all", "HEAD"]) == {commit: "one line"}
    assert commit_subjects(tmp_path / "nowhere", [commit]) == {}


@pytest.mark.parametrize(
    ("remote", "page"),
    [
        ("https://github.com/acme/shop.git", "https://github.com/acme/shop/commit/"),
        ("git@github.com:acme/shop", "https://github.com/acme/shop/commit/"),
        ("https://user:secret@gitlab.example.org/a/b/c.git", "https://gitlab.example.org/a/b/c/-/commit/"),
        ("https://example.org/acme/shop", None),
        ("/srv/git/shop", None),
        ("javascript:alert(1)//github.com/a/b", None),
    ],
)
def test_a_commit_has_an_address_where_the_host_has_pages(tmp_path: Path, remote: str, page: str | None) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "remote", "add", "origin", remote)
    assert commit_url(tmp_path) == page


CHECKOUTS = """
import sys
from pathlib import Path
from boss_perf.measure.worktree import blank_tree
for _ in range(40):
    with blank_tree(Path(sys.argv[1])) as tree:
        assert tree.is_dir()
"""


def test_sessions_at_once_check_out_the_same_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "--allow-empty", "-qm", "first")
    command = [sys.executable, "-c", CHECKOUTS, str(tmp_path)]
    sessions = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [each.communicate()[1] for each in sessions] == [""] * 4
    assert git(tmp_path, "worktree", "list").count("\n") == 0
