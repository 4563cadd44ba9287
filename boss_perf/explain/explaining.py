"""Explains benchmarks from the trees they run in, and puts what comes of it beside the findings of a gate."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from boss_perf.errors import MeasureError
from boss_perf.explain.explanation import explain
from boss_perf.explain.source_changes import compare_sources
from boss_perf.measure.core_pool import physical_cores
from boss_perf.measure.fork import ArmPlace
from boss_perf.measure.instruction_pass import PairInstructions
from boss_perf.measure.machine.temp_folders import folder_prefix
from boss_perf.measure.profile_pass import PairProfile
from boss_perf.measure.valgrind import SLOWDOWN, is_installed
from boss_perf.measure.visit import Visit
from boss_perf.measure.visit_order import VisitItem, VisitOrder, VisitOutcome
from boss_perf.model.explanations import Explanation, InstructionCounts
from boss_perf.model.gate import GateItem, GateMetric, GateVerdict
from boss_perf.model.samples import Failure, Pass, Sample
from boss_perf.stats.location import median

EXPLAINED_LIMIT = 10
"""A change that slows down everything is explained as well by ten benchmarks as by two hundred."""
HASH_SEEDS = 3
"""The order of sets and dicts moves with the seed, and the instructions with it."""
FILES_LIMIT = 400
LARGEST_FILE_BYTES = 1_000_000


def explain_benchmarks(
    places: Sequence[ArmPlace],
    benchmarks: Sequence[str],
    *,
    sides: tuple[str, str],
    preload: Sequence[str] = (),
    timeout_s: float,
    seed: int,
    proven_ratios: Mapping[str, float] | None = None,
    with_memory: Collection[str] = (),
) -> dict[str, Explanation | str]:
    """Each benchmark with its explanation, or the reason why there is none; one fork for all.

    With one place its two arms are compared, as a `paired` test has them. Those `with_memory` are looked at for what
    they allocate, too. None may take longer than `timeout_s`.
    """
    outcome = _visit(
        VisitOrder(
            places=tuple(places),
            items=tuple(
                VisitItem(workload=each, passes=(Pass.PROFILE,), has_memory=each in with_memory) for each in benchmarks
            ),
            fork=0,
            seed=f"{seed}-explain",
            preload=tuple(preload),
            timeout_s=timeout_s,
            item_s=timeout_s,
        )
    )
    answers: dict[str, Explanation | str] = {}
    for benchmark in benchmarks:
        profile = outcome.looks.get(benchmark)
        if not isinstance(profile, PairProfile) or benchmark in outcome.failures:
            answers[benchmark] = _why_not(outcome, benchmark)
            continue
        files = _files(profile)
        texts = [_texts(place.root, files) for place in (places[0], places[-1])]
        answers[benchmark] = explain(
            profile,
            benchmark=benchmark,
            sides=sides,
            changes=compare_sources(texts[0], texts[1]) if len(places) == 2 else None,
            texts=(texts[0], texts[1]),
            proven_ratio=(proven_ratios or {}).get(benchmark),
        )
    return answers


def count_instructions(
    places: Sequence[ArmPlace], benchmark: str, *, preload: Sequence[str] = (), timeout_s: float, seed: int
) -> InstructionCounts | str:
    """What valgrind counts of both arms under one hash seed after the other, or the reason why it cannot."""
    if not is_installed():
        return "valgrind is not installed"
    seen: list[PairInstructions] = []
    for number in range(HASH_SEEDS):
        with TemporaryDirectory(prefix=folder_prefix("valgrind")) as folder:
            outcome = _visit(
                VisitOrder(
                    places=tuple(places),
                    items=(VisitItem(workload=benchmark, passes=(Pass.INSTRUCTIONS,)),),
                    fork=number,
                    seed=f"{seed}-instructions-{number}",
                    preload=tuple(preload),
                    timeout_s=timeout_s * SLOWDOWN,
                    counts_folder=folder,
                )
            )
        look = outcome.looks.get(benchmark)
        if not isinstance(look, PairInstructions) or benchmark in outcome.failures:
            return _why_not(outcome, benchmark)
        seen.append(look)
    ratios = [each.second / max(1.0, each.first) for each in seen]
    return InstructionCounts(
        base=median([each.first for each in seen]), head=median([each.second for each in seen]),
        ratio=median(ratios), ratio_low=min(ratios), ratio_high=max(ratios), seeds=len(seen),
    )  # fmt: skip


def _visit(order: VisitOrder) -> VisitOutcome:
    return Visit(order, core=physical_cores(1)[0][-1], watcher=_Nobody()).run()


def _why_not(outcome: VisitOutcome, benchmark: str) -> str:
    failures = [*outcome.failures.get(benchmark, {}).values(), outcome.looks.get(benchmark)]
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
) -> tuple[GateItem, ...]:
    """The items, those that are proven to have changed with the reason; without one where none can be found."""
    moved, grown = (
        {
            item.benchmark: item.comparison.ratio.value
            for item in items
            if item.metric is metric and item.verdict in verdicts and item.comparison is not None
        }
        for metric, verdicts in (
            (GateMetric.TIME, (GateVerdict.SLOWER, GateVerdict.FASTER)),
            (GateMetric.MEMORY, (GateVerdict.SLOWER,)),
        )
    )
    changes = {**grown, **moved}
    wanted = sorted(changes, key=lambda name: -abs(changes[name] - 1))[:EXPLAINED_LIMIT]
    answers: dict[str, Explanation | str] = {}
    if wanted:
        with suppress(MeasureError):  # the verdicts stand without it
            answers = explain_benchmarks(
                places, wanted, sides=sides, preload=preload, timeout_s=timeout_s, seed=seed, proven_ratios=moved,
                with_memory=grown,
            )  # fmt: skip
    explained = {name: answer for name, answer in answers.items() if isinstance(answer, Explanation)}
    chosen = {GateMetric.TIME: moved, GateMetric.MEMORY: grown}
    return tuple(
        replace(item, explanation=_about(item.metric, explained[item.benchmark]))
        if item.benchmark in explained and item.benchmark in chosen.get(item.metric, ())
        else item
        for item in items
    )


def _about(metric: GateMetric, explanation: Explanation) -> Explanation:
    """The part of an explanation that speaks of a metric."""
    if metric is GateMetric.MEMORY:
        return replace(explanation, functions=(), stacks=())
    return replace(explanation, sites=(), memory_lines=())


class _Nobody:
    """Looks on and does nothing."""

    def fork_started(self, phase: str, fork: int, items: int, *, left_s: float | None) -> None: ...

    def item_started(self, workload: str, fork: int) -> None: ...

    def sample_taken(self, sample: Sample) -> None: ...


def _files(profile: PairProfile) -> tuple[str, ...]:
    """The tree's own files that either arm ran code of."""
    answers = (*profile.counted, *(each for pair in profile.timed for each in pair))
    found = {function.file for answer in answers for function in answer.functions if function.is_ours}
    found.update(site[0] for answer in profile.sites or () for site in answer.sites)
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
