"""The pytest plugin that collects asv suites: one test for each benchmark and its parameters.

Names, parameters, set-ups and skips are `asv_runner`'s; it is imported only where there is an asv suite to collect.
"""

import contextlib
import importlib
import inspect
import os
import sys
import tempfile
import warnings
from collections.abc import Generator, Iterator, Mapping
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest

from .asv_config import AsvSuite, usable_suites
from .asv_subject import Caches, prepared

MISSING = "an asv suite needs asv_runner in the interpreter that runs it: pip install asv_runner"


class AsvSuites:
    """A plugin; `root` is the tree whose suites are collected, `home` where folders for its benchmarks are made."""

    def __init__(self, root: str, home: str) -> None:
        self._root = os.path.realpath(root)
        self._suites = usable_suites(self._root)
        self._home = home
        self._caches = Caches(home)
        self._begun: dict[str, AsvSuite] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """A folder of benchmarks is no package of tests: its `__init__.py` is asv_runner's to import."""
        return None if self._suite_around(path) is None else pytest.Dir.from_parent(parent, path=path)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> Generator[None, Any, Any]:
        """A module of benchmarks in place of whatever else would take it for tests."""
        found = yield
        suite = self._suite_around(file_path)
        if suite is None:
            return found
        if file_path.suffix != ".py":
            return []
        return [_AsvFile.from_parent(parent, path=file_path, suites=self, suite=suite)]

    def begin(self, suite: AsvSuite) -> str:
        """The name of the package of benchmarks, which can be imported from now on."""
        runner, name = _runner("_aux"), os.path.basename(suite.folder)
        if name not in self._begun:
            self._begun[name] = suite
            os.environ.update(suite.environment)
            os.environ.update(
                ASV_CONF_DIR=os.path.normpath(os.path.join(self._root, suite.home)), ASV_BUILD_DIR=self._root,
                ASV_ENV_NAME="existing", ASV_ENV_TYPE="existing", ASV_ENV_DIR=sys.prefix, ASV_COMMIT="0" * 40,
            )  # fmt: skip
            runner.update_sys_path(os.path.join(self._root, suite.folder))
        if self._begun[name].folder != suite.folder:
            raise pytest.Collector.CollectError(f"two asv suites are called {name}: name one of them with --suite")
        return name

    def run(self, bench: Any, attributes: Mapping[str, Any], index: int, benchmark: Any) -> None:
        """Let a benchmark be measured in a folder of its own, with nothing left of its other parameters."""
        owner = getattr(bench.func, "__self__", None)
        if hasattr(owner, "__dict__") and not isinstance(owner, type):
            vars(owner).clear()
            vars(owner).update(attributes)
        if bench._params:
            bench.set_param_idx(index)
        with (
            tempfile.TemporaryDirectory(prefix="asv-", dir=self._home, ignore_cleanup_errors=True) as folder,
            contextlib.chdir(folder),
        ):
            try:
                with prepared(bench, self._caches, root=self._root) as subject:
                    answer = benchmark.serve_subject(subject)
                    if bench.type == "track":
                        benchmark.extra_info["tracked"] = answer
            except _runner("benchmarks.mark").SkipNotImplemented as skipped:
                pytest.skip(f"asv skips it: {skipped}")

    def _suite_around(self, path: Path) -> AsvSuite | None:
        place = os.path.relpath(os.path.realpath(path), self._root)
        return next((each for each in self._suites if each.holds(place)), None)


class _AsvFile(pytest.File):
    def __init__(self, *, suites: AsvSuites, suite: AsvSuite, **more: Any) -> None:
        super().__init__(**more)
        self._suites = suites
        self._suite = suite

    def collect(self) -> Iterator[pytest.Item]:
        """One test for each benchmark with each of its parameters; a name that recurs is taken once, as by asv."""
        inner = os.path.relpath(os.path.realpath(self.path), os.path.join(self._suites._root, self._suite.folder))
        parts = [each for each in inner.removesuffix(".py").split(os.sep) if each != "__init__"]
        module = ".".join([self._suites.begin(self._suite), *parts])
        seen: set[str] = set()
        for bench in _benchmarks_of(module):
            name = "::".join(bench.name.removeprefix("".join(f"{each}." for each in parts)).split("."))
            for index, words in enumerate(parameter_words(bench)):
                full = name + words
                if full not in seen:
                    seen.add(full)
                    yield _AsvItem.from_parent(
                        self, name=full, bench=bench, index=index, suites=self._suites, suite=self._suite
                    )


class _AsvItem(pytest.Function):
    def __init__(self, *, bench: Any, index: int, suites: AsvSuites, suite: AsvSuite, **more: Any) -> None:
        owner = getattr(bench.func, "__self__", None)
        attributes = dict(getattr(owner, "__dict__", {}))

        def run(benchmark: Any) -> None:
            suites.run(bench, attributes, index, benchmark)

        super().__init__(callobj=run, **more)
        self._bench = bench
        self.add_marker(pytest.mark.filterwarnings("default"))
        stated_s = (bench.timeout or suite.timeout_s, bench.setup_cache_timeout)
        self.limit_s = max(each or 0.0 for each in stated_s)
        self.workload_kind = "track" if bench.type == "track" else "benchmark"
        values = next(islice(product(*bench._params), index, None), ())
        if values in bench._skip_tuples:
            self.add_marker(pytest.mark.skip(reason="asv skips it: its parameters are in skip_params"))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the benchmark is written."""
        line = 0
        with contextlib.suppress(OSError, TypeError):
            line = max(0, inspect.getsourcelines(inspect.unwrap(self._bench.func))[1] - 1)
        return self.path, line, self.name


def parameter_words(bench: Any) -> list[str]:
    """What follows the name, one for each choice of parameters: `[n=10,kind='a']`, empty where there are none."""
    if not bench.params:
        return [""]
    axes = [
        [f"{name}={_line(each)}" for each in ids] for name, ids in zip(bench.param_names, bench.params, strict=True)
    ]
    return [f"[{','.join(each)}]" for each in product(*axes)]


def _line(text: str) -> str:
    return text if text.isprintable() else " ".join(text.split())


def _benchmarks_of(module: str) -> list[Any]:
    """What asv_runner discovers in one module, and in none below it."""
    discovery = _runner("discovery")

    def only(name: str, ignore_import_errors: bool = False) -> list[Any]:
        return [importlib.import_module(name)]

    every, discovery.disc_modules = discovery.disc_modules, only
    try:
        with warnings.catch_warnings():  # a suite of asv has nothing to do with pytest's settings
            warnings.simplefilter("default")
            return list(discovery.disc_benchmarks(module))
    finally:
        discovery.disc_modules = every


def _runner(part: str) -> Any:
    try:
        return importlib.import_module(f"asv_runner.{part}")
    except ModuleNotFoundError as error:
        if (error.name or "").split(".", 1)[0] != "asv_runner":
            raise
        raise pytest.Collector.CollectError(MISSING) from error
