"""First lines and addresses of commits."""

import subprocess
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
