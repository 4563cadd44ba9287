"""The house stands: imports go down the floors only, and nothing prints, exits or reads the clock where it must not."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "boss_perf"
FILES = sorted(PACKAGE.rglob("*.py"))

PURE = {"targets", "tracker_import", "plan", "stats", "judge"}
EFFECTS = {"measure", "load", "store", "report", "formats"}
BOTTOM = {"model", "errors", "text"}
ALLOWED = {
    "model": {"model", "worker"},
    "errors": set(),
    "text": set(),
    **dict.fromkeys(PURE, PURE | BOTTOM),
    "measure": {"measure", "worker"} | PURE | BOTTOM,
    "load": {"load", "resolvers"} | PURE | BOTTOM,
    "store": {"store"} | PURE | BOTTOM,
    "report": {"report"} | PURE | BOTTOM,
    "formats": {"formats", "report"} | PURE | BOTTOM,
    "explain": {"explain", "measure", "report", "worker"} | PURE | BOTTOM,
    "fleet": {"fleet", "measure"} | PURE | BOTTOM,
    "selftest": {"selftest", "measure", "report"} | PURE | BOTTOM,
    "resolvers": {"resolvers"},
    "benchmarks": {"resolvers"},
    "worker": {"worker"},
    "pytest_plugin": {"worker"},
    "__main__": {"cli"},
    "__init__": set(),
}
LINE_LIMIT = 250


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """All of a file's syntax tree."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            if node.module == "boss_perf":
                yield from ((node.lineno, f"boss_perf.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, node.module


def floor_breaks(path: Path) -> list[str]:
    room = room_of(path)
    if room == "cli":
        return []
    return [
        f"{path.relative_to(PACKAGE)}:{line} imports {name}"
        for line, name in imports_of(path)
        if name.startswith("boss_perf.") and name.split(".")[1] not in ALLOWED[room] | {"__version__"}
    ]


def test_imports_go_down_only() -> None:
    assert [each for path in FILES for each in floor_breaks(path)] == []


def imported_files() -> dict[str, set[str]]:
    """The modules of the package that each of them imports, wherever in the file."""
    names = {
        ".".join(("boss_perf", *p.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): p
        for p in FILES
    }
    found: dict[str, set[str]] = {name: set() for name in names}
    for name, path in names.items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        for node in nodes_of(path):
            if isinstance(node, ast.ImportFrom):
                above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
                origin = ".".join([*above, *filter(None, [node.module])])
                asked = {
                    f"{origin}.{alias.name}" if f"{origin}.{alias.name}" in names else origin for alias in node.names
                }
                found[name] |= (asked & names.keys()) - {name}
    return found


def test_no_file_imports_itself_by_way_of_others() -> None:
    waiting = imported_files()
    while free := {name for name, wanted in waiting.items() if not wanted & waiting.keys()}:
        waiting = {name: wanted for name, wanted in waiting.items() if name not in free}
    assert sorted(waiting) == []


def test_a_file_is_one_noun_and_short() -> None:
    long = {str(p.relative_to(PACKAGE)): n for p in FILES if (n := len(p.read_text().splitlines())) > LINE_LIMIT}
    assert long == {}


def test_no_file_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
    assert [p for p in FILES if p.stem in empty] == []


def test_the_pure_floors_know_no_clock_disk_or_chance() -> None:
    forbidden = {"time", "os", "pathlib", "socket", "subprocess", "sqlite3", "secrets", "tempfile", "shutil"}
    found = [
        f"{path.relative_to(PACKAGE)}:{line} {name}"
        for path in FILES
        if room_of(path) in PURE | BOTTOM
        for line, name in imports_of(path)
        if name.split(".")[0] in forbidden
    ]
    assert found == []


def test_only_the_command_line_prints_and_exits() -> None:
    quiet = [p for p in FILES if room_of(p) not in {"cli", "benchmarks"} and p.name not in {"launch.py", "__main__.py"}]
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in quiet
        for node in nodes_of(path)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"print", "sys.exit", "exit"}
    ]
    assert found == []


def test_nothing_is_unpickled_or_loaded_unsafely() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in FILES
        if room_of(path) != "resolvers"
        for node in nodes_of(path)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"pickle.load", "pickle.loads", "yaml.load", "eval"}
    ]
    assert found == []


def test_the_floor_test_can_fail() -> None:
    path = PACKAGE / "model" / "units.py"
    assert floor_breaks(path) == []
    breaks = [name for _, name in imports_of(PACKAGE / "cli" / "bench.py") if name.startswith("boss_perf.measure")]
    assert breaks, "the reader of imports finds none, so it would find no breach either"
