"""A whole gate: two trees, the declared set of benchmarks, every one of them with a verdict.

Nothing passes in silence: what base has and head lacks, what was skipped, renamed, changed or could not be run is an
item of its own. Margins come from head's targets, waivers only from base's, which a change cannot edit.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from boss_perf.errors import MeasureError, UsageError
from boss_perf.judge.duels import DuelRule, stage_alpha
from boss_perf.judge.gate_items import (
    Declared,
    GateTerms,
    Observed,
    gate_exit_status,
    items_of,
    matches,
    missing_items,
    waive,
)
from boss_perf.measure.collection import Collection, collect, import_path, own_modules
from boss_perf.measure.disturbance import describe_machine_now
from boss_perf.measure.fingerprint import fingerprint
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.fork_run import Watcher
from boss_perf.measure.gate_session import GateLimits, GateSession
from boss_perf.measure.worktree import lay_over, suite_paths
from boss_perf.model.gate import GateItem, GateMetric, GateReport, Side

NOISY_STALLED_RATIO = 0.5
PYTEST_IMPORTS = {"pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py", "attr", "exceptiongroup"}


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


def run_gate(request: GateRequest, *, watcher: Watcher) -> tuple[GateReport, Mapping[str, Observed]]:
    """Measure and judge; MeasureError when nothing can be compared, UsageError when there is nothing to compare."""
    started_s = time.monotonic()
    disturbances = describe_machine_now()
    declared = _declare(request)
    if not declared.names and not declared.base_names:
        raise UsageError(
            "no benchmark was found", where=str(request.head.root), hint=_why_empty(declared, request.terms.suite)
        )
    rules = _rules(request, declared)
    session = GateSession(
        (request.base.place(_files(declared.names)), request.head.place(_files(declared.names))),
        declared.names,
        rule_of=lambda benchmark: rules[benchmark],
        limits=request.limits,
        seed=request.seed,
        watcher=watcher,
        check=_OriginCheck(request),
        preload=_preload(request, declared),
    )
    observed = session.run() if declared.names else {}
    items = [
        item
        for benchmark in declared.names
        for item in items_of(
            request.terms, declared, benchmark=benchmark, seen=observed[benchmark], rule=rules[benchmark]
        )
    ]
    items += missing_items(request.terms, declared)
    waived = waive(items, request.terms)
    report = GateReport(
        base=request.base.side,
        head=request.head.side,
        items=tuple(waived),
        fingerprint=fingerprint(),
        resolution_ratio=_resolution(waived),
        disturbances=(*disturbances, *_stalls(observed)),
        false_alarm_ratio=request.terms.false_alarm_ratio,
        elapsed_s=time.monotonic() - started_s,
        exit_status=gate_exit_status(waived),
        notes=request.notes,
    )
    return report, observed


def _declare(request: GateRequest) -> Declared:
    head = collect(request.head.place(request.terms.suite))
    base_suite = tuple(each for each in request.terms.suite if (request.base.root / each).exists())
    base = collect(request.base.place(base_suite)) if base_suite else Collection((), ())
    if request.is_base_ours and head.found:
        files = tuple(dict.fromkeys(each.file for each in head.found))
        paths = suite_paths(files, root=request.head.root)
        lay_over(request.base.root, head=request.head.root, paths=paths)
    before = {each.workload: each.digest for each in base.found}
    names = tuple(each for each in head.names if request.terms.only is None or matches(request.terms.only, each))
    return Declared(
        names=names,
        collected=head.names,
        base_names=base.names,
        errors=head.errors,
        loaded=frozenset(head.loaded),
        changed=frozenset(e.workload for e in head.found if before.get(e.workload, e.digest) != e.digest),
        new=frozenset(each for each in head.names if each not in before),
        places={each.workload: (each.file, each.line) for each in head.found},
    )


class _OriginCheck:
    """Two refs must be two codes: each arm has to run the modules of its own tree."""

    def __init__(self, request: GateRequest) -> None:
        self._own = own_modules(request.head.root, suite=request.terms.suite)
        self._own |= own_modules(request.base.root, suite=request.terms.suite)
        self._request = request
        self._is_done = False

    def __call__(self, loaded: dict[str, tuple[dict[str, str], dict[str, str]]]) -> None:
        if self._is_done or not loaded:
            return
        self._is_done = True
        seen = [
            {name for arms in loaded.values() for name in arms[index] if name.split(".", 1)[0] in self._own}
            for index in (0, 1)
        ]
        if not seen[0] or not seen[1]:
            side = "base" if not seen[0] else "head"
            raise MeasureError(
                f"{side} did not run the code of its own tree: the benchmarks loaded none of "
                f"{', '.join(sorted(self._own)) or 'no module'} from there",
                where=str(self._request.base.root if side == "base" else self._request.head.root),
                hint="an installed copy shadows it; name the source folder with --path, or a command with --setup",
            )


def _preload(request: GateRequest, declared: Declared) -> tuple[str, ...]:
    """What the zygote may import for both arms: pytest and numpy, unless they are, or import, what is measured."""
    own = own_modules(request.head.root) | own_modules(request.base.root)
    wanted = ["pytest"] if not own & PYTEST_IMPORTS else []
    if "numpy" in declared.loaded and "numpy" not in own:
        wanted.append("numpy")
    return tuple(wanted)


def _rules(request: GateRequest, declared: Declared) -> dict[str, DuelRule]:
    alpha = stage_alpha(request.terms.false_alarm_ratio, len(declared.names))
    margins = {
        target.workload: target.margin_ratio
        for target in (request.terms.head_targets.targets if request.terms.head_targets else ())
        if target.workload is not None and target.margin_ratio is not None
    }
    return {
        name: DuelRule(
            margin_ratio=margins.get(name, request.terms.margin_ratio), alpha=alpha, fork_limit=request.limits.forks
        )
        for name in declared.names
    }


def _resolution(items: Sequence[GateItem]) -> float | None:
    seen = sorted(
        item.comparison.resolution_ratio
        for item in items
        if item.comparison is not None and item.metric is GateMetric.TIME
    )
    finite = [each for each in seen if math.isfinite(each)]
    return finite[len(finite) // 2] if finite else None


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
    return f"looked in {', '.join(suite)} for tests that use the `benchmark` fixture; name others with --suite"
