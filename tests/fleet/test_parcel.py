"""Trees travel whole, arrive in folders of one length, and only up to a size."""

import sys
from pathlib import Path

import pytest

from boss_perf.errors import MeasureError
from boss_perf.fleet import parcel
from boss_perf.fleet.parcel import pack, unpack
from boss_perf.measure.fork import ArmPlace


@pytest.fixture
def places(tmp_path: Path) -> tuple[ArmPlace, ArmPlace]:
    trees = []
    for name in ("base", "the-head"):
        root = tmp_path / name
        (root / "src").mkdir(parents=True)
        (root / "src" / "pkg.py").write_text(name, encoding="utf-8")
        (root / "link").symlink_to("src/pkg.py")
        (root / ".git").write_text("gitdir: /nowhere", encoding="utf-8")
        trees.append(ArmPlace(root=root, path=(str(root / "src"), "/opt/other"), elsewhere=(str(tmp_path),)))
    return trees[0], trees[1]


def test_what_arrives_is_what_was_sent(places: tuple[ArmPlace, ArmPlace]) -> None:
    unpacked = unpack(pack(places), python=sys.executable)
    try:
        base, head = unpacked.places(places, python="other-python")
        assert (head.root / "src" / "pkg.py").read_text(encoding="utf-8") == "the-head"
        assert (base.root / "link").readlink() == Path("src/pkg.py")
        assert not (base.root / ".git").exists()
        assert base.path == (str(base.root / "src"), "/opt/other")
        assert base.python == "other-python"
        assert set(base.elsewhere) == {str(base.root), str(head.root)}
        assert len(str(base.root)) == len(str(head.root))
    finally:
        unpacked.remove()
    assert not base.root.parent.exists()


def test_what_differs_in_content_or_setup_is_another_parcel(places: tuple[ArmPlace, ArmPlace]) -> None:
    digests = {pack(places).digest, pack(places, setup=("make",)).digest}
    (places[0].root / "src" / "pkg.py").write_text("edited", encoding="utf-8")
    assert len({*digests, pack(places).digest}) == 3


def test_a_tree_that_is_too_large_stays_and_says_so(
    places: tuple[ArmPlace, ArmPlace], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parcel, "LARGEST_BYTES", 2**20)
    with (places[0].root / "large").open("wb") as file:
        file.truncate(3 * 2**20)
    with pytest.raises(MeasureError, match="its trees hold 3 MiB, at most 1 travel"):
        pack(places)


def test_a_setup_that_fails_leaves_nothing_behind(
    places: tuple[ArmPlace, ArmPlace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with pytest.raises(MeasureError, match="ended with 3"):
        unpack(pack(places, setup=(sys.executable, "-c", "raise SystemExit(3)")), python=sys.executable)
    assert list((tmp_path / "temporary").iterdir()) == []
