"""`boss-perf prove`: the gate's own examination on this machine."""

from collections import Counter
from pathlib import Path

import typer

from boss_perf.cli.flags import OnCluster
from boss_perf.cli.progress import Progress
from boss_perf.cli.project import machine_or_cluster, require_positive
from boss_perf.cli.streams import say
from boss_perf.errors import ExitStatus
from boss_perf.measure.core_pool import StartExecutor
from boss_perf.measure.machine.disturbance import describe_machine_now
from boss_perf.measure.machine.fingerprint import fingerprint
from boss_perf.model.units import several
from boss_perf.report.writing import write_text
from boss_perf.selftest.rates import LiveGate, OtherRun, PairedTally
from boss_perf.selftest.report import DRAWN_GATES, false_alarms, render_gate_evidence
from boss_perf.selftest.run import examine, examine_pairs, rule_of, run_other_tool
from boss_perf.selftest.suite import WORK

EVIDENCE = Path("reports") / "gate_evidence.md"
SHARES = (0.0, 0.03, 0.05, 0.10)


def prove(
    minutes: float = typer.Option(10.0, "--minutes", help="How long to run live gates; one round is the least."),
    seed: int = typer.Option(1, "--seed", help="The seed of all random choices."),
    to: Path = typer.Option(EVIDENCE, "--to", help="The report to write."),
    pairs: int = typer.Option(2, "--pairs", help="Sessions of twins in one process; 0 leaves them out."),
    rivals: bool = typer.Option(True, "--rivals/--no-rivals", help="Also run pytest-benchmark on the same work."),
    on: OnCluster = None,
) -> None:
    """Let the gate judge equal trees and planted slowdowns. Example: boss-perf prove --minutes 5

    With --on it is the cluster that is examined, as it is found: nobody makes noise there, nor runs rivals.
    """
    require_positive("--minutes", minutes)
    trials: list[LiveGate] = []
    before, machine = describe_machine_now(), fingerprint().text
    executor: StartExecutor | None = None

    def write(tally: PairedTally, compared: tuple[OtherRun, ...] = (), *, drawn_gates: int = 0) -> bool:
        """Write what was seen until now; True when the gate passed."""
        text, is_passed = render_gate_evidence(
            trials, rule=rule_of(WORK), others=compared, machine=machine, disturbances=before, seed=seed,
            pairs=tally, drawn_gates=drawn_gates,
        )  # fmt: skip
        write_text(to, text)
        return is_passed

    def heard(trial: LiveGate) -> None:
        trials.append(trial)
        write(PairedTally())
        counts = Counter(finding.verdict.value for finding in trial.findings.values())
        told = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
        say(f"{trial.condition:8} planted {trial.share:+.0%}: {told} ({trial.elapsed_s:.0f} s)")
        for each in false_alarms([trial]):
            say(f"  false alarm: {each}")

    def told_of_pairs(tally: PairedTally) -> None:
        write(tally)
        say(f"pairs in one process: {tally.equal} equal twins called changed, {tally.more} with 5 % more work")

    with machine_or_cluster("boss-perf prove", on) as cluster:
        if cluster is not None:
            executor, workers = cluster.executor, cluster.machines
            machine = ", ".join(sorted({each.text for each in workers.values()}))
            before = (f"{several(len(workers), 'worker')} of a cluster",)
        with Progress() as watcher:
            examine(
                budget_s=minutes * 60, shares=SHARES, seed=seed, watcher=watcher, heard=heard, executor=executor
            )  # fmt: skip
            tally = examine_pairs(
                sessions=pairs, share=0.05, seed=seed, watcher=watcher, heard=told_of_pairs, executor=executor
            )  # fmt: skip
        compared = run_other_tool(seed=seed) if rivals and cluster is None else ()
    is_passed = write(tally, compared, drawn_gates=DRAWN_GATES)
    say(to.read_text(encoding="utf-8"))
    say(f"wrote {to}")
    raise typer.Exit(ExitStatus.OPEN if is_passed else ExitStatus.ENVIRONMENT)
