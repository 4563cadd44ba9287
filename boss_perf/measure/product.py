"""Which files of a tree are the product, the thing that is measured; all others are the exam it is measured by.

The product is what can be imported and is not the suite: the packages and modules below the source folders with what
lies in them. Test folders and test files are suite wherever they lie; so are the plugins that the suite's configuration
names, the benchmarks of asv, and what Python or a build runs by itself.
"""

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path, PurePosixPath

from boss_perf.worker import SETTINGS_FILES
from boss_perf.worker.asv_config import usable_suites

SUITE_WORDS = {"test", "tests", "testing", "benchmark", "benchmarks", "benchmarking", "bench", "perf", "performance"}
BINARIES = (".so", ".pyd", ".dll", ".dylib")
COMPILED_SOURCES = {
    ".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx", ".pyx", ".pxd", ".pxi", ".rs", ".f", ".f90", ".cu", ".go",
}  # fmt: skip
BUILD_FILES = {"setup.py", "CMakeLists.txt", "meson.build", "Cargo.toml", "Cargo.lock", "build.rs"}
_TEST_WORDS = {"test", "tests"}
_MANY = {"tests", "benchmarks"}
_IMPORT = re.compile(
    r"^[ \t]*(?:from|import)\b(?:[^\n(]*\([^)]*\)|[^\n]*)|\b(?:import_module|__import__)\([^)]*\)", re.MULTILINE
)
_TEST_FILE = re.compile(r"(conftest|test_.*|.*_tests?|bench_.*|.*_bench)\.py")
_NEVER = {"setup.py", "noxfile.py", "tasks.py", "sitecustomize.py", "usercustomize.py"}
_PLUGIN_OPTION = re.compile(r"(?<![\w-])-p[ =\"',]*([A-Za-z_][\w.]*)")


class Product:
    """The product among the `files` of a tree, all relative to `root`; `suite` are the paths that were declared so.

    What is product for the `examiner` cannot be made suite by the side that it examines: it would not be measured.
    """

    def __init__(
        self, root: Path, files: Iterable[str], *, path: Sequence[str] = (), suite: Sequence[str] = (),
        examiner: "Product | None" = None,
    ) -> None:  # fmt: skip
        self._files = tuple(files)
        self._sources = tuple(sorted({*path, "src", ""}, key=len, reverse=True))  # the innermost first
        named = {*_named_plugins(root, self._files, self._sources), *_asv_folders(root, self._files)}
        self._suite = _suite_folders(self._files, suite) | named
        self.needed: frozenset[str] = frozenset()
        if examiner is not None:
            self._suite = {each for each in self._suite if not examiner.keeps(each)}
        self.needed = frozenset(
            each for each in self._imported_tests(root) if examiner is None or not examiner.examines(each)
        )
        self.entries = frozenset(self._entries())
        if not self.entries:  # what was declared as the suite is all there is: its tests alone are suite
            self._suite = _suite_folders(self._files, ())
            self.entries = frozenset(self._entries())

    @property
    def modules(self) -> frozenset[str]:
        """The top-level import names."""
        names = (PurePosixPath(each).name.split(".", 1)[0] for each in self.entries)
        return frozenset(each for each in names if each.isidentifier())

    @property
    def doubled(self) -> frozenset[str]:
        """The top-level import names that two source folders have; parts of a namespace belong together."""
        present = set(self._files)
        whole = [PurePosixPath(each) for each in self.entries if each in present or f"{each}/__init__.py" in present]
        counts = Counter(name for _, name in {(each.parent, each.name.split(".", 1)[0]) for each in whole})
        return frozenset(name for name, count in counts.items() if count > 1)

    def __contains__(self, file: str) -> bool:
        """Whether a file is product; it need not be there yet."""
        return any(each in self.entries for each in _self_and_parents(file)) and not self.is_suite(file)

    def keeps(self, file: str) -> bool:
        """Whether a file, or a folder, that another side calls suite is product; a new folder of tests need not be."""
        is_tests = file.rpartition("/")[2].lower() in _TEST_WORDS
        return file in self and (not is_tests or any(f"{each}/".startswith(f"{file}/") for each in self._files))

    def examines(self, file: str) -> bool:
        """Whether a file that is there is suite."""
        return file in self._files and self.is_suite(file)

    def is_suite(self, file: str, *, needed: Collection[str] = ()) -> bool:
        """Whether a file is suite by its name or by the folder it lies in, whatever lies around it.

        What a package needs itself, or is `needed` by another side's, is not suite for its name.
        """
        is_needed = file in self.needed or file in needed
        return (bool(_TEST_FILE.fullmatch(file.rpartition("/")[2])) and not is_needed) or self._lies_in_suite(file)

    def _lies_in_suite(self, file: str) -> bool:
        return any(each in self._suite for each in _self_and_parents(file))

    def _imported_tests(self, root: Path) -> list[str]:
        """Modules that are called like tests, such as `stats/t_test.py`, and that the package they lie in imports."""
        present = set(self._files)
        named = [
            file
            for file in self._files
            if _TEST_FILE.fullmatch(PurePosixPath(file).name)
            and not file.endswith("conftest.py")
            and f"{file.rpartition('/')[0]}/__init__.py" in present
            and not self._lies_in_suite(file)
        ]
        tops = {_top(each) for each in named}
        imported = {
            (_top(file), word)
            for file in self._files
            if _top(file) in tops and file.endswith(".py") and not self.is_suite(file)
            for statement in _IMPORT.findall(read_text(root / file))
            for word in re.findall(r"\w+", statement)
        }
        return [each for each in named if (_top(each), PurePosixPath(each).stem) in imported]

    def _entries(self) -> Iterator[str]:
        """Modules, packages and namespaces right below a source folder.

        Beside a project's other folders a namespace has to hold a package itself; below its sources any depth does.
        """
        for file in self._files:
            if self.is_suite(file):
                continue
            for source in self._sources:
                inner = _below(file, source)
                if inner is None:
                    continue
                top, *rest = inner
                if not rest and _is_module(top) and top not in _NEVER and not top.startswith("__"):
                    yield file
                elif rest and top.isidentifier() and _is_module(rest[-1]) and (source or not self._is_source(top)):
                    is_package = len(rest) == 1 or (len(rest) == 2 and rest[1] == "__init__.py")
                    if is_package or source:
                        yield f"{source}/{top}" if source else top
                break

    def _is_source(self, folder: str) -> bool:
        return any(each == folder or each.startswith(f"{folder}/") for each in self._sources if each)


def is_bytecode(file: str) -> bool:
    """Whether a file is what Python compiled; it is never taken from a tree."""
    return file.endswith((".pyc", ".pyo")) or "__pycache__" in file.split("/")


def is_compiled_source(file: str) -> bool:
    """Whether a change of this file changes nothing until something is built."""
    return PurePosixPath(file).suffix.lower() in COMPILED_SOURCES


def _suite_folders(files: Sequence[str], declared: Sequence[str]) -> set[str]:
    """Folders and files that are suite as a whole: what was declared, and folders of tests by their name."""
    found = {PurePosixPath(each).as_posix() for each in declared} - {"."}
    present = set(files)
    for file in (*(each for each in files if _TEST_FILE.fullmatch(PurePosixPath(each).name)), *declared):
        outermost = ""  # a declared file takes along the folder of tests it lies in
        for folder in (each for each in _self_and_parents(file) if each != file or file in declared):
            parts = folder.lower().split("/")
            holds_tests = _TEST_WORDS.intersection(file[len(folder) + 1 :].lower().split("/")[:-1])
            if parts[-1] in _TEST_WORDS or (parts[-1] in SUITE_WORDS and len(parts) == 1 and not holds_tests):
                found.add(folder)
            if file in declared and not holds_tests and _is_called_suite(parts[-1], f"{folder}/__init__.py" in present):
                outermost = folder
        found.update([outermost] if outermost else ())
    return found


def _is_called_suite(name: str, is_package: bool) -> bool:
    """Whether a folder is one of tests by its name, as `perf_tests` is; `my_perf` and `bench_tools` may be products."""
    words = re.split("[-_]", name)
    return SUITE_WORDS.issuperset(words) or words[-1] in _MANY or (not is_package and bool(SUITE_WORDS & set(words)))


def _named_plugins(root: Path, files: Sequence[str], sources: Sequence[str]) -> Iterator[str]:
    """The modules of the tree that its configuration, or a conftest, makes plugins of pytest."""
    names: set[str] = set()
    for file in files:
        name = PurePosixPath(file).name
        if name in SETTINGS_FILES or name == "conftest.py":
            text = read_text(root / file)
            names.update(_PLUGIN_OPTION.findall(text) if name in SETTINGS_FILES else _assigned_plugins(text))
    present = set(files)
    for name in names:
        for source in sources:
            path = f"{source}/{name.replace('.', '/')}".lstrip("/")
            yield from (each for each in (f"{path}.py", f"{path}/__init__.py") if each in present)


def _asv_folders(root: Path, files: Sequence[str]) -> Iterator[str]:
    """The benchmarks of asv suites, with the folder that their configuration lies in where that is no package."""
    present = set(files)
    for suite in usable_suites(str(root)):
        if suite.config in present:
            yield suite.folder
            if suite.home and f"{suite.home}/__init__.py" not in present:
                yield suite.home


def _assigned_plugins(text: str) -> Iterator[str]:
    if "pytest_plugins" not in text:
        return
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(each, ast.Name) and each.id == "pytest_plugins" for each in targets):
            values = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))
            yield from (each for each in values if isinstance(each, str))


def read_text(path: Path) -> str:
    """What a text file says; nothing where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _is_module(name: str) -> bool:
    return name.endswith((".py", *BINARIES))


def _top(file: str) -> str:
    return file.split("/", 1)[0]


def _below(file: str, folder: str) -> list[str] | None:
    if not folder:
        return file.split("/")
    return file[len(folder) + 1 :].split("/") if file.startswith(f"{folder}/") else None


def _self_and_parents(file: str) -> list[str]:
    """`a/b/c.py`, `a/b`, `a`."""
    return list(accumulate(file.split("/"), "{}/{}".format))[::-1]
