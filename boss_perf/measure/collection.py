"""Which workloads a suite has: one process that collects and measures nothing."""

import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from boss_perf.errors import MeasureError, NotCollectedError
from boss_perf.judge.gate.suite_changes import LACKING, import_hint
from boss_perf.measure.fork import ArmPlace, Fork, end_all_forks
from boss_perf.measure.product import read_text
from boss_perf.measure.tree import Tree
from boss_perf.measure.worker_link import WorkerGone
from boss_perf.worker.asv_config import usable_suites
from boss_perf.worker.messages import Collected

COLLECT_LIMIT_S = 300.0
ERROR = re.compile(r"^(INTERNALERROR> |ERROR: |E +(?=\w+: ))(?=\S)")
RAISED_AT = re.compile(r'^INTERNALERROR> +File "([^"/<][^"]*)", line (\d+)', re.MULTILINE)
FIXTURE_WORDS = re.compile(r"benchmark|paired|trial")


PRELOADED = (
    "pytest", "pytest_benchmark.plugin", "boss_perf_worker.fixtures", "boss_perf_worker.blocked_plugins",
    "boss_perf_worker.suite_options", "boss_perf_worker.asv_suite",
)  # fmt: skip
"""What both arms of every fork import: pytest, and this tool's side of the worker, which imports pytest."""


def collect(place: ArmPlace, files: tuple[str, ...]) -> Collected:
    """Collect these files in a place; MeasureError when pytest itself cannot run there."""
    with Fork(places=(place,), files=files, selected=(), hash_seed=1, core=None) as fork:
        link = fork.links[0]
        try:
            event = link.next_event(timeout_s=COLLECT_LIMIT_S)
        except WorkerGone as gone:
            detail = gone.failure.detail
            if (lacking := LACKING.search(detail)) is not None:
                hint = import_hint(lacking[0], python=place.python)
                raise MeasureError(f"{place.python} cannot run the suite: {lacking[0]}", hint=hint) from gone
            crash = detail.find("Fatal Python error")
            hint = detail[crash:][:800] if crash >= 0 else detail[-800:]
            raise MeasureError(f"while collecting: {gone}", where=str(place.root), hint=hint) from gone
        if not isinstance(event, Collected):
            raise _not_collected(place, link.log_tail())
        return event


def collect_suite(tree: Tree, suite: Sequence[str], *, elsewhere: tuple[str, ...] = ()) -> Collected:
    """What a tree has of these files; MeasureError when pytest cannot run there."""
    present = tuple(each for each in suite if (tree.root / each).exists())
    try:
        return collect(tree.place(elsewhere=elsewhere), present) if present else Collected(())
    except MeasureError as error:
        where = None if tree.is_ours else error.where  # what is ours is gone when this is read
        error.message, error.where = f"{tree.side.name}: {error.message}", where
        raise


def side_by_side(collect_one: Callable[[Tree], Collected], one: Tree, other: Tree) -> tuple[Collected, Collected]:
    """Both at once; one after the other where one soon has trouble, for a suite may not bear itself beside it."""
    began_s = time.monotonic()
    with ThreadPoolExecutor() as pool:
        found = [pool.submit(collect_one, each) for each in (one, other)]
        try:
            wait(found)
        except BaseException:
            end_all_forks()
            raise
    is_early = time.monotonic() - began_s < COLLECT_LIMIT_S
    if is_early and any(each.exception() or each.result().errors for each in found):
        return collect_one(one), collect_one(other)
    return found[0].result(), found[1].result()


def shared_imports(base: Collected, head: Collected, *, own: frozenset[str]) -> tuple[str, ...]:
    """What the zygote may import for both arms: pytest, its plugins and numpy, unless they bring what is `own`.

    Without it each arm loads the installed plugins again, which is up to half of what it does before the first test.
    """
    plugins_loaded = {*base.plugins_loaded, *head.plugins_loaded}
    is_foreign = bool(plugins_loaded) and own.isdisjoint(plugins_loaded)
    wanted = list(dict.fromkeys((*PRELOADED, *head.plugins))) if is_foreign else []
    if "numpy" in {*base.loaded, *head.loaded} - own:
        wanted.append("numpy")
    return tuple(wanted)


def _not_collected(place: ArmPlace, said: str) -> NotCollectedError:
    """Why pytest itself gave up, in its last word."""
    said = said.replace(f"{place.root}/", "")
    lines, raised_at = said.splitlines(), RAISED_AT.findall(said)
    last = next((line for line in reversed(lines) if ERROR.search(line)), "")
    why = ERROR.sub("", last).strip()
    hint = "raised at {}:{}".format(*raised_at[-1]) if raised_at else said.strip()[-800:]
    if "unknown hook" in why:
        hint = "the suite needs a plugin of pytest that is not installed here"
    message = f"pytest could not collect the suite{f': {why}' if why else ''}"
    return NotCollectedError(message, where=str(place.root), hint=hint)


def that_matter(told: tuple[tuple[str, str], ...], root: Path) -> tuple[tuple[str, str], ...]:
    """What is told of files, without those that cannot hold a benchmark: none of the fixtures is named in them."""
    suites = usable_suites(str(root)) if told else ()
    return tuple(
        each
        for each in told
        for file in each[0].split("::", 1)[:1]
        if any(suite.holds(file) for suite in suites) or _may_hold_benchmarks(root / file)
    )


def _may_hold_benchmarks(path: Path) -> bool:
    text = read_text(path)
    return path.suffix != ".py" or not text or FIXTURE_WORDS.search(text) is not None
