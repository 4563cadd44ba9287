"""A digest in a terminal: the answer last, what is not well above it, everything on demand."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from builders import item, report
from rich.cells import cell_len
from tracker_examples import JUDGEMENTS, a_comparison, a_target, found, judged

from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.gate import GateVerdict
from boss_perf.model.metrics import Metric
from boss_perf.model.targets import Change, Section
from boss_perf.model.verdicts import Judgement, Verdict
from boss_perf.report.digest import digest_of_gate, digest_of_judgements
from boss_perf.report.terminal import render_digest

NARROW = Change(Metric.LATENCY, 0.25, "latency -75%")


def shown(judgements: Sequence[Judgement], *, width: int = 120, **settings: bool) -> list[str]:
    digest = digest_of_judgements(judgements, title="BOSS", command="status")
    return render_digest(digest, width_count=width, **settings).splitlines()


def of_many(verdict: Verdict, count: int, *, workload: str | None = None) -> list[Judgement]:
    targets = [a_target(f"target-{number}", Section.BUDGETS, NARROW, workload=workload) for number in range(count)]
    return [judged(target, verdict, f"because of {target.id}") for target in targets]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("shows_all", [False, True])
def test_no_line_is_wider_than_the_terminal(width: int, shows_all: bool) -> None:
    lines = shown((*JUDGEMENTS, *of_many(Verdict.FAILED, 60)), width=width, shows_all=shows_all)
    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize(("verdict", "workload"), [(Verdict.FAILED, None), (Verdict.UNMEASURED, "t.py::t")])
@pytest.mark.parametrize("alike_count", [1, 3, 5, 110])
def test_what_is_wrong_of_many_targets_stands_in_the_last_25_lines(
    verdict: Verdict, workload: str | None, alike_count: int
) -> None:
    many = of_many(verdict, 110, workload=workload)
    many = [replace(each, reason=f"reason {place // alike_count}") for place, each in enumerate(many)]
    lines = shown([*JUDGEMENTS, *many])
    assert len(lines) <= 40
    assert not any(line.startswith("  ") for line in lines[:-25])
    wrong_count = sum(1 for line in lines if re.match(r"  (MISSED|FAILED|UNMEASURED|STALE|undecided|waived) ", line))
    assert wrong_count >= 6
    assert lines[-1].startswith("5 of 121 met: ")


def test_what_is_met_is_counted_and_everything_is_one_line_each_on_demand() -> None:
    brief, full = (shown(JUDGEMENTS, shows_all=shows_all) for shows_all in (False, True))
    assert not any("search-caching" in line for line in brief if line.startswith("  "))
    for judgement in JUDGEMENTS:
        assert sum(judgement.target.id in line for line in full if line.startswith("  ")) >= 1
    assert len([line for line in full if line.startswith("  ")]) == len(JUDGEMENTS)


def test_the_worst_comes_first_and_the_answer_last() -> None:
    words = [line.split()[0] for line in shown(JUDGEMENTS, shows_all=True) if line.startswith("  ")]
    assert words[:2] == ["MISSED", "FAILED"]
    assert words[-1] == "met"
    assert shown(JUDGEMENTS)[-1] == ("5 of 11 met: 1 missed, 1 failed, 1 unmeasured, 1 stale, 1 undecided, 1 waived")


def test_rounding_never_hides_the_difference_that_decided() -> None:
    target = a_target("close", Section.OPTIMIZATIONS, NARROW)
    finding = found(NARROW, Verdict.MISSED, comparison=a_comparison(0.2503, 1e6, width=0.0005))
    line = next(line for line in shown([judged(target, Verdict.MISSED, "x", finding)]) if "close" in line)
    assert "−74.97 % (−75 … −74.96)" in line.replace("−74.98", "−75")
    assert "promised −75 %" in line


@pytest.mark.parametrize("width", [50, 80, 120])
def test_a_figure_that_missed_stands_with_what_was_promised_however_narrow(width: int) -> None:
    finding = found(NARROW, Verdict.MISSED, comparison=a_comparison(0.27, 1e6))
    lines = shown([judged(a_target("x" * 30, Section.BUDGETS, NARROW), Verdict.MISSED, "x", finding)], width=width)
    told = " ".join(line for line in lines if line.startswith("  "))
    assert "−73 %" in told and "promised −75 %" in told


def test_what_shows_promises_that_are_missed_is_not_open_though_it_ends_with_0() -> None:
    missed, met = (
        digest_of_judgements([each for each in JUDGEMENTS if each.verdict is verdict], title="BOSS", command="status")
        for verdict in (Verdict.MISSED, Verdict.MET)
    )
    assert (missed.exit_status, missed.is_open, met.is_open) == (0, False, True)


def test_what_was_never_measured_names_the_command_that_does() -> None:
    lines = shown(of_many(Verdict.UNMEASURED, 2, workload="t.py::t"))
    assert sum("never measured" in line and "run boss-perf bench" in line for line in lines) == 2


def test_benchmarks_that_only_share_a_reason_stand_as_one_and_figures_stay_apart() -> None:
    why = "on base: tests/test_x.py: it cannot be imported: TypeError"
    alike = [item(f"tests/test_x.py::test_{number}", GateVerdict.UNDECIDED, why) for number in range(30)]
    alone = [item(f"tests/test_y.py::test_y{number}", GateVerdict.UNDECIDED, "+1 %", 1.01) for number in range(3)]
    digest = digest_of_gate(report((*alike, *alone), exit_status=4))
    lines = render_digest(digest, width_count=120).splitlines()
    assert sum(why in line and "30 benchmarks" in line for line in lines) == sum(why in line for line in lines) == 1
    assert sum("test_y" in line for line in lines) == 3
    assert any("test_0, test_1, " in line for line in lines)
    everything = render_digest(digest, width_count=120, shows_all=True)
    assert everything.count("cannot be imported") == 30


def test_no_name_is_taken_for_markup_or_moves_the_cursor() -> None:
    hostile = replace(JUDGEMENTS[5], reason="[bold red]x[/] \x1b[2J \r gone :smile:", caveats=())
    text = "\n".join(shown([hostile], width=300))
    assert "\x1b" not in text
    assert "[bold red]x[/] \\x1b[2J" in text


def test_all_of_a_long_note_is_told_where_everything_is() -> None:
    doubt = Caveat(CaveatKind.FORKS_DISAGREE, "one word and " * 20 + "the last")
    target = a_target("a", Section.BUDGETS, NARROW)
    told = [replace(judged(target, Verdict.MET, "x"), caveats=(doubt,))]
    assert not any("the last" in line for line in shown(told, width=80))
    assert any("the last" in line for line in shown(told, width=80, shows_all=True))
    assert max(len(line) for line in shown(told, width=80, shows_all=True)) <= 80
