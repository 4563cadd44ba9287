"""What a suite may ask of the plugins that a measured process goes without: their marks, settings, hooks and fixtures.

Those plugins would disturb what is measured: they end tests that wait, repeat them, trace them or send them elsewhere.
A suite that only names them must be collected as it stands, however strict its settings are. This module is a plugin.
"""

from importlib.util import find_spec
from typing import Any

import pytest

MARKS = (
    "timeout(...): pytest-timeout",
    "flaky(...): pytest-rerunfailures",
    "xdist_group(name): pytest-xdist",
    "no_cover: pytest-cov",
    "codspeed_benchmark(...): pytest-codspeed",
    "hypothesis: hypothesis",
)
SETTINGS = (
    "timeout", "timeout_method", "timeout_func_only", "timeout_disable_debugger_detection", "session_timeout",
    "reruns", "reruns_delay", "reruns_delay_backoff_factor", "only_rerun", "rerun_except", "looponfailroots",
    "rsyncdirs", "rsyncignore",
)  # fmt: skip
OPTIONS: dict[str, dict[str, Any]] = {
    "xdist": {
        "--numprocesses": None, "--maxprocesses": None, "--max-worker-restart maxworkerrestart": None, "--dist": "no",
        "--loadscope-reorder loadscopereorder": True, "--tx": [], "--px": [], "--distload": False, "--rsyncdir": [],
        "--rsyncignore": [], "--testrunuid": None, "--maxschedchunk": None, "--looponfail": False,
    },
    "pytest_cov": {
        "--cov cov_source": [], "--cov-report": {}, "--cov-config": ".coveragerc", "--no-cov-on-fail": False,
        "--no-cov": False, "--cov-fail-under": None, "--cov-append": False, "--cov-branch": None,
        "--cov-precision": None, "--cov-context": None,
    },
    "pytest_timeout": {
        "--timeout": None, "--timeout-method": None, "--timeout-disable-debugger-detection": False,
        "--session-timeout": None,
    },
    "pytest_rerunfailures": {
        "--force-reruns": None, "--reruns": None, "--reruns-delay": None, "--only-rerun": None, "--rerun-except": None,
        "--fail-on-flaky": False,
    },
    "pytest_codspeed": {
        "--codspeed": False, "--codspeed-mode": None, "--codspeed-warmup-time": None, "--codspeed-max-time": None,
        "--codspeed-max-rounds": None,
    },
    "hypothesis": {
        "--hypothesis-profile": None, "--hypothesis-verbosity": None, "--hypothesis-show-statistics": False,
        "--hypothesis-seed": None, "--hypothesis-explain": False,
    },
}  # fmt: skip
"""By the package that brings them: each option, where its name does not tell it the attribute too, and its default."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Settings in the suite's own file, and the options of what is installed, as if none of them had been given.

    Where a plugin is not installed the suite may have an option of that name itself.
    """
    for name in SETTINGS:
        parser.addini(name, "belongs to a plugin that is kept out")
    for package, options in OPTIONS.items():
        for text, default in options.items() if find_spec(package) is not None else ():
            option, _, attribute = text.partition(" ")
            switch = {"action": "store_true"} if isinstance(default, bool) else {}
            parser.addoption(
                option, dest=attribute or option.lstrip("-").replace("-", "_"), default=default, help=package, **switch
            )


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
    def pytest_xdist_setupnodes(self, config: Any, specs: Any) -> None: ...
    def pytest_xdist_newgateway(self, gateway: Any) -> None: ...
    def pytest_xdist_rsyncstart(self, source: Any, gateways: Any) -> None: ...
    def pytest_xdist_rsyncfinish(self, source: Any, gateways: Any) -> None: ...
    def pytest_xdist_getremotemodule(self) -> None: ...
    def pytest_configure_node(self, node: Any) -> None: ...
    def pytest_testnodeready(self, node: Any) -> None: ...
    def pytest_testnodedown(self, node: Any, error: Any) -> None: ...
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Any) -> None: ...
    def pytest_xdist_make_scheduler(self, config: Any, log: Any) -> None: ...
    def pytest_xdist_auto_num_workers(self, config: Any) -> None: ...
    def pytest_handlecrashitem(self, crashitem: Any, report: Any, sched: Any) -> None: ...
    def pytest_timeout_set_timer(self, item: Any, settings: Any) -> None: ...
    def pytest_timeout_cancel_timer(self, item: Any) -> None: ...
