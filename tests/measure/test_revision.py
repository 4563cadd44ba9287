from pathlib import Path

from test_gate import git, make_repository

from boss_perf.measure.revision import Revision, revision_of

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
