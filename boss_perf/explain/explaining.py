"""Explains benchmarks from the trees they run in, and puts what comes of it beside the findings of a gate."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from boss_perf.errors import MeasureError
from boss_perf.explain.allocations import with_memory
from boss_perf.explain.explanation import explain
from boss_perf.explain.source_changes import compare_sources
from boss_perf.measure.core_pool import CorePool, StartExecutor
from boss_perf.measure.fork import VALGRIND_SLOWDOWN, ArmPlace
from boss_perf.measure.machine.temp_folders import temp_folder
from boss_perf.measure.memory_pass import MemoryProfile
from boss_perf.measure.profile_pass import PairInstructions, PairProfile
from boss_perf.measure.tree import import_path
from boss_perf.measure.visit_order import VisitItem, VisitOrder, VisitOutcome
from boss_perf.model.explanations import Explanation, InstructionCounts
from boss_perf.model.gate import GateItem, GateMetric, GateVerdict
from boss_perf.model.samples import Failure, Pass, Sample
from boss_perf.model.verdicts import Judgement
from boss_perf.stats.location import median

EXPLAINED_LIMIT = 10
"""A change that slows down everything is explained as well by ten benchmarks as by two hundred."""
HASH_SEEDS = 3
"""The order of sets and dicts moves with the seed, and the instructions with it."""
_LOOKS = {
    (GateMetric.TIME, GateVerdict.SLOWER): Pass.PROFILE,
    (GateMetric.TIME, GateVerdict.FASTER): Pass.PROFILE,
    (GateMetric.MEMORY, GateVerdict.SLOWER): Pass.MEMORY_SITES,
}
"""What shows why a benchmark is proven to have changed."""
FILES_LIMIT = 400
LARGEST_FILE_BYTES = 1_000_000


def explain_benchmarks(
    places: Sequence[ArmPlace],
    looks: Mapping[str, Sequence[Pass]],
    *,
    sides: tuple[str, str],
    preload: Sequence[str] = (),
    timeout_s: float,
    seed: int,
    proven_ratios: Mapping[str, float] | None = None,
    executor: StartExecutor | None = None,
) -> dict[str, Explanation | str]:
    """Each benchmark with its explanation, or the reason why there is none; one fork for all.

    `looks` are the passes of each: PROFILE, MEMORY_SITES or both. With one place its two arms are compared, as a
    `paired` test has them; of one arm alone memory can be told. None may take longer than `timeout_s`.
    """
    order = VisitOrder(
        places=tuple(places),
        items=tuple(VisitItem(workload=each, passes=tuple(passes)) for each, passes in looks.items()),
        fork=0,
        seed=f"{seed}-explain",
        preload=tuple(preload),
        timeout_s=timeout_s,
        item_s=timeout_s,
    )
    outcome = _visit(order, executor)
    return {
        benchmark: _answer(outcome, benchmark, sides=sides, proven_ratio=(proven_ratios or {}).get(benchmark))
        for benchmark in looks
    }


def _answer(
    outcome: VisitOutcome, benchmark: str, *, sides: tuple[str, str], proven_ratio: float | None
) -> Explanation | str:
    """What the looks at one benchmark add up to."""
    seen = list(outcome.looks.get(benchmark, {}).values())
    profile = next((each for each in seen if isinstance(each, PairProfile)), None)
    memory = next((each for each in seen if isinstance(each, MemoryProfile)), None)
    if benchmark in outcome.failures or (profile is None and memory is None):
        return _why_not(outcome, benchmark)
    places, files = outcome.order.places, _files(profile, memory)
    base, head = (_texts(place.root, files) for place in (places[0], places[-1]))
    named = sides if profile is not None or (memory is not None and len(memory.sites) > 1) else ("", "")
    explanation = Explanation(benchmark=benchmark, base=named[0], head=named[1])
    if profile is not None:
        explanation = explain(
            profile, benchmark=benchmark, sides=sides, texts=(base, head), proven_ratio=proven_ratio,
            changes=compare_sources(base, head) if len(places) > 1 else None,
        )  # fmt: skip
    return explanation if memory is None else with_memory(explanation, memory, texts=(base, head))


def count_instructions(
    places: Sequence[ArmPlace], benchmark: str, *, preload: Sequence[str] = (), timeout_s: float, seed: int
) -> InstructionCounts | str:
    """What valgrind counts of both arms under one hash seed after the other, or the reason why it cannot."""
    if shutil.which("valgrind") is None:
        return "valgrind is not installed"
    seen: list[PairInstructions] = []
    for number in range(HASH_SEEDS):
        with temp_folder("valgrind") as folder:
            outcome = _visit(
                VisitOrder(
                    places=tuple(places),
                    items=(VisitItem(workload=benchmark, passes=(Pass.INSTRUCTIONS,)),),
                    fork=number,
                    seed=f"{seed}-instructions-{number}",
                    preload=tuple(preload),
                    timeout_s=timeout_s * VALGRIND_SLOWDOWN,
                    counts_folder=folder,
                )
            )
        look = outcome.looks.get(benchmark, {}).get(Pass.INSTRUCTIONS)
        if not isinstance(look, PairInstructions) or benchmark in outcome.failures:
            return _why_not(outcome, benchmark)
        seen.append(look)
    ratios = [each.second / max(1.0, each.first) for each in seen]
    return InstructionCounts(
        base=median([each.first for each in seen]), head=median([each.second for each in seen]),
        ratio=median(ratios), ratio_low=min(ratios), ratio_high=max(ratios), seeds=len(seen),
    )  # fmt: skip


def _visit(order: VisitOrder, executor: StartExecutor | None = None) -> VisitOutcome:
    start = executor or (lambda watcher, _places: CorePool(1, watcher=watcher))
    with start(_Nobody(), order.places) as pool:
        pool.start(replace(order, host=pool.free_hosts(is_alone=False)[0]))
        return pool.next_outcome()


def _why_not(outcome: VisitOutcome, benchmark: str) -> str:
    failures = [*outcome.failures.get(benchmark, {}).values(), *outcome.looks.get(benchmark, {}).values()]
    for failure in failures:
        if isinstance(failure, Failure):
            return failure.message
    if benchmark in outcome.late_s:
        return f"it takes too long: not done after {outcome.late_s[benchmark]:.0f} s (see --timeout)"
    return "the measured process ended before"


def with_explanations(
    items: Sequence[GateItem],
    places: Sequence[ArmPlace],
    preload: Sequence[str],
    *,
    sides: tuple[str, str],
    timeout_s: float,
    seed: int,
    executor: StartExecutor | None = None,
) -> tuple[GateItem, ...]:
    """The items, those that are proven to have changed with the reason; without one where none can be found."""
    proven = {
        look: {
            item.benchmark: item.comparison.ratio.value
            for item in items
            if item.comparison is not None and _LOOKS.get((item.metric, item.verdict)) is look
        }
        for look in (Pass.PROFILE, Pass.MEMORY_SITES)
    }
    changes = proven[Pass.MEMORY_SITES] | proven[Pass.PROFILE]
    looks = {
        name: [look for look, ratios in proven.items() if name in ratios]
        for name in sorted(changes, key=lambda name: -abs(changes[name] - 1))[:EXPLAINED_LIMIT]
    }
    answers: dict[str, Explanation | str] = {}
    if looks:
        with suppress(MeasureError):  # the verdicts stand without it
            answers = explain_benchmarks(
                places, looks, sides=sides, preload=preload, timeout_s=timeout_s, seed=seed,
                proven_ratios=proven[Pass.PROFILE], executor=executor,
            )  # fmt: skip
    return tuple(
        replace(item, explanation=answer.about(is_memory=item.metric is GateMetric.MEMORY))
        if (item.metric, item.verdict) in _LOOKS and isinstance(answer := answers.get(item.benchmark), Explanation)
        else item
        for item in items
    )


def explain_missed_memory(
    judgements: Sequence[Judgement], *, root: Path, timeout_s: float, seed: int, executor: StartExecutor | None = None
) -> dict[str, Explanation]:
    """What holds the memory of each workload that breaks a promise about it; nothing where that cannot be seen.

    Of a `paired` workload both implementations are compared, with where their time goes; else the one is looked at.
    """
    missed = dict.fromkeys(each.target.workload or "" for each in judgements if each.misses_memory)
    looks = dict.fromkeys([*missed][:EXPLAINED_LIMIT], (Pass.PROFILE, Pass.MEMORY_SITES))
    if not looks:
        return {}
    place = ArmPlace(root=root, path=import_path(root))
    with suppress(MeasureError):  # the verdicts stand without it
        answers = explain_benchmarks(
            [place], looks, sides=("baseline", "optimized"), timeout_s=timeout_s, seed=seed, executor=executor
        )
        return {name: answer for name, answer in answers.items() if isinstance(answer, Explanation)}
    return {}


class _Nobody:
    """Looks on and does nothing."""

    def item_started(self, workload: str, fork: int) -> None: ...

    def sample_taken(self, sample: Sample) -> None: ...


def _files(profile: PairProfile | None, memory: MemoryProfile | None) -> tuple[str, ...]:
    """The tree's own files that either arm ran code of, or that hold memory."""
    answers = (*profile.counted, *(each for pair in profile.timed for each in pair)) if profile is not None else ()
    found = {function.file for answer in answers for function in answer.functions if function.is_ours}
    found.update(site[0] for answer in (memory.sites if memory is not None else ()) for site in answer.sites)
    return tuple(sorted(found)[:FILES_LIMIT])


def _texts(root: Path, files: Iterable[str]) -> dict[str, str]:
    """What can be read of them; a link may not leave the tree."""
    texts = {}
    for file in files:
        path = root / file
        try:
            if path.resolve().is_relative_to(root.resolve()) and path.stat().st_size <= LARGEST_FILE_BYTES:
                texts[file] = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
    return texts
