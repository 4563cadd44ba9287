"""Which workloads a suite has: one process that collects and measures nothing."""

import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from boss_perf.errors import MeasureError
from boss_perf.judge.gate.suite_changes import LACKING, import_hint
from boss_perf.measure.fork import ArmPlace, Fork, ForkOrder, end_all_forks
from boss_perf.measure.tree import Tree, source_folders
from boss_perf.measure.worker_link import WorkerGone
from boss_perf.worker.asv_config import usable_suites
from boss_perf.worker.messages import Bye, Collected, Found

COLLECT_LIMIT_S = 300.0
UNTIMED = ("trial", "track")
"""Kinds of workloads without a time: a trial is judged by its checks, a track is a number of its own."""
ERROR = re.compile(r"^(INTERNALERROR> |ERROR: |E +(?=\w+: ))(?=\S)")
RAISED_AT = re.compile(r'^INTERNALERROR> +File "([^"/<][^"]*)", line (\d+)', re.MULTILINE)
FIXTURE_WORDS = re.compile(r"benchmark|paired|trial")


@dataclass(frozen=True, slots=True)
class Collection:
    """What pytest found: workloads in order, files that could not be imported, and what is left out, with why.

    `loaded` are the top-level modules imported, `plugins` the modules of installed pytest plugins, `plugins_loaded` the
    top-level modules that come with them, `origins` the files of what was imported from the tree, or from where it
    should not have been.
    """

    found: tuple[Found, ...]
    errors: tuple[tuple[str, str], ...]
    skipped: tuple[tuple[str, str], ...] = ()
    loaded: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    plugins_loaded: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The node ids."""
        return tuple(each.workload for each in self.found)

    @property
    def timed(self) -> tuple[str, ...]:
        """The node ids of what has a time."""
        return tuple(each.workload for each in self.found if each.kind not in UNTIMED)


def collect(place: ArmPlace) -> Collection:
    """Collect the place's files; MeasureError when pytest itself cannot run there."""
    order = ForkOrder(places=(place,), selected=(), hash_seed=1, core=None)
    with Fork(order) as fork:
        link = fork.links[0]
        try:
            while True:
                event = link.next_event(timeout_s=COLLECT_LIMIT_S)
                if isinstance(event, Collected):
                    return Collection(
                        event.workloads, event.errors, event.skipped, event.loaded, event.plugins,
                        event.plugins_loaded, event.origins,
                    )  # fmt: skip
                if isinstance(event, Bye):
                    raise _not_collected(place, link.log_tail())
        except WorkerGone as gone:
            lacking = LACKING.search(gone.detail)
            if lacking is not None:
                raise MeasureError(
                    f"{place.python} cannot run the suite: {lacking[0]}",
                    hint=import_hint(lacking[0], python=place.python),
                ) from gone
            crash = gone.detail.find("Fatal Python error")
            hint = gone.detail[crash:][:800] if crash >= 0 else gone.detail[-800:]
            raise MeasureError(f"while collecting: {gone.message}", where=str(place.root), hint=hint) from gone


def side_by_side(collect_one: Callable[[Tree], Collection], one: Tree, other: Tree) -> tuple[Collection, Collection]:
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


def _not_collected(place: ArmPlace, said: str) -> MeasureError:
    """Why pytest itself gave up, in its last word."""
    said = said.replace(f"{place.root}/", "")
    lines, raised_at = said.splitlines(), RAISED_AT.findall(said)
    last = next((line for line in reversed(lines) if ERROR.search(line)), "")
    why = ERROR.sub("", last).strip()
    hint = "raised at {}:{}".format(*raised_at[-1]) if raised_at else said.strip()[-800:]
    if "unknown hook" in why:
        hint = "the suite needs a plugin of pytest that is not installed here"
    message = f"pytest could not collect the suite{f': {why}' if why else ''}"
    return MeasureError(message, where=str(place.root), hint=hint)


def import_path(root: Path) -> tuple[str, ...]:
    """What goes first on `sys.path` so that the tree's own code is imported."""
    return tuple(str(root / each) for each in source_folders(root))


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
    try:
        return (
            path.suffix != ".py" or FIXTURE_WORDS.search(path.read_text(encoding="utf-8", errors="replace")) is not None
        )
    except OSError:
        return True
