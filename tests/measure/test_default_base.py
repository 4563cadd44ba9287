"""What a change is held against where nobody says: what the CI system names, else the default branch."""

import os
import subprocess
from pathlib import Path

import pytest

from boss_perf.errors import MeasureError, UsageError
from boss_perf.measure.revision import git
from boss_perf.measure.worktree import CI_BASES, base_of_change, default_base, resolve_commit


@pytest.fixture(autouse=True)
def _at_a_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CI_BASES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    """`main`, a branch `stable` that left it earlier, and a change to stable."""
    root = tmp_path / "upstream"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    for name, value in (("user.name", "Tester"), ("user.email", "tester@example.invalid")):
        git(root, "config", name, value)
    for message in ("one", "two"):
        git(root, "commit", "-q", "--allow-empty", "-m", message)
    git(root, "checkout", "-q", "-b", "stable", "HEAD~1")
    git(root, "commit", "-q", "--allow-empty", "-m", "fix")
    git(root, "checkout", "-q", "-b", "change")
    git(root, "commit", "-q", "--allow-empty", "-m", "work")
    return root


@pytest.fixture
def checkout(tmp_path: Path, upstream: Path) -> Path:
    """As a CI system checks a change out: detached, with the branches of origin."""
    subprocess.run(["git", "clone", "-q", str(upstream), str(tmp_path / "ci")], check=True)
    git(tmp_path / "ci", "checkout", "-q", "--detach", "origin/change")
    git(tmp_path / "ci", "remote", "set-head", "origin", "main")
    return tmp_path / "ci"


@pytest.mark.parametrize("name", [each for each in CI_BASES if "SHA" not in each])
def test_the_branch_that_the_ci_system_names_comes_first(
    checkout: Path, upstream: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert default_base(checkout) == git(upstream, "rev-parse", "main~1")
    monkeypatch.setenv(name, "stable")
    assert default_base(checkout) == git(upstream, "rev-parse", "stable")


def test_a_commit_that_the_ci_system_names_is_one(
    checkout: Path, upstream: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", git(upstream, "rev-parse", "stable"))
    monkeypatch.setenv("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main")
    assert default_base(checkout) == git(upstream, "rev-parse", "stable")


def test_a_branch_that_is_not_here_is_not_replaced_by_another(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_BASE_REF", "release")
    with pytest.raises(UsageError, match="nothing of release") as caught:
        default_base(checkout)
    assert "git fetch" in str(caught.value.hint)
    monkeypatch.setenv("GITHUB_BASE_REF", "--output=x")
    with pytest.raises(UsageError, match="nothing of --output=x"):
        default_base(checkout)


def test_a_default_branch_of_any_name_is_found(checkout: Path, upstream: Path) -> None:
    git(checkout, "remote", "set-head", "origin", "stable")
    assert default_base(checkout) == git(upstream, "rev-parse", "stable")


def test_that_a_clone_is_shallow_is_said_first(tmp_path: Path, upstream: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth", "1", "-b", "change", upstream.as_uri(), str(shallow)], check=True)
    monkeypatch.setenv("GITHUB_BASE_REF", "stable")
    with pytest.raises(UsageError) as caught:
        default_base(shallow)
    assert caught.value.message.startswith("this is a shallow clone")
    assert "fetch-depth: 0" in str(caught.value.hint)


def test_where_nothing_is_committed_yet_that_is_said(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    for find in (default_base, base_of_change, lambda repository: resolve_commit(repository, "HEAD")):
        with pytest.raises(UsageError) as caught:
            find(tmp_path)
        assert "nothing is committed here yet" in str(caught.value.hint)


def test_the_first_commit_alone_is_told_to_change_something(upstream: Path) -> None:
    git(upstream, "checkout", "-q", "main")
    git(upstream, "reset", "-q", "--hard", "HEAD~1")
    with pytest.raises(UsageError) as caught:
        base_of_change(upstream)
    assert "change something" in str(caught.value.hint)


def test_outside_a_repository_the_way_into_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(MeasureError, match="no git repository") as caught:
        git(tmp_path, "rev-parse", "--show-toplevel")
    assert "git init" in str(caught.value.hint)


def test_gits_advice_is_told_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "git"
    fake.write_text(
        "#!/bin/sh\necho \"fatal: detected dubious ownership in repository at '/r'\" >&2\n"
        "echo 'To add an exception for this directory, call:' >&2\necho >&2\n"
        "echo '	git config --global --add safe.directory /r' >&2\nexit 128\n"
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(MeasureError, match="dubious ownership") as caught:
        git(tmp_path, "status")
    assert "git config --global --add safe.directory /r" in str(caught.value.hint)
