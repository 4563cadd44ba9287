"""From what both arms showed to the answer: which function, how sure, since which line."""

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from boss_perf.explain.blame import (
    LEAST_SILENT_RATIO,
    contributions,
    credit_decorated,
    credit_loop,
    over_rounds,
    own_differences,
    ranked,
)
from boss_perf.explain.call_graph import CallGraph, Key, counted_graph, sampled_graph, timed_graph, with_counts
from boss_perf.explain.source_changes import SourceChanges, as_in_head
from boss_perf.measure.profile_pass import LEAST_ROUNDS, PairProfile
from boss_perf.model.explanations import ChangedLine, Explanation, FunctionShare, Stack
from boss_perf.stats.location import exp, median
from boss_perf.stats.sequential import Interval
from boss_perf.worker.profile_messages import Function, FunctionTimes, StackSamples

FUNCTIONS_LIMIT = 20
LINES_LIMIT = 3
DETAILS_LIMIT = 4


def explain(
    profile: PairProfile,
    *,
    benchmark: str,
    sides: tuple[str, str],
    changes: SourceChanges | None,
    texts: tuple[Mapping[str, str], Mapping[str, str]],
    proven_ratio: float | None = None,
) -> Explanation:
    """Why one benchmark moved; `proven_ratio` is head over base as a gate decided it, `texts` are both arms' files.

    Two implementations in one tree have no `changes`: then times alone tell.
    """
    is_one_tree = changes is None
    changes = changes or SourceChanges()
    profile = as_in_head(profile, changes.moved)
    ratio = over_rounds([math.log(max(1, head) / max(1, base)) for base, head in profile.plain_ns])
    base_ns = max(1.0, median([base for base, _ in profile.plain_ns]) / profile.calls)
    rounds = _rounds(profile, is_one_tree=is_one_tree)
    functions = _functions(profile)
    added = [own_differences(*pair) if is_one_tree else contributions(*pair, edited=changes.edited) for pair in rounds]
    parts = {key: [each.get(key, 0.0) for each in added] for key in dict.fromkeys(itertools.chain(*added))}
    base, head = rounds[0] if rounds else (CallGraph(), CallGraph())
    edited = changes.edited & parts.keys()
    moved = {key for key in edited if _moved_calls(key, (base, head), profile, functions)}
    credit_loop(parts, head=head, moved=moved)
    credit_decorated(parts, head=head, edited=edited, wrapping=_calling_libraries_more(profile) & parts.keys())
    added_over = {key: over_rounds(values) for key, values in parts.items()}
    chosen = ranked(
        added_over,
        head=head,
        edited=edited,
        moved=moved,
        base_ns=base_ns,
        sign=1 if (proven_ratio if proven_ratio is not None else math.exp(ratio.value)) >= 1 else -1,
        is_proven=proven_ratio is not None,
        is_apart=min(abs(ratio.low), abs(ratio.high)) > LEAST_SILENT_RATIO and ratio.is_clear,
    )
    return Explanation(
        benchmark=benchmark,
        base=sides[0],
        head=sides[1],
        ratio=math.exp(ratio.value),
        ratio_low=exp(ratio.low),
        ratio_high=exp(ratio.high),
        functions=tuple(
            _share(
                functions[key], added_over[key], graphs=(base, head), base_ns=base_ns, profile=profile,
                changes=changes, text=texts[1].get(key[0], ""), names=functions,
            )
            for key in chosen[:FUNCTIONS_LIMIT]
        ),
        stacks=stacks_of(profile.sampled),
        notes=tuple(_notes(profile)),
    )  # fmt: skip


def stacks_of(sampled: tuple[StackSamples, StackSamples]) -> tuple[Stack, ...]:
    """The call paths of both arms with the samples taken there, in the order of their names."""
    counts: list[Counter[tuple[str, ...]]] = []
    for answer in sampled:
        labels = [each.label for each in answer.functions]
        seen: Counter[tuple[str, ...]] = Counter()
        for numbers, count in answer.stacks:
            seen[tuple(labels[number] for number in numbers)] += count
        counts.append(seen)
    base, head = counts
    return tuple(Stack(path, base[path], head[path]) for path in sorted(base.keys() | head.keys()))


def _notes(profile: PairProfile) -> Iterator[str]:
    """What was cut or not seen."""
    if any(each.is_cut for each in profile.counted):
        yield "too many calls to count one by one: the profiler's counts are shown, resumed coroutines included"
    if len(profile.timed) < LEAST_ROUNDS:
        yield f"a call takes so long that there was time for {len(profile.timed)} rounds only: they prove nothing"
    if any(each.is_cut for each in profile.sampled):
        yield "stacks are deeper than can be shown: their outer part is cut off"
    if any(each.is_threaded for each in profile.sampled):
        yield "the benchmark has threads: times are sampled, and less precise than those of a single thread"


def _calling_libraries_more(profile: PairProfile) -> set[Key]:
    """Who calls library functions more often in head than in base; nobody is known to where counts were cut."""
    if profile.profiled is not None:
        return set()
    counts: list[Counter[Key]] = [Counter(), Counter()]
    for seen, answer in zip(counts, profile.counted, strict=True):
        for above, below, count in answer.edges:
            if above >= 0 and not answer.functions[below].is_ours:
                seen[answer.functions[above].key] += count
    return {key for key, count in counts[1].items() if count > counts[0][key]}


def _rounds(profile: PairProfile, *, is_one_tree: bool) -> list[tuple[CallGraph, CallGraph]]:
    """The graphs of each round with the exact counts, or the profiler's, without what profiling itself took.

    Two versions of one code share a slowdown, or its noise would be found in every function; implementations do not.
    """
    if profile.profiled is None:
        counted = tuple(counted_graph(each, profile.counted_calls) for each in profile.counted)
    else:
        counted = tuple(timed_graph(each, profile.calls) for each in profile.profiled)
    slowdowns = [_slowdown_ratio(profile, (arm,) if is_one_tree else (0, 1)) for arm in (0, 1)]
    rounds = []
    for pair, plain_ns in zip(profile.timed, profile.plain_ns, strict=True):
        graphs = []
        for arm, answer in enumerate(pair):
            if isinstance(answer, StackSamples):
                graph = sampled_graph(answer, call_ns=plain_ns[arm] / profile.calls)
            else:
                # The profiler's clock goes on while the thread is kept from its core.
                pushed_ratio = answer.wall_ns / max(1, answer.cpu_ns) if profile.is_busy else 1.0
                graph = timed_graph(answer, profile.calls, slowdown_ratio=slowdowns[arm] * max(1.0, pushed_ratio))
            graphs.append(with_counts(graph, counted[arm]))
        rounds.append((graphs[0], graphs[1]))
    return rounds


def _slowdown_ratio(profile: PairProfile, arms: Sequence[int]) -> float:
    """How many times as long profiled calls of these arms take, as the plain batches beside them tell."""
    ratios = [
        answer.cpu_ns / max(1, plain[arm])
        for pair, plain in zip(profile.timed, profile.plain_ns, strict=True)
        for arm in arms
        if isinstance(answer := pair[arm], FunctionTimes)
    ]
    return max(1.0, median(ratios)) if ratios else 1.0


def _functions(profile: PairProfile) -> dict[Key, Function]:
    """Every function seen, as head knows it where head has it."""
    answers = [*profile.counted, *(profile.profiled or ()), *(answer for pair in profile.timed for answer in pair)]
    bases, heads = answers[::2], answers[1::2]
    return {function.key: function for answer in (*bases, *heads) for function in answer.functions}


def _share(
    function: Function,
    added: Interval,
    *,
    graphs: tuple[CallGraph, CallGraph],
    base_ns: float,
    profile: PairProfile,
    changes: SourceChanges,
    text: str,
    names: Mapping[Key, Function],
) -> FunctionShare:
    base, head = graphs
    return FunctionShare(
        function=function.label,
        file=function.file,
        line=function.line,
        calls_base=round(base.calls().get(function.key, 0.0), 9),  # without the dust of division
        calls_head=round(head.calls().get(function.key, 0.0), 9),
        share_ratio=added.value / base_ns,
        share_low_ratio=added.low / base_ns,
        share_high_ratio=added.high / base_ns,
        is_edited=function.key in changes.edited,
        details=_moved_calls(function.key, graphs, profile, names),
        lines=_hot_lines(function.key, profile.sampled[1], changes.lines.get(function.key, ()), text),
    )


def _moved_calls(
    key: Key, graphs: tuple[CallGraph, CallGraph], profile: PairProfile, names: Mapping[Key, Function]
) -> tuple[str, ...]:
    """What it calls more or less often than in base: `calls list.append 12 → 24 times`, the largest change first."""
    counts: list[dict[str, float]] = []
    for graph, answer in zip(graphs, profile.counted, strict=True):
        seen: dict[str, float] = defaultdict(float)
        for (caller, callee), (calls, _) in graph.edges.items():
            if caller == key and callee != key and callee in names:
                seen[names[callee].label] += calls
        known = answer.functions
        if not answer.is_cut:
            for at, name, count in answer.builtins:
                if known[at].key == key:
                    seen[name] += count / profile.counted_calls
            for above, below, count in answer.edges:
                if above >= 0 and known[above].key == key and not known[below].is_ours:
                    seen[known[below].label] += count / profile.counted_calls
        counts.append(seen)
    base, head = counts
    moved = [name for name in head.keys() | base.keys() if not math.isclose(base[name], head[name], rel_tol=1e-9)]
    moved.sort(key=lambda name: (-abs(head[name] - base[name]), name))
    return tuple(f"calls {name} {base[name]:g} → {head[name]:g} times" for name in moved[:DETAILS_LIMIT])


def _hot_lines(key: Key, answer: StackSamples, new_lines: Sequence[int], text: str) -> tuple[ChangedLine, ...]:
    """The lines that the change wrote, those that ran in the most samples first."""
    known = answer.functions
    whole = sum(count for _, count in answer.stacks) or 1
    seen: Counter[int] = Counter()
    for number, line, count in answer.lines:
        if known[number].key == key:
            seen[line] += count
    source = text.splitlines()
    written = [line for line in new_lines if line <= len(source) and source[line - 1].strip()]
    hottest = sorted(written, key=lambda line: (-seen[line], line))[:LINES_LIMIT]
    return tuple(ChangedLine(line, source[line - 1].strip(), min(1.0, seen[line] / whole)) for line in hottest)
