"""Entry of a measured process: `python launch.py CONFIG`, with CONFIG a JSON object.

With one arm it becomes a pytest worker itself. With two it is a zygote: it imports only what both arms share, then
forks both in the order it was given, so that they have one memory layout and one hash seed; each child puts its own
tree first on `sys.path`. Nothing of the measured package may be imported before the fork.
"""

import importlib
import importlib.util
import json
import os
import sys
import threading
import traceback
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
OLDEST_PYTEST = (8, 1)
INSTALLED = ("site-packages", "dist-packages", os.path.dirname(os.__file__), HERE)


def main() -> None:
    """Run the worker or the zygote that the configuration describes; leaves the process with pytest's own status."""
    config = json.loads(sys.argv[1])
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != HERE]
    _compile_into(config.get("bytecode"))
    _adopt_package()
    from boss_perf_worker.orphans import adopt_orphans, end_children  # type: ignore[import-not-found]

    adopt_orphans()
    arms = config["arms"]
    if len(arms) == 1:
        try:
            status = _run_arm(config, arms[0])
        finally:
            end_children()
        os._exit(status)
    for name in config["preload"]:
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 - a preload is only a shortcut; the arm imports it again and reports
            print(f"not preloaded: {name}: {error}", file=sys.stderr)  # noqa: T201 - the worker's log
    if threading.active_count() > 1:  # a thread would be missing in both arms; start again without the shortcut
        bare = json.dumps({**config, "preload": []})
        os.execv(sys.executable, [sys.executable, __file__, bare])  # noqa: S606 - itself, with its own words
    children = set()
    for index in config["birth_order"]:
        child = os.fork()
        if child == 0:
            for other in range(len(arms)):
                if other != index:
                    os.close(arms[other]["fd"])
            os._exit(_run_arm(config, arms[index]))
        children.add(child)
    for arm in arms:
        os.close(arm["fd"])
    while children:
        ended, _ = os.wait()  # an arm, or an orphan that was adopted
        children.discard(ended)
    end_children()
    sys.stderr.flush()
    os._exit(0)  # taking the interpreter down would take longer than starting it


def _compile_into(folder: str | None) -> None:
    """Keep what is compiled in a folder of the tool's own, not what is installed and lies compiled already."""
    if not folder:
        return
    sys.pycache_prefix, sys.dont_write_bytecode = folder, False
    machinery: Any = sys.modules["_frozen_importlib_external"]
    in_folder = machinery.cache_from_source

    def place(path: str, *words: Any, **named: Any) -> str:
        ours: str = in_folder(path, *words, **named)
        beside = os.path.join(os.path.dirname(path), "__pycache__", os.path.basename(ours))
        return beside if any(each in path for each in INSTALLED) and os.path.exists(beside) else ours

    machinery.cache_from_source = place


def _adopt_package() -> None:
    """Make this folder importable as `boss_perf_worker`, whatever `boss_perf` the measured tree carries."""
    spec: Any = importlib.util.spec_from_file_location("boss_perf_worker", os.path.join(HERE, "__init__.py"))
    sys.modules["boss_perf_worker"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def _run_arm(config: dict[str, Any], arm: dict[str, Any]) -> int:
    from boss_perf_worker.channel import Channel  # type: ignore[import-not-found]
    from boss_perf_worker.messages import Bye, Hello  # type: ignore[import-not-found]

    channel = Channel.from_fd(arm["fd"])
    os.chdir(arm["root"])
    sys.path[:0] = arm["path"]
    # Interpreters that a benchmark starts must find the same tree, not an installed copy.
    os.environ["PYTHONPATH"] = os.pathsep.join([*arm["path"], *filter(None, [os.environ.get("PYTHONPATH")])])
    log = os.open(arm["log"], os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    channel.send(Hello(os.getpid()))
    pytest = importlib.import_module("pytest")
    if getattr(pytest, "version_tuple", ()) < OLDEST_PYTEST:
        raise SystemExit(f"pytest {pytest.__version__} is too old to host the suite: it takes 8.1 or newer")
    from boss_perf_worker import blocked_plugins  # type: ignore[import-not-found]
    from boss_perf_worker.asv_suite import AsvSuites  # type: ignore[import-not-found]
    from boss_perf_worker.fixtures import Worker  # type: ignore[import-not-found]
    from boss_perf_worker.seeds import Seeds  # type: ignore[import-not-found]
    from boss_perf_worker.suite_options import SuiteOptions  # type: ignore[import-not-found]

    os.register_at_fork(after_in_child=channel.close)  # what the subject forks must not speak for it
    # Looked for before a watch begins: the workloads do not rest on the search.
    asv_suites = AsvSuites(arm["root"], os.path.dirname(arm["log"]))
    worker = Worker(channel, {**config, **arm})
    sys.argv[:] = ["pytest", *arm["options"]]  # suites look there for what they are to do
    plugins = [worker, blocked_plugins, SuiteOptions(arm["options"]), Seeds(), asv_suites]
    try:
        status = int(pytest.main(arm["pytest_arguments"], plugins=plugins))
    except Exception:  # noqa: BLE001 - a hook of the suite raised; what was measured by then stands
        traceback.print_exc()
        status = 1
    channel.send(Bye())
    sys.stdout.flush()
    sys.stderr.flush()
    return status


if __name__ == "__main__":
    main()
