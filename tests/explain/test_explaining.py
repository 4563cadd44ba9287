"""The explanations of a gate stand beside the findings that they explain, and nowhere else."""

import pytest
from builders import explanation, item

from boss_perf.explain import explaining
from boss_perf.model.gate import GateMetric, GateVerdict


@pytest.mark.parametrize("other", [each for each in GateMetric if each is not GateMetric.TIME])
def test_a_slower_benchmark_that_has_other_findings_too(monkeypatch: pytest.MonkeyPatch, other: GateMetric) -> None:
    answer = explanation("test_it", base="base", head="head")
    monkeypatch.setattr(explaining, "explain_benchmarks", lambda *_, **__: {"test_it": answer})
    findings = [
        item("test_it", GateVerdict.SLOWER, "proven", 1.5),
        item("test_it", GateVerdict.UNDECIDED, "another matter", metric=other),
    ]

    slower, beside = explaining.with_explanations(findings, (), (), sides=("base", "head"), timeout_s=1.0, seed=1)

    assert slower.explanation is not None
    assert slower.explanation.functions == answer.functions
    assert beside.explanation is None
