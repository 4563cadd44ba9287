"""Which interpreter measures where nobody names one."""

import sys
from pathlib import Path

import pytest

from boss_perf.cli.project import interpreter
from boss_perf.errors import UsageError


@pytest.fixture(autouse=True)
def _not_activated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)


def environment(folder: Path, *, has_pytest: bool = True) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (folder / "bin/python").symlink_to(sys.executable)
    packages = folder / "lib/python3.11/site-packages"
    packages.mkdir(parents=True)
    if has_pytest:
        (packages / "pytest").mkdir()
    return folder / "bin/python"


def test_without_an_environment_it_is_the_tools_own(tmp_path: Path) -> None:
    assert interpreter(None, tmp_path) == sys.executable


def test_a_projects_environment_is_found(tmp_path: Path) -> None:
    python = environment(tmp_path / ".venv")
    assert interpreter(None, tmp_path) == str(python)
    assert interpreter(Path("python3"), tmp_path) == "python3"


def test_the_activated_environment_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(tmp_path / ".venv")
    python = environment(tmp_path / "elsewhere")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "elsewhere"))
    assert interpreter(None, tmp_path) == str(python)


def test_a_tool_that_is_installed_in_the_environment_measures_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(tmp_path / ".venv")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".tox/perf"))
    assert interpreter(None, tmp_path) == sys.executable
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "active"))
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert interpreter(None, tmp_path / "elsewhere") == sys.executable


def test_an_environment_without_pytest_is_not_meant(tmp_path: Path) -> None:
    environment(tmp_path / ".venv", has_pytest=False)
    assert interpreter(None, tmp_path) == sys.executable


def test_a_broken_environment_is_said(tmp_path: Path) -> None:
    python = environment(tmp_path / ".venv")
    python.unlink()
    python.symlink_to(tmp_path / "gone/python3")
    with pytest.raises(UsageError, match="which is gone") as caught:
        interpreter(None, tmp_path)
    assert "--python" in str(caught.value.hint)
