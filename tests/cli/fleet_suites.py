"""A repository with a suite of twenty benchmarks, of which HEAD makes three slower."""

import subprocess
from pathlib import Path

COUNT = 20
SLOWED = (3, 12, 18)
GATE = (
    "gate",
    "--against",
    "HEAD~1",
    "--margin",
    "10",
    "--no-memory",
    "--no-explain",
    "--seed",
    "7",
    "--budget",
    "600",
)


def make_repository(root: Path) -> Path:
    """Base, and HEAD with half more work in the slowed ones."""
    root.mkdir()
    (root / "suite").mkdir()
    for part in range(4):
        numbers = range(part * 5, part * 5 + 5)
        tests = "".join(f"def test_{n}(benchmark):\n    benchmark(work.work_{n})\n\n\n" for n in numbers)
        (root / "suite" / f"test_{part}.py").write_text(f"import work\n\n\n{tests}", encoding="utf-8")
    git(root, "init", "-q", "-b", "main")
    for slowed in ((), SLOWED):
        rows = [(n, 1500 if n in slowed else 1000) for n in range(COUNT)]
        text = "".join(
            f"def work_{n}():\n    return sum(i * {n} for i in range({count})) * 0\n\n\n" for n, count in rows
        )
        (root / "work.py").write_text(text, encoding="utf-8")
        git(root, "add", "-A")
        git(root, "commit", "-q", "--allow-empty", "-m", "work")
    return root


def git(root: Path, *words: str) -> None:
    """Run git there, whoever the user is."""
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)
