"""The documentation builds strictly, and what a reader is told to type does what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from boss_perf.targets.loader import parse_targets

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent
PAGES = sorted((ROOT / "docs").glob("*.md"))
BLOCK = re.compile(
    r"(?:<!-- run(?:: status (?P<status>\d+))? -->\n)?"
    r"```(?P<kind>\w+)(?: title=\"(?P<file>[^\"]+)\")?\n(?P<text>.*?)```",
    re.S,
)


def blocks(page: Path) -> list[re.Match[str]]:
    return list(BLOCK.finditer(page.read_text(encoding="utf-8")))


@pytest.mark.slow
def test_it_builds_without_a_warning(tmp_path: Path) -> None:
    if not os.environ.get("CI"):
        pytest.importorskip("mkdocs")
    done = subprocess.run(
        [TOOLS / "mkdocs", "build", "--quiet", "--strict", "--site-dir", tmp_path / "site"],
        cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    keys = (tmp_path / "site" / "reference" / "targets" / "index.html").read_text(encoding="utf-8")
    assert "stale_after" in keys and "boss-perf gate" in (
        tmp_path / "site" / "reference" / "commands" / "index.html"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_python_compiles_and_targets_load(page: Path) -> None:
    for block in blocks(page):
        if block["kind"] == "python":
            compile(block["text"], str(page), "exec")
        if block["file"] == "targets.yaml":
            assert parse_targets(block["text"].encode(), path=page.name).targets


def test_the_pictures_are_what_their_script_draws(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "docs" / "pictures.py", tmp_path], check=True)
    drawn = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert drawn == {name: (ROOT / "docs" / "pictures" / name).read_bytes() for name in drawn}


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in PAGES if "<!-- run" in page.read_text(encoding="utf-8")], ids=lambda page: page.stem
)
def test_what_a_reader_types_works(page: Path, tmp_path: Path) -> None:
    who = {f"GIT_{role}_{part}": "x" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    around = {**os.environ, **who, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}", "CI": ""}
    subprocess.run(["git", "init", "-q", "-b", "main", tmp_path], check=True)
    (tmp_path / "README").write_text("a shop")
    subprocess.run("git add . && git commit -qm start", shell=True, cwd=tmp_path, env=around, check=True)
    for block in blocks(page):
        if block["file"]:
            path = tmp_path / block["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block["text"], encoding="utf-8")
        elif "<!-- run" in block[0]:
            done = subprocess.run(
                ["bash", "-e", "-c", block["text"]],
                cwd=tmp_path,
                env=around,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == int(block["status"] or 0), block["text"] + done.stdout + done.stderr
