"""The gate's own examination on this machine: equal trees, planted slowdowns, quiet and under bursts.

Live gates come first; their forks are kept, so that many more gates can be drawn from them, labelled as what they are.
pytest-benchmark runs over the same work as it is, for the table that compares gates. The comparison of two
implementations in one process is examined apart: equal twins, and twins with a planted share more.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from boss_perf.errors import ExitStatus, MeasureError
from boss_perf.judge.decision import GATE_FORKS, DecisionRule, Need, decide_time, stage_alpha
from boss_perf.judge.gate.terms import GateTerms
from boss_perf.measure.bench_run import BenchRequest, run_bench
from boss_perf.measure.campaign import Limits
from boss_perf.measure.core_pool import StartExecutor
from boss_perf.measure.gate_run import GateRequest, run_gate
from boss_perf.measure.machine.temp_folders import temp_folder
from boss_perf.measure.tree import Tree
from boss_perf.measure.visit_order import SessionWatcher
from boss_perf.model.gate import GateVerdict, Side
from boss_perf.model.samples import Pass, Sample
from boss_perf.model.targets import RunPolicy
from boss_perf.model.verdicts import Verdict
from boss_perf.plan import WorkItem
from boss_perf.selftest.rates import CONDITIONS, LiveGate, OtherRun, PairedTally, Rate
from boss_perf.selftest.suite import MANY_WORK, SUITE_FILE, WORK, benchmark_name, pair_name, write_pairs, write_tree

RUN_LIMIT_S = 180.0
EQUAL_TURNS = 3
"""A false alarm is the rarest thing to see, and a gate over equal trees the cheapest to run."""

HARMLESS_LIMIT = 200
"""A head that is base to the last byte has base's memory layout too, and hides what an innocent change does."""

# A generator ends by itself when the examination was killed and nobody is left to end it.
_BURST = """
import os, random, sys, time
parent, rng = int(sys.argv[2]), random.Random(int(sys.argv[1]))
block = bytearray(4_000_000)
while os.getppid() == parent:
    end = time.monotonic() + rng.expovariate(1 / 0.6)
    copies = rng.random() < 0.4
    while time.monotonic() < end:
        bytes(block) if copies else sum(range(2000))
    time.sleep(rng.expovariate(1 / 0.6))
"""


def rule_of(works: Sequence[str]) -> DecisionRule:
    """How every benchmark of a suite is decided, live and drawn."""
    policy = RunPolicy()
    alpha = stage_alpha(policy.false_alarm_ratio, len(works))
    return DecisionRule(margin_ratio=policy.margin_ratio, alpha=alpha, fork_limit=GATE_FORKS)


def examine(
    *, budget_s: float, shares: tuple[float, ...], seed: int, watcher: SessionWatcher,
    heard: Callable[[LiveGate], None], executor: StartExecutor | None = None,
) -> None:  # fmt: skip
    """Run gates in turn over all planted sizes, both suites and both conditions until the time is used, `heard` each.

    At least one of each; where an `executor` runs the visits there are no bursts, for nobody can make them there.
    KeyboardInterrupt when somebody stopped it: a gate that was cut short is no trial.
    """
    rng = random.Random(seed)
    started_s = time.monotonic()
    turns = [(WORK, share) for share in shares for _ in range(1 if share else EQUAL_TURNS)] + [(MANY_WORK, 0.0)]
    number = 0
    with temp_folder("selftest") as folder:
        while not number or time.monotonic() - started_s < budget_s:
            for condition in CONDITIONS if executor is None else CONDITIONS[:1]:
                for works, share in turns:
                    number += 1
                    base = write_tree(Path(folder) / f"base{number}", share=0.0, works=works)
                    harmless = rng.randrange(HARMLESS_LIMIT)
                    head = write_tree(Path(folder) / f"head{number}", share=share, harmless=harmless, works=works)
                    with bursts(rng.randrange(2**31)) if condition == "bursts" else nullcontext():
                        found = _gate(base, head, works, seed=rng.randrange(2**31), watcher=watcher, executor=executor)
                    heard(replace(found, share=share, condition=condition))


def _gate(
    base: Path, head: Path, works: Sequence[str], *, seed: int, watcher: SessionWatcher, executor: StartExecutor | None
) -> LiveGate:
    """One gate over two trees, as a user runs it: the policy's time budget, and no more."""
    began_s = time.monotonic()
    rule, policy = rule_of(works), RunPolicy()
    trees = [Tree(root=root, side=Side(name=root.name, commit=None), python=sys.executable) for root in (base, head)]
    request = GateRequest(
        base=trees[0],
        head=trees[1],
        terms=GateTerms(
            suite=(SUITE_FILE,),
            today=datetime.now(UTC).date(),
            margin_ratio=rule.margin_ratio,
            false_alarm_ratio=policy.false_alarm_ratio,
        ),
        limits=Limits(forks=rule.fork_limit, memory_forks=0, budget_s=policy.time_budget_s),
        seed=seed,
        executor=executor,
    )
    report, observed = run_gate(request, watcher=watcher)
    if report.is_interrupted:
        if report.exit_status == ExitStatus.ENVIRONMENT:
            raise MeasureError(f"the examination is not complete: {report.notes[-1]}")
        raise KeyboardInterrupt
    timed = {work: tuple(observed[benchmark_name(work)].of(Pass.PAIRS)) for work in works}
    return LiveGate(
        share=0.0,
        condition=CONDITIONS[0],
        findings={work: decide_time(samples, rule=rule) for work, samples in timed.items()},
        samples=timed,
        elapsed_s=time.monotonic() - began_s,
    )


@contextmanager
def bursts(seed: int) -> Iterator[None]:
    """Bursts of work and memory traffic on every core, on and off for 0.6 s on average each."""
    processes = [
        subprocess.Popen([sys.executable, "-c", _BURST, str(seed + core), str(os.getpid())], start_new_session=True)
        for core in range(os.cpu_count() or 1)
    ]
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGKILL)
            process.wait()


def run_other_tool(*, seed: int) -> tuple[OtherRun, ...]:
    """Default runs of pytest-benchmark, four as the machine is found and four under bursts, in time order."""
    rng = random.Random(seed)
    found = []
    with temp_folder("selftest") as folder:
        root = write_tree(Path(folder) / "base", share=0.0)
        for condition in CONDITIONS:
            with bursts(rng.randrange(2**31)) if condition == "bursts" else nullcontext():
                found += [_pytest_benchmark(root, condition) for _ in range(4)]
    return tuple(found)


def _pytest_benchmark(root: Path, condition: str) -> OtherRun:
    began_s = time.monotonic()
    result = root / "result.json"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:boss_perf", SUITE_FILE]
    done = subprocess.run(
        [*command, f"--benchmark-json={result}"], cwd=root, capture_output=True, text=True, timeout=RUN_LIMIT_S,
        check=False, env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    if done.returncode:
        raise MeasureError("pytest-benchmark could not run the examination's suite", hint=done.stdout[-500:])
    benchmarks = json.loads(result.read_text(encoding="utf-8"))["benchmarks"]
    stats = {each["param"]: each["stats"] for each in benchmarks}
    return OtherRun(
        condition=condition,
        mean_ns={work: stats[work]["mean"] * 1e9 for work in WORK},
        min_ns={work: stats[work]["min"] * 1e9 for work in WORK},
        elapsed_s=time.monotonic() - began_s,
    )


def examine_pairs(
    *, sessions: int, share: float, seed: int, watcher: SessionWatcher, heard: Callable[[PairedTally], None],
    executor: StartExecutor | None = None,
) -> PairedTally:  # fmt: skip
    """So many sessions over all twins, each comparison decided at the default margin as `bench` would."""
    rule = DecisionRule(margin_ratio=RunPolicy().margin_ratio, alpha=0.01, fork_limit=30)
    tally = PairedTally()

    def is_called(samples: Sequence[Sample]) -> bool:
        found = decide_time(samples, rule=rule)
        return found.need is Need.FRESH or found.verdict is GateVerdict.FASTER

    def verdict(_workload: str, samples: Sequence[Sample], _passes: object) -> Verdict:
        return Verdict.UNDECIDED if decide_time(samples, rule=rule).need is Need.MORE else Verdict.MET

    equal, more = ([pair_name(work, is_equal=is_equal) for work in WORK] for is_equal in (True, False))
    with temp_folder("selftest") as folder:
        root = write_pairs(Path(folder) / "pairs", share=share)
        for session in range(sessions):
            request = BenchRequest(
                items=[WorkItem(name, (Pass.PAIRS,)) for name in (*equal, *more)], root=root, seed=seed + session,
                limits=Limits(), judge=verdict, executor=executor,
            )  # fmt: skip
            kept: list[Sample] = []
            if not run_bench(request, watcher=watcher, keep=kept.append):
                raise KeyboardInterrupt
            called = {name for name in (*equal, *more) if is_called([each for each in kept if each.workload == name])}
            tally = PairedTally(
                tally.equal + Rate(len(called.intersection(equal)), len(equal)),
                tally.more + Rate(len(called.intersection(more)), len(more)),
            )
            heard(tally)
    return tally
