from dataclasses import replace

from builders import comparison

from boss_perf.formats.openmetrics import render_openmetrics
from boss_perf.model.metrics import Metric
from boss_perf.model.targets import Change
from boss_perf.model.verdicts import Finding, Judgement, Verdict
from boss_perf.report.digest import digest_of_judgements


def test_a_throughput_is_told_as_a_rate_and_bounded_where_its_cost_is_compared(
    judgements: tuple[Judgement, ...],
) -> None:
    rate = Finding(
        expectation=Change(Metric.THROUGHPUT, 1.25, "throughput +25%"),
        verdict=Verdict.MISSED,
        reason="too slow",
        comparison=comparison(1.1),
    )
    missed = replace(judgements[1], findings=(rate,))
    row = digest_of_judgements([missed], title="x").rows[0]
    assert row.figure == "−9.1 % (−9.6 … −8.5)"
    assert row.change == f"1.25 → 1.38 ms, {row.figure}"
    lines = render_openmetrics(digest_of_judgements([missed], title="P")).splitlines()
    figures = dict(line.replace("{", " ").rsplit(" ", 1) for line in lines if line.startswith("boss_perf_change_"))
    high, bound = (
        next(float(figure) for name, figure in figures.items() if name.startswith(f"boss_perf_change_{which}_ratio"))
        for which in ("high", "bound")
    )
    assert bound == 0.8 < high
