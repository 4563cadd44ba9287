"""The pytest plugin of a worker: `benchmark`, `paired` and `trial` stop inside the test and serve the tool.

`benchmark` stays an instance of a subclass of pytest-benchmark's own fixture where that is installed, so that markers,
ini options, `extra_info`, `group` and `weave` keep working; elsewhere a stand-in with the same surface takes its place.
"""

import gc
import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any

import pytest

from .answers import answer_digest
from .channel import Channel, ChannelClosed
from .digest import benchmark_digest, files_digest
from .messages import Check, Code, Collected, FailureKind, Fault, Finished, Found, Ready
from .named_files import NamedFiles
from .origins import loaded_files, source_files
from .paired import ArmsDisagree, Paired, Trial
from .placement import stay_on_core
from .serve import serve
from .serving import make_serving
from .stand_in import MarkedTests, StandInFixtures, is_marked, stand_in_modules
from .subject import Subject
from .survey import installed_plugins, top_modules
from .tampering import Seal

TEXT_LIMIT = 4000


class Worker:
    """One pytest process of a fork; `selected` is the order in which its tests run, empty to collect only."""

    def __init__(self, channel: Channel, config: Mapping[str, Any]) -> None:
        self._channel = channel
        self._root = str(config["root"])
        self._path = tuple(map(str, config.get("path", ())))
        self._selected: list[str] | None = config.get("selected")
        self._policies: Mapping[str, Any] = config.get("policies", {})
        self._core: int | None = config.get("core")
        self._reports_origins = bool(config.get("reports_origins"))
        self._errors: list[tuple[str, str]] = []
        self._failure: Fault | None = None
        self._facts: dict[str, float] = {}
        self._checks: list[Check] = []
        self._tried: tuple[tuple[Code, ...], str] = ((), "")
        self._directory = os.getcwd()
        self._seal = Seal()
        self._installed: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> None:
        """Note what comes with the installed plugins."""
        if self._selected == []:
            self._installed = installed_plugins(early_config)

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Come after pytest-benchmark, so that its fixture is known; without it, bring a stand-in."""
        config.addinivalue_line("markers", "benchmark: mark a test with custom benchmark settings.")
        if not config.pluginmanager.hasplugin("benchmark"):
            config.pluginmanager.register(StandInFixtures(), "boss-perf-stand-in")
        config.pluginmanager.register(MarkedTests(), "boss-perf-marked-tests")
        config.pluginmanager.register(NamedFiles(config), "boss-perf-named-files")
        stand_in_modules()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, Any, Any]:
        """Turn the suite's `benchmark` into one that serves the tool."""
        fixture = yield
        if fixturedef.argname == "benchmark":
            make_serving(
                fixture,
                lambda subject, answer: self._serve(request, ("subject",), (subject,), fixture.extra_info, answer),
            )
        return fixture

    @pytest.fixture
    def paired(self, request: pytest.FixtureRequest) -> Iterator[Paired]:
        """Two implementations against each other."""

        def serve_arms(arms: Sequence[str], subjects: Sequence[Subject], first: tuple[Any, Any]) -> None:
            self._serve(request, arms, subjects, pair.extra_info, first[-1])

        pair = Paired(serve_arms)
        yield pair
        self._note_facts(pair.extra_info)

    @pytest.fixture
    def trial(self, request: pytest.FixtureRequest) -> Iterator[Trial]:
        """A policy held against what a cache really does."""
        trial = Trial(self._policies.get(request.node.nodeid, {}))
        yield trial
        self._checks = trial.checks
        self._note_facts(trial.facts)
        self._tried = (self._code("trial", request.node.obj, request.node),), _digest_of(request.node)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what could not be collected, and why."""
        if report.failed:
            self._errors.append((report.nodeid, _last_line(report.longreprtext)))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Report every workload found, then keep the selected ones in the tool's order."""
        found = {item.nodeid: item for item in items if _is_workload(item)}
        self._channel.send(
            Collected(
                tuple(_describe(item, self._root) for item in found.values()),
                tuple(self._errors),
                top_modules() if self._selected == [] else (),
                *self._installed,
            )
        )
        if self._selected is not None:
            items[:] = [found[each] for each in self._selected if each in found]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """Take the core of this fork before the first test sets anything up."""
        if self._core is not None:
            stay_on_core(self._core)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Spare the collections that pytest ends with: nobody needs this heap any more."""
        gc.freeze()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Begin a test with nothing left over from the one before."""
        self._failure, self._facts, self._checks, self._tried = None, {}, [], ((), "")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Remember the first reason why a test has no valid figure."""
        report = yield
        error = call.excinfo.value if call.excinfo is not None else None
        if report.skipped and self._failure is None:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
            self._failure = Fault(FailureKind.SKIPPED, str(reason).removeprefix("Skipped: ")[:TEXT_LIMIT])
        elif (report.failed or error is not None) and not report.skipped and self._failure is None:
            kind = FailureKind.DISAGREED if isinstance(error, ArmsDisagree) else FailureKind.RAISED
            said = f"{type(error).__name__}: {error}" if error is not None else "failed"
            self._failure = Fault(kind, said[:TEXT_LIMIT], report.longreprtext[-TEXT_LIMIT:])
        return report

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Tell the tool how the test ended, and undo a change of directory."""
        os.chdir(self._directory)
        self._channel.send(Finished(nodeid, self._failure, self._facts, tuple(self._checks), *self._tried))

    def _serve(
        self,
        request: pytest.FixtureRequest,
        arms: Sequence[str],
        subjects: Sequence[Subject],
        extra_info: Mapping[str, Any],
        answer: Any,
    ) -> None:
        self._seal.check()
        ready = Ready(
            workload=request.node.nodeid,
            arms=tuple(arms),
            codes=tuple(
                self._code(arm, subject.function, request.node) for arm, subject in zip(arms, subjects, strict=True)
            ),
            benchmark_digest=_digest_of(request.node),
            answer_digest=answer_digest(answer),
            has_setup=any(each.has_setup for each in subjects),
            origins=loaded_files(root=self._root, path=self._path) if self._reports_origins else {},
        )
        try:
            serve(self._channel, subjects, ready)
        except ChannelClosed:
            os._exit(70)
        self._seal.check()
        self._note_facts(extra_info)

    def _code(self, arm: str, function: Callable[..., Any], item: pytest.Item) -> Code:
        # Between two trees every loaded file is reported, so the imports need no look.
        files = source_files(
            function, root=self._root, test_file=item.nodeid.split("::", 1)[0], has_imports=not self._reports_origins
        )
        return Code(arm, files_digest(self._root, files) or "", ";".join(files))

    def _note_facts(self, extra_info: Mapping[str, Any]) -> None:
        for name, number in extra_info.items():
            if isinstance(number, int | float) and not isinstance(number, bool):
                self._facts[str(name)] = float(number)


def _is_workload(item: pytest.Item) -> bool:
    names = getattr(item, "fixturenames", ())
    return is_marked(item) or any(name in names for name in ("benchmark", "benchmark_weave", "paired", "trial"))


def _describe(item: pytest.Item, root: str) -> Found:
    names = getattr(item, "fixturenames", ())
    is_trial = "trial" in names and not is_marked(item) and not {"benchmark", "benchmark_weave"} & set(names)
    kind = "paired" if "paired" in names else "trial" if is_trial else "benchmark"
    path, line, _ = item.reportinfo()
    return Found(item.nodeid, kind, os.path.relpath(str(path), root), (line or 0) + 1, _digest_of(item))


def _digest_of(item: pytest.Item) -> str:
    try:
        return benchmark_digest(item.path.read_text(encoding="utf-8"), item.nodeid)
    except (OSError, UnicodeDecodeError):
        return ""


def _last_line(text: str) -> str:
    lines = [line.removeprefix("E").strip() for line in text.splitlines() if line.startswith("E")]
    return (lines[-1] if lines else text.strip().splitlines()[-1] if text.strip() else "collection failed")[:TEXT_LIMIT]
