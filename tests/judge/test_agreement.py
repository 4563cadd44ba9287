"""When two trees answer alike, when they do not, and when nobody knows."""

from datetime import UTC, date, datetime

import pytest

from boss_perf.errors import ExitStatus
from boss_perf.judge.decision import DecisionRule
from boss_perf.judge.gate.answers import Agreement, agreement
from boss_perf.judge.gate.items import items_of
from boss_perf.judge.gate.summary import gate_exit_status
from boss_perf.judge.gate.terms import Declared, GateTerms
from boss_perf.judge.needs import Observed
from boss_perf.model.estimates import Caveat, CaveatKind
from boss_perf.model.gate import GateItem, GateMetric, GateVerdict
from boss_perf.model.samples import Failure, Pass, Reading, Sample, Series
from boss_perf.worker.messages import FailureKind

Asked = tuple[str | None, str | None]
NAME = "t.py::test_x"


def fork(
    number: int,
    first: Asked,
    later: Asked | None = None,
    *,
    ratio: float = 1.0,
    walk_ratio: float | None = None,
    caveats: tuple[Caveat, ...] = (),
) -> Sample:
    readings = {Reading.CPU_NS: ratio, Reading.WALL_NS: ratio}
    if walk_ratio is not None:
        readings |= {Reading.WALK_CPU_NS: walk_ratio, Reading.WALK_WALL_NS: walk_ratio}
    return Sample(
        workload=NAME, phase=Pass.PAIRS, fork=number, started_at=datetime(2026, 11, 23, tzinfo=UTC),
        arms=("base", "head"), calls_per_batch=10, order=(0,) * 8,
        series=tuple(
            Series(arm, reading, (round(2_500_000 * (times if arm == "head" else 1)) + number * 100,) * 16)
            for arm in ("base", "head")
            for reading, times in readings.items()
        ),
        answer_digests=first, later_digests=first if later is None else later, caveats=caveats,
    )  # fmt: skip


SAME: Asked = ("a", "a")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ([(SAME, SAME)] * 5, Agreement.SAME),
        ([(("a", "b"), ("a", "b"))] * 5, Agreement.CHANGED),
        ([((text, text), (text, text)) for text in "abcde"], Agreement.SAME),
        ([(SAME, ("a", "b"))] * 2 + [(SAME, SAME)] * 3, Agreement.CHANGED),
        ([(SAME, ("a", "b"))], Agreement.CHANGED),
        ([(SAME, ("a", "b"))] + [(SAME, SAME)] * 4, Agreement.UNKNOWN),
        ([(SAME, ("b", "c"))] * 5, Agreement.UNKNOWN),
        ([(("int 1", "?Lazy"), ("int 1", "?Lazy"))] * 5, Agreement.CHANGED),
        ([(("int 1", "?Lazy"), ("int 1", "?Lazy"))], Agreement.UNKNOWN),
        ([(("Page 1", "?Page"), ("Page 1", "?Page"))] * 5, Agreement.UNKNOWN),
        ([(("?Page", "?Lazy"), ("?Page", "?Lazy"))] * 5, Agreement.UNKNOWN),
        ([(("?Page", "int 1"), ("?Page", "int 1"))] * 5, Agreement.UNKNOWN),
        ([(("int 1", "int 1"), ("int 1", "?Lazy"))] * 5, Agreement.CHANGED),
        ([((text, text + "x"), (text, text + "x")) for text in "abcde"], Agreement.UNKNOWN),
        ([(("a", "b"), ("a", "b"))], Agreement.UNKNOWN),
        ([(("a", None), ("a", None))] * 5, Agreement.UNKNOWN),
        ([(SAME, ("a", None))] * 5, Agreement.UNKNOWN),
        ([(("p:x", "p:y"), ("p:x", "p:y"))] * 5, Agreement.UNKNOWN),
        ([(("p:x", "q:x"), ("p:x", "q:x"))] * 5, Agreement.CHANGED),
        ([(("p:x", "p:x"), ("p:y", "p:z"))] * 5, Agreement.SAME),
        ([], Agreement.UNKNOWN),
    ],
    ids=[
        "alike", "head's own way", "another answer in each process, alike", "head decays in two forks",
        "head decays in the only fork", "head decays in one fork of five", "base is not steady either",
        "head's cannot be seen and is another type", "head's cannot be seen in one fork", "head's hides what it holds",
        "neither can be seen", "base's cannot be seen", "head's cannot be seen later",
        "both differ from process to process", "one fork is none", "no digest", "no later digest",
        "private parts differ", "public parts differ", "private parts grow", "nothing asked",
    ],
)  # fmt: skip
def test_what_the_digests_of_all_forks_come_to(asked: list[tuple[Asked, Asked]], expected: Agreement) -> None:
    samples = [fork(number, first, later) for number, (first, later) in enumerate(asked)]
    assert agreement(samples)[0] is expected


def items(samples: list[Sample], failures: dict[str, Failure] | None = None) -> list[GateItem]:
    declared = Declared(names=(NAME,), collected=(NAME,), errors=(), places={})
    terms = GateTerms(suite=("t.py",), today=date(2026, 11, 23))
    rule = DecisionRule(margin_ratio=0.03, alpha=0.01, fork_limit=30)
    return items_of(terms, declared, benchmark=NAME, seen=Observed(samples=samples, failures=failures or {}), rule=rule)


def test_nothing_is_faster_whose_answers_were_not_compared() -> None:
    [compared] = items([fork(number, SAME, ratio=0.5) for number in range(12)])
    assert (compared.verdict, compared.caveats) == (GateVerdict.FASTER, ())
    [unknown] = items([fork(number, ("a", None), ratio=0.5) for number in range(12)])
    assert unknown.verdict is GateVerdict.NOT_SLOWER
    assert [each.kind for each in unknown.caveats] == [CaveatKind.ANSWERS_NOT_COMPARED]


def test_a_changed_answer_closes_the_gate_however_fast_it_is() -> None:
    [item] = items([fork(number, SAME, ("a", "none"), ratio=0.01) for number in range(12)])
    assert item.verdict is GateVerdict.CHANGED_ANSWER
    assert "asked again" in item.reason
    assert gate_exit_status([item]) == ExitStatus.MISSED


def test_work_that_uses_up_its_input_does_not_pass() -> None:
    doubt = Caveat(CaveatKind.CONSUMED_INPUT, "the work uses up its input: the list is empty")
    [item] = items([fork(number, SAME, caveats=(doubt,)) for number in range(12)])
    assert (item.verdict, item.caveats) == (GateVerdict.UNDECIDED, (doubt,))


def test_the_walk_through_a_lazy_answer_is_a_line_of_its_own() -> None:
    call, walk = items([fork(number, SAME, ratio=0.1, walk_ratio=1.0) for number in range(12)])
    assert (call.metric, call.verdict) == (GateMetric.TIME, GateVerdict.FASTER)
    assert (walk.metric, walk.verdict) == (GateMetric.WALK, GateVerdict.NOT_SLOWER)
    _, slower = items([fork(number, SAME, walk_ratio=1.5) for number in range(12)])
    assert slower.verdict is GateVerdict.UNDECIDED
    assert "not yet confirmed" in slower.reason


@pytest.mark.parametrize(
    ("reason", "hint"),
    [("need --run-bench option to run", "--pytest-option=--run-bench"), ("slow -- see the docs", None)],
)
def test_a_skip_that_wants_an_option_says_how_to_give_it(reason: str, hint: str | None) -> None:
    skipped = Failure(FailureKind.SKIPPED, reason)
    [item] = items([], failures={"base": skipped, "head": skipped})
    assert item.verdict is GateVerdict.SKIPPED
    assert (item.hint or "").endswith(hint or "")
    assert (item.hint is None) == (hint is None)


@pytest.mark.parametrize("side", ["base", "head"])
def test_what_only_one_of_both_can_have_accuses_nobody(side: str) -> None:
    [item] = items([], failures={side: Failure(FailureKind.RAISED, "OSError: [Errno 98] Address already in use")})
    assert item.verdict is GateVerdict.UNDECIDED
    assert "free port" in (item.hint or "")
