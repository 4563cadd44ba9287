"""What the gate's flags may say, and what is refused before anything is measured."""

import sys
from pathlib import Path
from typing import Any

import pytest

from boss_perf.cli.flags import CompareFlags
from boss_perf.cli.trees import request_of, tree_of
from boss_perf.errors import UsageError
from boss_perf.measure.gate_run import GateRequest
from boss_perf.model.gate import Side


def asked(root: Path, **flags: Any) -> GateRequest:
    (root / "base").mkdir()
    (root / "head/tests").mkdir(parents=True)
    base, head = (tree_of(root / name, Side(name, None), CompareFlags()) for name in ("base", "head"))
    return request_of(base, head, CompareFlags(**flags))


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"only": "test_x["}, "--only test_x[: no regular expression"),
        ({"suite": ["tests", "tests/typo.py"]}, "--suite tests/typo.py: no side has it"),
        ({"timeout_s": 0.0}, "--timeout must be above zero"),
        ({"timeout_s": float("nan")}, "--timeout must be above zero"),
        ({"margin": float("nan")}, "--margin must be above zero"),
        ({"budget_s": 0.0}, "--budget must be above zero"),
        ({"forks": 3}, "--forks must be at least 4"),
        ({"jobs": 0}, "--jobs must be at least 1"),
    ],
)
def test_a_flag_that_makes_no_sense_is_refused(tmp_path: Path, flags: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as refusal:
        asked(tmp_path, **flags)
    assert words in str(refusal.value)


def test_a_path_that_only_one_side_has_belongs_to_the_suite(tmp_path: Path) -> None:
    assert asked(tmp_path, suite=["tests"], only="test_[ab]").terms.suite == ("tests",)


def test_what_head_alone_calls_suite_does_not_examine(tmp_path: Path) -> None:
    for file in ("base/tests/test_a.py", "head/tests/test_a.py", "head/pkg/core.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("def test_x(benchmark):\n    benchmark(len, '')\n")
    base, head = (tree_of(tmp_path / name, Side(name, None), CompareFlags()) for name in ("base", "head"))
    for examiner, examining in ((None, ("tests",)), (head, ("pkg/core.py", "tests"))):
        terms = request_of(base, head, CompareFlags(), examiner=examiner).terms
        assert (terms.suite, terms.examining) == (("pkg/core.py", "tests"), examining)


def test_an_interpreter_is_named_from_where_the_user_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    for said, meant in (
        (None, sys.executable), (Path("venv/bin/python"), f"{tmp_path}/venv/bin/python"), (Path("python3"), "python3")
    ):  # fmt: skip
        assert tree_of(tmp_path, Side("x", None), CompareFlags(), said).python == meant
