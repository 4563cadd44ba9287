"""A whole gate: two trees, the declared set of benchmarks, every one of them with a verdict.

Nothing passes in silence: what base has and head lacks, what was skipped, renamed, changed or could not be run is an
item of its own. Waivers come only from base's targets, which a change cannot edit; a margin only tightens.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn, Protocol

from boss_perf.errors import ExitStatus, MeasureError, UsageError
from boss_perf.judge.decision import DecisionRule, stage_alpha
from boss_perf.judge.gate_items import (
    Declared,
    GateTerms,
    Observed,
    items_of,
    margin_of,
    missing_items,
)
from boss_perf.judge.gate_summary import gate_exit_status, gate_resolution
from boss_perf.judge.waivers import waive
from boss_perf.measure.collection import import_path, own_modules
from boss_perf.measure.declaration import declare
from boss_perf.measure.disturbance import describe_machine_now
from boss_perf.measure.fingerprint import fingerprint
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.fork_run import Watcher
from boss_perf.measure.gate_session import GateLimits, GateSession
from boss_perf.model.gate import GateItem, GateReport, Side

INTERRUPTED = "interrupted: it tells what was seen until then"
PRELOADED = (
    "pytest", "pytest_benchmark.plugin", "boss_perf_worker.fixtures", "boss_perf_worker.kept_out",
    "boss_perf_worker.suite_options",
)  # fmt: skip
"""What both arms of every fork import: pytest, and this tool's side of the worker, which imports pytest."""
NOISY_STALLED_RATIO = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One side: its folder, how it is named, the interpreter that runs it, what goes first on its import path."""

    root: Path
    side: Side
    python: str
    path: tuple[str, ...] = ()

    def place(self, files: tuple[str, ...]) -> ArmPlace:
        """Where its worker runs."""
        return ArmPlace(root=self.root, files=files, path=self.path or import_path(self.root), python=self.python)

    def own_modules(self, suite: tuple[str, ...] = ()) -> frozenset[str]:
        """The top-level import names it provides, those of the suite left out."""
        return own_modules(self.root, suite=suite, path=self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRequest:
    """What a gate is asked; the suite is relative to both roots. `is_base_ours`: head's suite may be laid over base."""

    base: Tree
    head: Tree
    terms: GateTerms
    limits: GateLimits
    seed: int
    is_base_ours: bool = True
    notes: tuple[str, ...] = ()


class Explain(Protocol):
    """Looks why benchmarks moved, while the trees are there."""

    def __call__(
        self,
        items: Sequence[GateItem],
        places: Sequence[ArmPlace],
        *,
        sides: tuple[str, str],
        preload: Sequence[str],
        timeout_s: float,
        seed: int,
    ) -> Sequence[GateItem]:
        """The items, those that moved with an explanation."""


def run_gate(
    request: GateRequest, *, watcher: Watcher, explain: Explain | None = None
) -> tuple[GateReport, Mapping[str, Observed]]:
    """Measure and judge; MeasureError when nothing can be compared, UsageError when there is nothing to compare.

    An interruption while it measures ends in a report of what was seen until then.
    """
    started_s = time.monotonic()
    disturbances = describe_machine_now()
    declared = declare(request.base, request.head, terms=request.terms, is_base_ours=request.is_base_ours)
    missing = missing_items(request.terms, declared)
    if not declared.names and request.terms.only is not None and declared.collected:
        raise UsageError(
            f"--only {request.terms.only} matches none of {len(declared.collected)} benchmarks",
            hint=f"one of them is {declared.collected[0]}",
        )
    if not declared.names and (not declared.base_names or not missing):
        raise UsageError(
            "no benchmark was found", where=str(request.head.root), hint=_why_empty(declared, request.terms.suite)
        )
    rules = _rules(request, declared)
    origins = _OriginCheck(request)
    places = (request.base.place(_files(declared.names)), request.head.place(_files(declared.names)))
    preload = shared_imports(declared, own=request.head.own_modules() | request.base.own_modules())
    session = GateSession(
        places,
        declared.names,
        rule_of=lambda benchmark: rules[benchmark],
        limits=request.limits,
        seed=request.seed,
        watcher=watcher,
        check=origins,
        preload=preload,
    )
    is_interrupted = False
    observed: Mapping[str, Observed] = {}
    if declared.names:
        try:
            observed = session.run()
        except KeyboardInterrupt:
            observed, is_interrupted = session.observed, True
    declared = replace(declared, changed=declared.changed | origins.users_of(declared.edited_support))
    items = [
        item
        for benchmark in declared.names
        for item in items_of(
            request.terms, declared, benchmark=benchmark, seen=observed[benchmark], rule=rules[benchmark]
        )
    ]
    items += missing
    waived: Sequence[GateItem] = waive(items, request.terms)
    if explain is not None and not is_interrupted:
        sides = (request.base.side.name, request.head.side.name)
        timeout_s = request.limits.timeout_s
        waived = explain(waived, places, sides=sides, preload=preload, timeout_s=timeout_s, seed=request.seed)
    report = GateReport(
        base=request.base.side,
        head=request.head.side,
        items=tuple(waived),
        fingerprint=fingerprint(),
        resolution_ratio=gate_resolution(waived),
        disturbances=(*disturbances, *_stalls(observed)),
        false_alarm_ratio=request.terms.false_alarm_ratio,
        elapsed_s=time.monotonic() - started_s,
        exit_status=ExitStatus.INTERRUPTED if is_interrupted else gate_exit_status(waived),
        notes=(*request.notes, *session.notes, *((INTERRUPTED,) if is_interrupted else ())),
    )
    return report, observed


class _OriginCheck:
    """Two refs must be two codes: each arm has to run the modules of its own tree, and none of them from elsewhere."""

    def __init__(self, request: GateRequest) -> None:
        self._own = request.head.own_modules(request.terms.suite) | request.base.own_modules(request.terms.suite)
        self._roots = {"base": request.base.root, "head": request.head.root}
        self._files: dict[str, frozenset[str]] = {}

    def __call__(self, loaded: dict[str, tuple[dict[str, str], dict[str, str]]]) -> None:
        is_first = not self._files
        self._files.update({name: frozenset(arms[1].values()) for name, arms in loaded.items()})
        for index, side in enumerate(self._roots):
            seen = [item for arms in loaded.values() for item in arms[index].items()]
            strays = [(name, file) for name, file in seen if file.startswith("/") and name in self._own]
            if strays:
                name, file = strays[0]
                self._refuse(side, f"{name} comes from {file}")
            if is_first and loaded and not any(name.split(".", 1)[0] in self._own for name, _ in seen):
                self._refuse(side, f"the benchmarks loaded nothing from there{self._wanted()}")

    def users_of(self, files: frozenset[str]) -> frozenset[str]:
        """The benchmarks whose process had one of these files loaded."""
        return frozenset(name for name, loaded in self._files.items() if loaded & files)

    def _wanted(self) -> str:
        return f", where {', '.join(sorted(self._own))} can be imported" if self._own else ""

    def _refuse(self, side: str, why: str) -> NoReturn:
        raise MeasureError(
            f"{side} did not run the code of its own tree: {why}",
            where=str(self._roots[side]),
            hint="an installed copy shadows it; name the source folder with --path, or a command with --setup",
        )


def shared_imports(declared: Declared, *, own: frozenset[str]) -> tuple[str, ...]:
    """What the zygote may import for both arms: pytest, its plugins and numpy, unless they bring what is `own`.

    Without it each arm loads the installed plugins again, which is up to half of what it does before the first test.
    """
    is_foreign = bool(declared.plugins_loaded) and not own & declared.plugins_loaded
    wanted = list(dict.fromkeys((*PRELOADED, *declared.plugins))) if is_foreign else []
    if "numpy" in declared.loaded and "numpy" not in own:
        wanted.append("numpy")
    return tuple(wanted)


def _rules(request: GateRequest, declared: Declared) -> dict[str, DecisionRule]:
    alpha = stage_alpha(request.terms.false_alarm_ratio, len(declared.names))
    return {
        name: DecisionRule(
            margin_ratio=margin_of(request.terms, name, is_new=name in declared.new),
            alpha=alpha,
            fork_limit=request.limits.forks,
        )
        for name in declared.names
    }


def _stalls(observed: Mapping[str, Observed]) -> tuple[str, ...]:
    stalled = [
        sample.conditions.stalled_ratio
        for seen in observed.values()
        for sample in seen.timed
        if sample.conditions.stalled_ratio is not None
    ]
    if not stalled or sum(stalled) / len(stalled) < NOISY_STALLED_RATIO:
        return ()
    return (f"noisy: while measuring, a task waited for a core {100 * sum(stalled) / len(stalled):.0f} % of the time",)


def _files(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.split("::", 1)[0] for name in names))


def _why_empty(declared: Declared, suite: Sequence[str]) -> str:
    if declared.errors:
        return f"{declared.errors[0][0]} cannot be imported: {declared.errors[0][1]}"
    if declared.collected:
        return f"{declared.collected[0]} is a trial, which `boss-perf bench` judges; nothing here has a time"
    return f"looked in {', '.join(suite)} for tests that use the `benchmark` fixture; name others with --suite"
