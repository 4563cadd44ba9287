"""What git is asked, and how the base of a comparison is checked out."""

from pathlib import Path

import pytest
from test_gate import git, make_repository

from boss_perf.errors import MeasureError
from boss_perf.measure.revision import Revision, revision_of
from boss_perf.measure.revision import git as ask_git
from boss_perf.measure.worktree import worktree

FILES = {"app/targets.yaml": "", "app/reports/tracker.md": "old", "lib/code.py": "x = 1"}


def test_a_commit_and_its_branch(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "repo", FILES)
    head = git(root, "rev-parse", "HEAD")
    assert revision_of(root / "app") == Revision(head, "main", is_dirty=False)
    git(root, "checkout", "-q", "--detach")
    assert revision_of(root / "app") == Revision(head, None, is_dirty=False)


def test_a_changed_file_anywhere_in_the_repository_makes_it_dirty(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "repo", FILES)
    (root / "lib" / "code.py").write_text("x = 2")
    assert revision_of(root / "app").is_dirty


def test_a_report_that_was_written_anew_does_not(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "repo", FILES)
    (root / "app" / "reports" / "tracker.md").write_text("new")
    assert not revision_of(root / "app").is_dirty


def test_outside_git_all_is_unknown(tmp_path: Path) -> None:
    assert revision_of(tmp_path) == Revision(None, None, is_dirty=True)


def test_gits_own_first_words_are_told(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "repo", FILES)
    with pytest.raises(MeasureError, match="git checkout: error: pathspec"):
        ask_git(root, "checkout", "nowhere")


def test_a_hooks_variables_do_not_bend_what_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_repository(tmp_path / "repo", FILES)
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    with worktree(root, "HEAD") as tree:
        assert (tree / "lib/code.py").exists()
    assert not (tmp_path / "elsewhere").exists()


def test_the_repositorys_hooks_do_not_run(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "repo", FILES)
    hook = root / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
    hook.chmod(0o755)
    with worktree(root, "HEAD") as tree:
        assert (tree / "lib/code.py").exists()
    assert not (tmp_path / "ran").exists()


def test_submodules_have_the_commits_that_base_pins(tmp_path: Path) -> None:
    inner = make_repository(tmp_path / "inner", {"deep.py": "deep = 1"})
    middle = make_repository(tmp_path / "middle", {"code.py": "x = 1"})
    root = make_repository(tmp_path / "repo", FILES)
    allowed = ("-c", "protocol.file.allow=always")
    git(middle, *allowed, "submodule", "add", "-q", str(inner), "inner")
    git(middle, "commit", "-qam", "with a submodule")
    git(root, *allowed, "submodule", "add", "-q", str(middle), "vendor/middle")
    git(root, *allowed, "submodule", "update", "-q", "--init", "--recursive")
    git(root, "commit", "-qam", "base")
    (root / "vendor/middle/code.py").write_text("x = 2")
    git(root / "vendor/middle", "commit", "-qam", "two")
    git(root, "commit", "-qam", "head")
    with worktree(root, "HEAD~1") as tree:
        assert (tree / "vendor/middle/code.py").read_text() == "x = 1"
        assert (tree / "vendor/middle/inner/deep.py").read_text() == "deep = 1"
    assert git(root, "status", "--porcelain") == ""
    assert git(root, "worktree", "list").count("\n") == 0


def test_a_submodules_missing_commit_is_named(tmp_path: Path) -> None:
    middle = make_repository(tmp_path / "middle", {"code.py": "x = 1"})
    root = make_repository(tmp_path / "repo", FILES)
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(middle), "middle")
    git(root, "update-index", "--cacheinfo", f"160000,{'1' * 40},middle")
    git(root, "commit", "-qm", "base")
    with pytest.raises(MeasureError, match="the submodule middle cannot be checked out"), worktree(root, "HEAD"):
        pass
