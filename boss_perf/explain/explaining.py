"""Explains benchmarks from the trees they run in, and puts what comes of it beside the findings of a gate."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from boss_perf.errors import MeasureError
from boss_perf.explain.explanation import Observed, explain
from boss_perf.explain.profiling import observe
from boss_perf.explain.source_changes import compare_sources
from boss_perf.measure.fork import ArmPlace
from boss_perf.model.explanations import Explanation
from boss_perf.model.gate import GateItem, GateMetric, GateVerdict

EXPLAINED_LIMIT = 10
"""A change that slows down everything is explained as well by ten benchmarks as by two hundred."""
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
) -> Iterator[tuple[str, Explanation | str]]:
    """Each benchmark with its explanation, or the reason why there is none; MeasureError when no worker can run.

    Those `with_memory` are looked at for what they allocate, too.
    """
    for benchmark, seen in observe(
        places, benchmarks, preload=preload, timeout_s=timeout_s, seed=seed, with_memory=with_memory
    ):
        if isinstance(seen, str):
            yield benchmark, seen
            continue
        files = _files(seen)
        texts = [_texts(place.root, files) for place in (places[0], places[-1])]
        yield (
            benchmark,
            explain(
                seen,
                benchmark=benchmark,
                sides=sides,
                changes=compare_sources(texts[0], texts[1]) if len(places) == 2 else None,
                texts=(texts[0], texts[1]),
                proven_ratio=(proven_ratios or {}).get(benchmark),
            ),
        )


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
            answers.update(
                explain_benchmarks(
                    places,
                    wanted,
                    sides=sides,
                    preload=preload,
                    timeout_s=timeout_s,
                    seed=seed,
                    proven_ratios=moved,
                    with_memory=grown,
                )
            )
    explained = {name: answer for name, answer in answers.items() if isinstance(answer, Explanation)}
    chosen = {GateMetric.TIME: moved, GateMetric.MEMORY: grown}
    return tuple(
        replace(item, explanation=_about(item.metric, explained[item.benchmark]))
        if item.benchmark in explained and item.benchmark in chosen[item.metric]
        else item
        for item in items
    )


def _about(metric: GateMetric, explanation: Explanation) -> Explanation:
    """The part of an explanation that speaks of a metric."""
    if metric is GateMetric.MEMORY:
        return replace(explanation, functions=(), stacks=())
    return replace(explanation, sites=(), memory_lines=())


def _files(seen: Observed) -> tuple[str, ...]:
    """The tree's own files that either arm ran code of."""
    answers = (*seen.counted, *(each for pair in seen.timed for each in pair))
    found = {function.file for answer in answers for function in answer.functions if function.is_ours}
    found.update(str(site[0]) for sites in seen.sites or () for site in sites)
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
