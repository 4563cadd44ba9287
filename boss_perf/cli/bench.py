"""`boss-perf bench`: measure the promises and keep the evidence."""

import os
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import typer

from boss_perf.cli.flags import Jobs, OnCluster, OutputFlags, ProjectFlags, Seed, TimeBudget, Timeout, seed_of
from boss_perf.cli.judging import evidence_of, judge_history
from boss_perf.cli.progress import Progress, Standing
from boss_perf.cli.project import Project, machine_or_cluster, open_history, pass_on, read_project, require_positive
from boss_perf.cli.result_files import check_outputs, write_digest
from boss_perf.cli.run_recorder import Keeping, keep_explanation, new_run
from boss_perf.errors import UsageError
from boss_perf.explain.explaining import explain_missed_memory
from boss_perf.fleet.shards import names_of_share, shard_of
from boss_perf.judge import judge
from boss_perf.judge.needs import worst_open
from boss_perf.judge.promises.verdict_bounds import used_share
from boss_perf.measure.bench_run import BenchRequest, run_bench
from boss_perf.measure.campaign import Limits
from boss_perf.measure.look import Effort
from boss_perf.measure.machine.fingerprint import fingerprint
from boss_perf.model.explanations import Explanation
from boss_perf.model.runs import Run, RunKind
from boss_perf.model.samples import Pass, Sample
from boss_perf.model.verdicts import Finding, Judgement, Verdict
from boss_perf.plan import choose, pass_of, plan_work
from boss_perf.report.digest import digest_of_judgements
from boss_perf.report.writing import write_text
from boss_perf.store.artifact import run_to_json
from boss_perf.store.history import History

SURE_FORKS = 5
EFFORT_SHARE = 0.6
QUICK_FORKS = 2
QUICK_SHARE = 0.25


def bench(
    here: ProjectFlags,
    answer: OutputFlags,
    words: list[str] = typer.Argument(None, metavar="ID", help="Ids, components or sections; all by default."),
    only: str = typer.Option(None, "--only", help="A regular expression over ids and workloads."),
    quick: bool = typer.Option(False, "--quick", help="A short look; it can never turn a status green."),
    resume: bool = typer.Option(False, "--resume", help="Go on with the newest run that was interrupted."),
    forks: int = typer.Option(30, "--forks", help="The most forks for a target that stays undecided."),
    budget_s: TimeBudget = None,
    jobs: Jobs = 2,
    timeout_s: Timeout = 60.0,
    seed: Seed = None,
    explained: bool = typer.Option(True, "--explain/--no-explain", help="Look what holds memory that is too much."),
    on: OnCluster = None,
    shard: str = typer.Option(
        None,
        "--shard",
        metavar="I/N",
        help="Measure this share only; `auto` asks the CI system. A --store they share joins them, or `history copy`.",
    ),
) -> None:
    """Measure every target that has a workload. Example: boss-perf bench VectorSearchResolver --quick"""
    require_positive("--forks", forks)
    require_positive("--jobs", jobs)
    require_positive("--budget", budget_s)
    require_positive("--timeout", timeout_s)
    begun_s = time.monotonic()
    wanted = check_outputs(answer, further=("run",))
    project = read_project(here.targets)
    pass_on(project.target_set.policy)
    chosen = choose(project.target_set, words=words or (), only=only)
    items = plan_work(chosen)
    if not items:
        raise UsageError("no target here has a workload", where=str(here.targets), hint="give them a `workload:`")
    # By their number alone: what they cost is known better from one share to the next.
    mine = names_of_share(shard_of(shard or "1/1", os.environ), [item.workload for item in items], {})
    limits = Limits(
        forks=min(forks, QUICK_FORKS) if quick else forks,
        sure_forks=QUICK_FORKS if quick else SURE_FORKS,
        memory_forks=1 if quick else 2,
        trial_forks=1 if quick else 2,
        budget_s=budget_s if budget_s is not None else project.target_set.policy.time_budget_s,
        jobs=jobs,
        timeout_s=timeout_s,
        effort=Effort(share=QUICK_SHARE if quick else EFFORT_SHARE),
    )
    kind = RunKind.QUICK if quick else RunKind.BENCH
    with (
        machine_or_cluster("boss-perf bench", on) as cluster,
        open_history(project.root, here.store) as history,
    ):
        run, earlier = _resumed(history, kind) if resume else (None, ())
        machine = cluster.machine if cluster is not None else fingerprint()
        run = run or new_run(project.root, project.target_set, kind, seed=seed_of(seed), machine=machine)
        with Keeping(history, run, root=project.root, earlier=earlier) as keeping:
            judging = _Judge(project, run)
            request = BenchRequest(
                items=[each for each in items if each.workload in mine], root=project.root, limits=limits,
                seed=run.seed, judge=judging.verdict,
                used_share=judging.used_share, is_quick=quick, earlier=earlier,
                executor=cluster.executor if cluster is not None else None,
            )  # fmt: skip
            with Progress(judging.standing, count=len(request.items)) as watcher:
                if not run_bench(request, watcher=watcher, keep=keeping.save_sample):
                    raise KeyboardInterrupt  # what was seen until then is kept
            judged = [each for each in chosen if shard is None or each.workload in mine]
            judgements = keeping.conclude(partial(judge_history, project, targets=judged))
            causes: dict[str, Explanation] = {}
            if explained and not quick:
                causes = explain_missed_memory(
                    judgements, root=project.root, timeout_s=timeout_s, seed=run.seed, executor=request.executor
                )
            for cause in causes.values():
                keep_explanation(cause, project.root, here.store, is_one_tree=True)
            if "run" in wanted:
                write_text(Path(wanted["run"]), run_to_json(run, keeping.history.samples(run.id)))
    elapsed_s = time.monotonic() - begun_s
    title = project.target_set.project
    digest = digest_of_judgements(judgements, title=title, command="bench", elapsed_s=elapsed_s, causes=causes)
    write_digest(digest, answer, wanted)


class _Judge:
    """What the promises of a workload come to by the samples that a run has of it so far."""

    def __init__(self, project: Project, run: Run) -> None:
        self._target_set, self._run = project.target_set, run

    def judgements(self, workload: str, samples: Sequence[Sample], *, is_stage: bool) -> list[Judgement]:
        return [
            judge(
                target, samples, evidence=evidence_of(self._run, samples), policy=self._target_set.policy,
                now=datetime.now(UTC), kind=self._run.kind, suite_size=len(self._target_set.targets),
                is_stage=is_stage,
            )
            for target in self._target_set.targets
            if target.workload == workload
        ]  # fmt: skip

    def verdict(self, workload: str, samples: Sequence[Sample], passes: Sequence[Pass]) -> Verdict:
        """UNDECIDED while that can change, else MISSED, else MET, of what these passes can prove."""
        found = (each for each in self._findings(workload, samples) if not each.is_hopeless)
        return worst_open(each.verdict for each in found if pass_of(each.expectation) in (None, *passes))

    def used_share(self, workload: str, samples: Sequence[Sample], passes: Sequence[Pass]) -> float:
        """The most that a figure of these passes uses of its limit; all of it where that is not known."""
        found = (each for each in self._findings(workload, samples) if pass_of(each.expectation) in passes)
        return max((share[0] if (share := used_share(each)) else 1.0 for each in found), default=0.0)

    def standing(self, workload: str, samples: Sequence[Sample]) -> Standing:
        judged = self.judgements(workload, samples, is_stage=False)
        worst = min((each.verdict for each in judged), key=lambda each: each.rank, default=Verdict.UNMEASURED)
        is_open = worst in (Verdict.UNDECIDED, Verdict.UNMEASURED)
        text = "; ".join(dict.fromkeys(each.reason for each in judged if each.verdict is worst))
        style = "yellow" if is_open else "green" if worst is Verdict.MET else "red"
        return Standing("" if is_open else worst.value.lower(), style, text)

    def _findings(self, workload: str, samples: Sequence[Sample]) -> Iterator[Finding]:
        judged = self.judgements(workload, samples, is_stage=True)
        return (each for judgement in judged for each in judgement.findings)


def _resumed(history: History, kind: RunKind) -> tuple[Run, tuple[Sample, ...]]:
    newest = next(iter(history.runs(limit=1, kind=kind)), None)
    if newest is None or newest.finished_at is not None:
        raise UsageError("there is no interrupted run to resume", hint="run `boss-perf bench` without --resume")
    return newest, history.samples(newest.id)
