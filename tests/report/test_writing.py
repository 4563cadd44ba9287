import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from boss_perf.errors import ExitStatus, ReportError
from boss_perf.report.writing import append_text, is_current, write_text


def test_a_file_is_made_with_its_directory_and_replaced_later(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "tracker.md"
    write_text(path, "erste Fassung, 1 µs\n")
    assert is_current(path, "erste Fassung, 1 µs\n")
    write_text(path, "second\n")
    assert path.read_bytes() == b"second\n"
    assert os.listdir(path.parent) == ["tracker.md"]


def test_line_ends_are_written_as_they_are(tmp_path: Path) -> None:
    write_text(tmp_path / "t.md", "a\nb\r\n")
    assert (tmp_path / "t.md").read_bytes() == b"a\nb\r\n"


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.md", tmp_path / "link.md"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_text(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_within_a_repository_no_link_leads_a_report_astray(tmp_path: Path) -> None:
    outside, tree = tmp_path / "outside", tmp_path / "tree"
    (tree / ".git").mkdir(parents=True)
    (tree / "real").mkdir()
    outside.mkdir()
    (outside / "profile").write_text("mine")
    (tree / "report.md").symlink_to(outside / "profile")
    write_text(tree / "report.md", "new")
    assert ((outside / "profile").read_text(), (tree / "report.md").read_text()) == ("mine", "new")
    assert not (tree / "report.md").is_symlink()
    (tree / "inside").symlink_to(tree / "real")
    write_text(tree / "inside" / "report.md", "new")
    assert (tree / "real" / "report.md").read_text() == "new"
    (tree / "reports").symlink_to(outside)
    with pytest.raises(ReportError, match="leaves the repository through a link"):
        write_text(tree / "reports" / "profile", "new")
    assert (outside / "profile").read_text() == "mine"


def test_a_failure_half_way_leaves_the_old_file_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tracker.md"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ReportError, match="No space left") as caught:
        write_text(path, "new")
    assert caught.value.exit_status == ExitStatus.ENVIRONMENT
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["tracker.md"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ReportError, match="cannot be written") as caught:
        write_text(tmp_path / "file" / "tracker.md", "x")
    assert str(tmp_path / "file" / "tracker.md") in str(caught.value)
    with pytest.raises(ReportError, match="cannot be written"):
        write_text(tmp_path, "x")
    with pytest.raises(ReportError, match="cannot be written"):
        append_text(tmp_path, "x")


def test_a_disk_limit_in_a_process_of_its_own_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "tracker.md"
    path.write_text("old")
    script = """
import resource, signal, sys
from pathlib import Path
from boss_perf.errors import ReportError
from boss_perf.report.writing import write_text
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_text(Path(sys.argv[1]), "x" * 100_000)
except ReportError as error:
    sys.exit(str(error))
"""
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True)
    assert "cannot be written" in done.stderr
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["tracker.md"]


def test_appending_adds_to_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    append_text(path, "one\n")
    append_text(path, "two\n")
    assert path.read_text() == "one\ntwo\n"


def test_a_missing_or_other_file_is_not_current(tmp_path: Path) -> None:
    assert not is_current(tmp_path / "none", "")
    (tmp_path / "other").write_text("a")
    assert not is_current(tmp_path / "other", "a ")
    with pytest.raises(ReportError, match="cannot be read"):
        is_current(tmp_path, "")
