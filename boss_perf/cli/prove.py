"""`boss-perf prove`: the gate's own examination on this machine."""

from pathlib import Path

import typer

from boss_perf.cli.progress import Progress, Standing
from boss_perf.cli.project import require_positive
from boss_perf.errors import ExitStatus
from boss_perf.judge.examination import Trial
from boss_perf.measure.disturbance import describe_machine_now
from boss_perf.measure.fingerprint import fingerprint
from boss_perf.measure.machine_lock import machine_lock
from boss_perf.measure.proof import examine
from boss_perf.measure.proof_pairs import PairedTally, examine_pairs
from boss_perf.measure.rival_runs import run_rivals
from boss_perf.report.gate_evidence import render_gate_evidence
from boss_perf.report.writing import write_text

EVIDENCE = Path("reports") / "gate_evidence.md"


def prove(
    minutes: float = typer.Option(10.0, "--minutes", help="How long to run live gates; one round is the least."),
    seed: int = typer.Option(1, "--seed", help="The seed of all random choices."),
    output: Path = typer.Option(EVIDENCE, "--output", "-o", help="The report to write."),
    pairs: int = typer.Option(2, "--pairs", help="Sessions of twins in one process; 0 leaves them out."),
    rivals: bool = typer.Option(True, "--rivals/--no-rivals", help="Also run pytest-benchmark on the same work."),
) -> None:
    """Let the gate judge equal trees and planted slowdowns. Example: boss-perf prove --minutes 5"""
    require_positive("--minutes", minutes)

    def heard(trial: Trial) -> None:
        counts: dict[str, int] = {}
        for finding in trial.findings.values():
            counts[finding.verdict.value] = counts.get(finding.verdict.value, 0) + 1
        told = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
        typer.echo(f"{trial.condition:7} planted {trial.share:+.0%}: {told} ({trial.elapsed_s:.0f} s)")

    def told_of_pairs(tally: PairedTally) -> None:
        equal, more = f"{tally.equal_called} of {tally.equal_count}", f"{tally.more_called} of {tally.more_count}"
        typer.echo(f"pairs in one process: {equal} equal twins called changed, {more} with 5 % more work")

    with machine_lock("boss-perf prove"):
        before = describe_machine_now()
        with Progress(lambda _name, samples: Standing("", "", f"{len(samples)} forks")) as watcher:
            examination = examine(
                budget_s=minutes * 60, shares=(0.0, 0.03, 0.05, 0.10), seed=seed, watcher=watcher, heard=heard
            )
            tally = examine_pairs(sessions=pairs, share=0.05, seed=seed, watcher=watcher, heard=told_of_pairs)
        compared = run_rivals(seed=seed) if rivals else ()
    text, is_passed = render_gate_evidence(
        examination.trials, rule=examination.rule(), rivals=compared, machine=fingerprint().text, disturbances=before,
        seed=seed, pairs=(tally.equal_called, tally.equal_count, tally.more_called, tally.more_count),
    )  # fmt: skip
    write_text(output, text)
    typer.echo(text)
    typer.echo(f"wrote {output}")
    raise typer.Exit(ExitStatus.OPEN if is_passed else ExitStatus.ENVIRONMENT)
