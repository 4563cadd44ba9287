"""A package whose functions form a tree of twenty, and what can be planted in one of them."""

import subprocess
from pathlib import Path

LEAF = """
def f{at}(rows):
    total = 0
    for row in rows:
        total += row * {factor} % 7
    return total + len(sorted(rows))
"""
INNER = """
def f{at}(rows):
    total = 0
    for row in rows[:{width}]:
        total += row ^ {factor}
{calls}
    return total
"""
ASYNC = """
async def f{at}(rows):
    total = 0
    for row in rows[:{width}]:
        total += row ^ {factor}
{calls}
    return total
"""
PLANTS = {
    "loop": "    for step in range(120):\n        total += step * step % 3\n",
    "calls": "    for _ in range(2):\n        f{other}(rows)\n",
    "c_call": "    sorted(list(rows) * 12, reverse=True)\n",
    "allocation": "    spare = [[number] for number in range(150)]\n",
    "hop": "    await asyncio.sleep(0)\n",
}
BENCHMARK = "tests/test_work.py::test_work"
TEST = "from shop.work import f0\n\n\ndef test_work(benchmark):\n    benchmark(f0, list(range(60)))\n"


def write_package(root: Path, *, kind: str | None = None, at: int = 0) -> Path:
    """The package with its benchmark; `kind` is planted in the function of that number. A hop makes all of it async."""
    form = ASYNC if kind in ("hop", "async") else INNER
    functions = []
    for number in range(20):
        children = [child for child in (2 * number + 1, 2 * number + 2) if child < 20]
        word = "await " if form is ASYNC else ""
        calls = (
            "\n".join(f"    total += {word}f{child}(rows)" for child in children) or "    total += len(sorted(rows))"
        )
        text = (LEAF if form is INNER and not children else form).format(
            at=number, width=20 + number, factor=number + 2, calls=calls
        )
        if number == at and kind in PLANTS:
            planted = PLANTS[kind].format(other=19 if at != 19 else 18)
            text = text.replace("    total = 0\n", f"    total = 0\n{planted}", 1)
        functions.append(text)
    for folder in ("shop", "tests"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "shop" / "__init__.py").touch()
    (root / "shop" / "work.py").write_text("import asyncio\n\n" + "\n".join(functions))
    (root / "tests" / "test_work.py").write_text(TEST)
    return root


def git(root: Path, *words: str) -> None:
    """Run git there, as nobody in particular."""
    who = ("-c", "user.email=a@example.org", "-c", "user.name=a")
    subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)


def commit(root: Path, message: str) -> None:
    """Keep all that is there as a commit of a repository that begins with the first one."""
    if not (root / ".git").exists():
        git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", message, "--allow-empty")
