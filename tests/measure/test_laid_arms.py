"""What was laid for both arms is looked at again: the code of one must not edit what the other is measured by."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from boss_perf.errors import MeasureError
from boss_perf.measure.laid_arms import LaidArms, Origins
from boss_perf.measure.tree import Tree
from boss_perf.model.gate import Side

Arms = tuple[Path, Path]


@pytest.fixture
def arms(tmp_path: Path) -> Arms:
    for name in ("base", "head"):
        for file in ("pkg/core.py", "tests/test_it.py", "tests/size.json", "pkg/words.txt"):
            place = tmp_path / name / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(f"{file} of {name}" if file.startswith("pkg") else file)
    return tmp_path / "base", tmp_path / "head"


def laid(arms: Arms) -> LaidArms:
    base, head = (Tree(root=each, side=Side(each.name, None), python=sys.executable) for each in arms)
    origins = Origins(base, head, modules=frozenset(), is_product=lambda _file: False)
    return LaidArms(base, head, elsewhere=(), origins=origins, is_suite=lambda file: file.startswith("tests/"))


def write(text: str, *files: Path) -> None:
    for each in files:
        each.write_text(text)


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (lambda base, head: write("slow", base / "pkg/core.py"), "pkg/core.py of base"),
        (lambda base, head: write("slow", base / "pkg/core.py", head / "pkg/core.py"), "pkg/core.py of base"),
        (lambda base, head: write("easy", base / "tests/test_it.py", head / "tests/test_it.py"), "tests/test_it.py"),
        (lambda base, head: write("9", base / "tests/size.json"), "tests/size.json of base"),
        (lambda base, head: write("slow", base / "tests/conftest.py", head / "tests/conftest.py"), "conftest.py"),
        (lambda base, head: write("slow", base / "pytest.toml", head / "pytest.toml"), "pytest.toml"),
        (lambda base, head: write("slow", base / "pkg/fast.py"), "pkg/fast.py of base"),
    ],
)
def test_an_edit_that_could_move_a_figure_is_refused(
    arms: Arms, edit: Callable[[Path, Path], None], named: str
) -> None:
    files = laid(arms)
    edit(*arms)
    with pytest.raises(MeasureError) as refusal:
        files.refuse_edited()
    assert named in str(refusal.value)


def test_what_a_suite_writes_in_both_arms_and_what_is_written_anew_as_it_was_is_none(arms: Arms) -> None:
    files = laid(arms)
    for each in arms:
        write("out", each / "tests/out.txt", each / "tests/size.json")
        write("tables", each / "pkg/parsetab.py")
        write((each / "pkg/core.py").read_text(), each / "pkg/core.py")
        write(f"a cache of {each.name}", each / "pkg/words.txt")
    (arms[0] / "tests/test_it.py").unlink()
    files.refuse_edited()


def test_every_fork_has_its_binaries_elsewhere_and_as_they_were(arms: Arms) -> None:
    for root in arms:
        (root / "pkg/fast.abi3.so").write_bytes(b"code")
        (root / "pkg/fast.abi3.so").chmod(0o755)
        (root / "pkg/link.so").symlink_to("fast.abi3.so")
    files = laid(arms)
    for place, root in zip(files.places, arms, strict=True):
        binary = root / "pkg/fast.abi3.so"
        before = binary.stat()
        place.move_binaries("mark")
        after = binary.stat()
        assert (after.st_ino != before.st_ino, after.st_mode, binary.read_bytes()) == (True, before.st_mode, b"code")
        assert (root / "pkg/link.so").readlink() == Path("fast.abi3.so")
        assert sorted(each.name for each in binary.parent.iterdir()) == [
            "core.py",
            "fast.abi3.so",
            "link.so",
            "words.txt",
        ]
    files.refuse_edited()
