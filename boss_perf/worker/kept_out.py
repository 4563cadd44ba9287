"""What a suite may ask of the plugins that a measured process goes without: their marks, settings, hooks and fixtures.

Those plugins would disturb what is measured: they end tests that wait, repeat them, trace them or send them elsewhere.
A suite that only names them must be collected as it stands, however strict its settings are. This module is a plugin.
"""

from typing import Any

import pytest

MARKS = (
    "timeout(...): pytest-timeout",
    "flaky(...): pytest-rerunfailures",
    "xdist_group(name): pytest-xdist",
    "no_cover: pytest-cov",
    "codspeed_benchmark(...): pytest-codspeed",
)
SETTINGS = (
    "timeout", "timeout_method", "timeout_func_only", "timeout_disable_debugger_detection", "session_timeout",
    "reruns", "reruns_delay", "looponfailroots", "rsyncdirs", "rsyncignore",
)  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    """Settings in the suite's own file."""
    for name in SETTINGS:
        parser.addini(name, "belongs to a plugin that is kept out")


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Hooks that a conftest may implement."""
    pluginmanager.add_hookspecs(_Hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Marks, so that strict settings accept them."""
    for mark in MARKS:
        config.addinivalue_line("markers", mark)


@pytest.fixture(scope="session")
def worker_id() -> str:
    """What pytest-xdist calls the one process of a run that is not spread."""
    return "master"


@pytest.fixture(scope="session")
def testrun_uid() -> str:
    """The name pytest-xdist gives a run."""
    return "boss-perf"


@pytest.fixture
def no_cover() -> None:
    """Coverage is never traced."""


@pytest.fixture
def cov() -> None:
    """Coverage is never traced."""


@pytest.fixture
def codspeed_benchmark(benchmark: Any) -> Any:
    """pytest-codspeed's own name for `benchmark`."""
    return benchmark


class _Hooks:
    @staticmethod
    def pytest_xdist_setupnodes(config: Any, specs: Any) -> None: ...
    @staticmethod
    def pytest_xdist_newgateway(gateway: Any) -> None: ...
    @staticmethod
    def pytest_xdist_rsyncstart(source: Any, gateways: Any) -> None: ...
    @staticmethod
    def pytest_xdist_rsyncfinish(source: Any, gateways: Any) -> None: ...
    @staticmethod
    def pytest_xdist_getremotemodule() -> None: ...
    @staticmethod
    def pytest_configure_node(node: Any) -> None: ...
    @staticmethod
    def pytest_testnodeready(node: Any) -> None: ...
    @staticmethod
    def pytest_testnodedown(node: Any, error: Any) -> None: ...
    @staticmethod
    def pytest_xdist_node_collection_finished(node: Any, ids: Any) -> None: ...
    @staticmethod
    def pytest_xdist_make_scheduler(config: Any, log: Any) -> None: ...
    @staticmethod
    def pytest_xdist_auto_num_workers(config: Any) -> None: ...
    @staticmethod
    def pytest_handlecrashitem(crashitem: Any, report: Any, sched: Any) -> None: ...
    @staticmethod
    def pytest_timeout_set_timer(item: Any, settings: Any) -> None: ...
    @staticmethod
    def pytest_timeout_cancel_timer(item: Any) -> None: ...
