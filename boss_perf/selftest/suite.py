"""The suites the gate is examined on: varied pieces of real work whose amount can be raised by a known share.

A slowdown is the same code doing so much more of the same work, so its true size is known before it is measured.
"""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

PACKAGE = "proof_subject"

_TEMPLATES = Path(__file__).with_name("templates")
WORK = (
    "lookups", "parse", "match", "order", "arithmetic", "build", "query", "copy", "attributes", "coroutine",
    "long_call", "scan", "grow", "lazy", "allocate", "encode",
)  # fmt: skip
SMALL = tuple(work for work in WORK if work not in ("copy", "long_call", "query"))
MANY_WORK = tuple(f"{SMALL[index % len(SMALL)]}-{index}" for index in range(100))
SUITE_FILE = "bench/test_proof.py"
PAIRED_FILE = "bench/test_pairs.py"


def render(name: str, **values: object) -> str:
    """A template of the examination, filled in; no stranger's word is in it."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=False, undefined=StrictUndefined,  # noqa: S701 - no HTML
        trim_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    return environment.get_template(name).render(values)


def benchmark_name(work: str) -> str:
    """The node id of one piece of work."""
    return f"{SUITE_FILE}::test_work[{work}]"


def pair_name(work: str, *, is_equal: bool) -> str:
    """The node id of one piece of work against itself, or against more of it."""
    return f"{PAIRED_FILE}::test_pair[{'same' if is_equal else 'more'}-{work}]"


def write_pairs(root: Path, *, share: float) -> Path:
    """A tree in which every piece of work stands against itself and against `share` more of it, in one process.

    Itself is the same function on the same data: a copy of the data elsewhere in memory is really slower or faster, by
    up to 1.5 % where it is small dictionaries, and that is no false alarm.
    """
    (root / "bench").mkdir(parents=True)
    for name, amount in ((PACKAGE, 0.0), ("proof_more", share)):
        (root / f"{name}.py").write_text(render("subject.py.j2", share=amount, harmless=0), encoding="utf-8")
    (root / PAIRED_FILE).write_text(render("test_pairs.py.j2", works=WORK), encoding="utf-8")
    return root


def write_tree(root: Path, *, share: float, harmless: int = 0, works: Sequence[str] = WORK) -> Path:
    """A tree with the package and its suite over `works`, doing `share` more work than the plain one.

    So many `harmless` constants that nobody reads move what is allocated after them, as an innocent change does.
    """
    (root / PACKAGE).mkdir(parents=True)
    (root / "bench").mkdir()
    code = render("subject.py.j2", share=share, harmless=harmless)
    (root / PACKAGE / "__init__.py").write_text(code, encoding="utf-8")
    (root / SUITE_FILE).write_text(render("test_proof.py.j2", works=tuple(works)), encoding="utf-8")
    return root
