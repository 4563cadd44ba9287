"""What a project's pyproject.toml says of its comparisons."""

from pathlib import Path

import pytest

from boss_perf.cli.flags import CompareFlags
from boss_perf.cli.settings import settled
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
    flags = settled(CompareFlags(setup="ninja"), base=TABLE, head=None)
    assert (flags.suite, flags.path, flags.python) == (["bench"], ["lib"], Path(".venv/bin/python"))
    assert (flags.setup, flags.margin, flags.budget_s) == ("ninja", pytest.approx(2.0), pytest.approx(300.0))


def test_a_change_cannot_edit_what_it_is_held_to() -> None:
    wide = TABLE.replace("2 %", "50 %").replace("bench", "easy")
    assert settled(CompareFlags(), base=TABLE, head=wide) == settled(CompareFlags(), base=TABLE, head=TABLE)
    first = settled(CompareFlags(), base="[project]", head=wide)
    assert (first.margin, first.suite) == (None, ["easy"])


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
        settled(CompareFlags(), base=None, head=f"[tool.boss-perf]\n{line}\n")
    assert words in str(refusal.value)
    assert "pyproject.toml" in str(refusal.value)
