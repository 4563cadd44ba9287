"""A tree is built once: what a build left is put into the next tree like it, whole or not at all."""

import itertools
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from boss_perf.measure import build_cache
from boss_perf.measure.build_cache import build_folder, built_once
from boss_perf.measure.tree import walked

SOURCES = {"pkg/__init__.py": "x = 1\n", "pkg/fast.c": "int x;\n", "old.txt": "old"}


class Builder:
    """Builds trees, each in a folder of its own, and counts how often that was really done."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.count = 0
        self._numbers = itertools.count()

    def __call__(
        self, sources: dict[str, str] = SOURCES, *, command: str = "make", make: Callable[[Path], object] | None = None
    ) -> Path:
        top = self._folder / f"tree-{next(self._numbers)}"
        for name, text in sources.items():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_text(text, encoding="utf-8")

        def counted() -> None:
            self.count += 1
            (make or compiled)(top)

        built_once(top, counted, command=[command], python=sys.executable)
        return top


def compiled(top: Path) -> None:
    """Make a binary and a tool, change a file, remove another, and leave a link."""
    (top / "pkg/fast.so").write_bytes(b"\x7fELF" + (top / "pkg/fast.c").read_bytes())
    (top / "pkg/tool").write_text("#!/bin/sh\n", encoding="utf-8")
    (top / "pkg/tool").chmod(0o755)
    (top / "pkg/__init__.py").write_text("x = 2\n", encoding="utf-8")
    (top / "pkg/link.so").symlink_to("fast.so")
    (top / "old.txt").unlink()


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builder:
    monkeypatch.setenv("BOSS_PERF_CACHE", str(tmp_path / "cache"))
    (tmp_path / "trees").mkdir()
    return Builder(tmp_path / "trees")


def texts(top: Path) -> dict[str, tuple[bytes | str, int]]:
    return {
        each: (str(path.readlink()), 0) if path.is_symlink() else (path.read_bytes(), path.stat().st_mode & 0o111)
        for each in walked(top)
        for path in [top / each]
    }


def entries() -> list[Path]:
    return [each for each in build_folder().iterdir() if each.is_dir()]


def test_the_same_tree_is_built_once_and_looks_the_same_both_times(build: Builder) -> None:
    first, second = build(), build()
    assert build.count == 1
    assert texts(first) == texts(second)
    assert texts(second)["pkg/link.so"] == ("fast.so", 0)
    assert "old.txt" not in texts(second)


def test_the_name_that_git_has_for_a_checkout_makes_it_no_other(build: Builder) -> None:
    for name in ("tree", "tree1"):
        build({**SOURCES, ".git": f"gitdir: /repository/.git/worktrees/{name}\n"})
    assert build.count == 1


@pytest.mark.parametrize("what", ["source", "command", "environment", "installed"])
def test_whatever_a_build_can_see_makes_it_another(build: Builder, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    build()
    if what == "environment":
        monkeypatch.setenv("CFLAGS", "-O0")
    if what == "installed":
        monkeypatch.setattr(build_cache, "_installed", lambda _python: "numpy 9")
    sources = {**SOURCES, "pkg/fast.c": "int y;\n"} if what == "source" else SOURCES
    top = build(sources, command="ninja" if what == "command" else "make")
    assert build.count == 2
    assert (top / "pkg/fast.so").read_bytes().endswith(sources["pkg/fast.c"].encode())


def test_what_differs_from_shell_to_shell_makes_it_no_other(build: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    build()
    for name in ("SHLVL", "GITHUB_RUN_ID", "PWD", "TERM_PROGRAM"):
        monkeypatch.setenv(name, "other")
    build()
    assert build.count == 1


def test_a_command_that_leaves_nothing_in_the_tree_runs_each_time(build: Builder) -> None:
    for _ in range(2):
        build(make=lambda _top: None)
    assert build.count == 2


def link_back(top: Path) -> None:
    (top / "__editable__.pth").write_text(f"{top}/src\n", encoding="utf-8")


def environment(top: Path) -> None:
    (top / ".venv").mkdir()
    (top / ".venv/pyvenv.cfg").write_text("home = /usr/bin\n", encoding="utf-8")
    (top / "made.txt").write_text("made", encoding="utf-8")


@pytest.mark.parametrize("make", [link_back, environment])
def test_what_is_bound_to_its_place_is_made_anew(build: Builder, make: Callable[[Path], None]) -> None:
    for _ in range(2):
        build(make=make)
    assert build.count == 2


def damage_content(entry: Path) -> None:
    (entry / "files/pkg/fast.so").write_bytes(b"half")


def lose_a_file(entry: Path) -> None:
    (entry / "files/pkg/fast.so").unlink()


def damage_manifest(entry: Path) -> None:
    (entry / "manifest.json").write_text('{"files": {"pkg', encoding="utf-8")


@pytest.mark.parametrize("damage", [damage_content, lose_a_file, damage_manifest])
def test_a_damaged_build_is_made_anew_and_replaced(build: Builder, damage: Callable[[Path], None]) -> None:
    first = build()
    damage(entries()[0])
    assert texts(build()) == texts(first)
    assert texts(build()) == texts(first)
    assert build.count == 2


def test_a_build_that_fails_leaves_nothing_and_is_tried_again(build: Builder) -> None:
    def fail(top: Path) -> None:
        (top / "half.so").write_bytes(b"half")
        raise ValueError("no compiler")

    with pytest.raises(ValueError, match="no compiler"):
        build(make=fail)
    assert not build_folder().exists()
    build()
    assert build.count == 2


def test_two_at_once_both_get_their_build_and_one_is_kept(build: Builder) -> None:
    meet = threading.Barrier(2, timeout=30)

    def together(top: Path) -> None:
        meet.wait()
        compiled(top)

    threads = [threading.Thread(target=build, kwargs={"make": together}) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (build.count, len(entries())) == (2, 1)
    assert (build() / "pkg/fast.so").exists()
    assert build.count == 2


def test_the_longest_unused_go_first_and_what_a_killed_run_left_with_them(
    build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def filled(top: Path) -> None:
        (top / "big.bin").write_bytes(b"x" * 400)

    for turn in range(2):
        build(SOURCES | {"turn": str(turn)}, make=filled)
    build(SOURCES | {"turn": "0"}, make=filled)  # used again, so the other one is older
    assert build.count == 2
    (build_folder() / "boss-perf-build-99999999-left").mkdir()
    monkeypatch.setattr(build_cache, "WHOLE_BYTES", 1000)
    build(SOURCES | {"turn": "2"}, make=filled)
    assert len(entries()) == 2
    build(SOURCES | {"turn": "0"}, make=filled)
    assert build.count == 3
    build(SOURCES | {"turn": "1"}, make=filled)
    assert build.count == 4


def test_a_build_that_would_take_all_the_room_is_not_kept(build: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_cache, "ENTRY_BYTES", 10)
    build()
    assert not build_folder().exists()


def test_a_folder_that_others_can_write_is_not_believed(build: Builder) -> None:
    build()
    build_folder().chmod(0o777)
    build()
    assert build.count == 2
