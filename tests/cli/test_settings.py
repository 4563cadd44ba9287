"""What a project's pyproject.toml says of its comparisons."""

from pathlib import Path

import pytest

from boss_perf.cli.flags import CompareFlags
from boss_perf.cli.settings import settled, settled_by_base
from boss_perf.errors import UsageError

TABLE = """
[tool.boss-perf]
suite = "bench"
path = ["lib"]
python = ".venv/bin/python"
setup = "make"
margin = "2 %"
budget = "5 min"
"""


def test_settings_stand_under_the_flags() -> None:
    flags = settled(CompareFlags(setup="ninja"), TABLE)
    assert (flags.suite, flags.path, flags.python) == (["bench"], ["lib"], Path(".venv/bin/python"))
    assert (flags.setup, flags.margin, flags.budget_s) == ("ninja", pytest.approx(2.0), pytest.approx(300.0))


def test_a_change_cannot_edit_what_it_is_held_to() -> None:
    wide = TABLE.replace("2 %", "50 %").replace("bench", "easy")
    assert settled_by_base(CompareFlags(), base=TABLE, head=TABLE) == (settled(CompareFlags(), TABLE), ())
    for base, decided in (
        (TABLE, settled(CompareFlags(), TABLE)),
        ("[project]", CompareFlags()),
        (None, CompareFlags()),
    ):
        flags, notes = settled_by_base(CompareFlags(), base=base, head=wide)
        assert flags == decided
        assert "takes effect when merged" in notes[0]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("marginn = 3", "did you mean 'margin'"),
        ("setup = 3", "cannot be meant"),
        ("margin = true", "cannot be meant"),
        ('margin = "3 ms"', "no ratio"),
        ('budget = "soon"', "not a number"),
        ("margin = ", "cannot be read"),
    ],
)
def test_a_mistake_is_said_with_its_place(line: str, words: str) -> None:
    with pytest.raises(UsageError) as refusal:
        settled(CompareFlags(), f"[tool.boss-perf]\n{line}\n")
    assert words in str(refusal.value)
    assert "pyproject.toml" in str(refusal.value)
