"""The pytest plugin of a worker: `benchmark`, `paired` and `trial` stop inside the test and serve the tool.

`benchmark` stays an instance of a subclass of pytest-benchmark's own fixture where that is installed, so that markers,
ini options, `extra_info`, `group` and `weave` keep working; elsewhere a stand-in with the same surface takes its place.
"""

import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from gc import freeze
from typing import Any

import pytest

from .benchmark_patch import NOTHING_STATED, Stated, StatedCalls, make_serving
from .benchmark_use import MarkedTests
from .channel import Channel, ChannelClosed
from .cpu_affinity import stay_on_core
from .dependencies import Watch
from .event_loop import Settled
from .fallback_fixture import StandInFixtures, stand_in_modules
from .faults import facts_in, fault_of
from .integrity import Seal, refuse_edited
from .isolation import Isolation
from .loaded_modules import fresh_addresses, installed_plugins, loaded_files, top_modules
from .messages import Collected, FailureKind, Finished, Ready
from .order_loop import serve
from .paired import Paired, Trial
from .repeated_answers import RepeatedAnswers
from .subject import Subject
from .workloads import LeftOut, NamedFiles, SteadyNames, describe, is_workload, workload_name

DEFINED_IN = ("pytest_benchmark.plugin", StandInFixtures.__module__)


class Worker:
    """One pytest process of a fork; `selected` is the order in which its tests run, empty to collect only."""

    def __init__(self, channel: Channel, config: Mapping[str, Any]) -> None:
        self._channel = channel
        self._root: str = config["root"]
        self._path = tuple(config["path"])
        self._elsewhere = tuple(config["elsewhere"])
        self._addresses: tuple[int, ...] = ()
        self._selected: Sequence[str] = config["selected"]
        self._policies: Mapping[str, Any] = config["policies"]
        self._core: int | None = config["core"]
        self._reports_origins: bool = config["reports_origins"]
        self._watch = Watch(self._root) if config["is_watched"] else None
        self._left_out = LeftOut()
        self._end = Finished("")
        self._seal = Seal()
        self._settled = Settled()
        self._stated = StatedCalls()
        self._installed: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> Generator[None, Any, Any]:
        """Note what comes with the installed plugins, and where memory lies before anything of a tree is imported.

        Around the hooks of plugins that come first, for such as pytest-django import a tree's settings there.
        """
        self._addresses = fresh_addresses()
        if not self._selected:
            self._installed = installed_plugins(early_config)
        return (yield)

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Come after pytest-benchmark, so that its fixture is known; without it, bring a stand-in."""
        config.addinivalue_line("markers", "benchmark: mark a test with custom benchmark settings.")
        if not config.pluginmanager.hasplugin("benchmark"):
            config.pluginmanager.register(StandInFixtures())
        for plugin in (MarkedTests(), NamedFiles(config), SteadyNames(), Isolation(), self._left_out):
            config.pluginmanager.register(plugin)
        stand_in_modules()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, Any, Any]:
        """Turn pytest-benchmark's own `benchmark`, or the stand-in for it, into one that serves the tool."""
        fixture = yield
        # The suite's own overrides run as they are written, around the one that is innermost.
        if fixturedef.argname == "benchmark" and fixturedef.func.__module__ in DEFINED_IN:
            make_serving(fixture, partial(self._serve_one, request), self._settled)
            fixturedef.addfinalizer(lambda: self._note_facts(fixture.extra_info))
        return fixture

    @pytest.fixture
    def paired(self, request: pytest.FixtureRequest) -> Iterator[Paired]:
        """Two implementations against each other."""

        def serve_arms(
            arms: Sequence[str], subjects: Sequence[Subject], first: Any, ask_again: Callable[[], Any]
        ) -> None:
            self._serve(request, arms, subjects, known=(first,), ask_again=ask_again)

        pair = Paired(serve_arms)
        yield pair
        self._doubt(*pair.caveats)
        self._note_facts(pair.extra_info)

    @pytest.fixture
    def trial(self, request: pytest.FixtureRequest) -> Iterator[Trial]:
        """A policy held against what a cache really does."""
        trial = Trial(self._policies.get(workload_name(request.node), {}))
        yield trial
        self._end = replace(self._end, is_trial=True, checks=tuple(trial.checks))
        self._note_facts(trial.facts)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Report every workload found, then keep the selected ones in the tool's order, on the core of this fork.

        Whatever else sorts or leaves out tests has done so by now.
        """
        found = {workload_name(item): item for item in session.items if is_workload(item)}
        is_survey = not self._selected
        self._channel.send(
            Collected(
                tuple(describe(item, self._root) for item in found.values()),
                tuple(self._left_out.errors),
                self._left_out.skipped(session.items),
                top_modules() if is_survey else (),
                *self._installed,
                self._origins() if is_survey else {},
            )
        )
        session.items[:] = [found[each] for each in self._selected if each in found]
        if self._core is not None:
            stay_on_core(self._core)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, Any, Any]:
        """Spare what pytest and pytest-benchmark end with: nobody needs this heap or their table any more."""
        freeze()
        if hasattr(session.config, "_benchmarksession"):
            session.config._benchmarksession.benchmarks.clear()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, Any, Any]:
        """Begin a test with nothing left over from the one before, and tell the tool how it ended.

        Around whatever way of running tests a plugin or a conftest of the suite has.
        """
        if self._stated.are_made:
            return (yield)
        self._end = Finished(workload_name(item))
        self._stated.measured = NOTHING_STATED
        is_run = yield
        failure = self._end.failure
        if self._stated.measured.rounds and failure is not None and failure.kind is FailureKind.RAISED:
            self._end = replace(self._end, failure=None)
            self._stated.run_again(item, nextitem)
            self._end = replace(self._end, failure=self._end.failure and failure)
        taken_in = self._watch.told() if self._watch is not None else None
        self._channel.send(replace(self._end, taken_in=taken_in))
        return is_run

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self) -> Generator[None, Any, Any]:
        """Let a test await what was awaited for it already."""
        with self._settled.passing():
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Remember the first reason why a test has no valid figure."""
        report = yield
        error = call.excinfo.value if call.excinfo is not None else None
        self._end = replace(self._end, failure=self._end.failure or fault_of(report, error))
        return report

    def _serve_one(self, request: pytest.FixtureRequest, subject: Subject, stated: Stated) -> Any:
        if self._stated.are_made:
            return self._stated.make(subject, stated)
        answer = self._serve(request, ("subject",), (subject,), stated_calls=stated.calls)
        self._stated.measured = NOTHING_STATED if subject.is_one_shot else stated
        return answer

    def _serve(
        self, request: pytest.FixtureRequest, arms: Sequence[str], subjects: Sequence[Subject], **asked: Any
    ) -> Any:
        """Let the tool measure; returns the first answer of the last arm, which is asked again if it was measured.

        `asked` is what `RepeatedAnswers` is told besides.
        """
        self._seal.restore()
        self._seal.check()
        answers = RepeatedAnswers(subjects[-1], root=self._root, **asked)
        ready = Ready(
            workload=workload_name(request.node),
            arms=tuple(arms),
            has_setup=any(each.has_setup for each in subjects),
            is_one_shot=any(each.is_one_shot for each in subjects),
            is_lazy=answers.is_lazy,
            origins=self._origins() if self._reports_origins else {},
            addresses=self._addresses,
        )
        try:
            is_measured = serve(self._channel, subjects, ready, root=self._root, path=self._path)
        except ChannelClosed:
            os._exit(70)
        if is_measured or ready.is_one_shot:
            self._end = replace(self._end, answers=answers.again())
        self._seal.check()
        for each in subjects:
            refuse_edited(each)
        self._doubt(*answers.caveats)
        if children_bytes := max(each.children_bytes for each in subjects):
            megabytes = max(10, 10 * round(children_bytes / 1e7))
            text = f"memory of processes that it starts is not counted: one held about {megabytes} MB"
            self._doubt(("children_uncounted", text))
        return answers.answer

    def _origins(self) -> dict[str, str]:
        return loaded_files(root=self._root, path=self._path, elsewhere=self._elsewhere)

    def _note_facts(self, extra_info: Mapping[str, Any]) -> None:
        facts, dropped = facts_in(extra_info)
        self._end.facts.update(facts)
        if dropped:
            text = f"not kept, for they are no numbers: {', '.join(dropped)} in extra_info"
            self._doubt(("fact_dropped", text))

    def _doubt(self, *caveats: tuple[str, str]) -> None:
        self._end = replace(self._end, caveats=(*self._end.caveats, *caveats))
