"""Text from outside orders no terminal and no CI system about; names in a sentence."""

import pytest

from boss_perf.text import inert, listed, without_commands


@pytest.mark.parametrize(
    "text",
    ["::error::x", "  ::set-output name=a::b", "a\n::error::x", "a\r::error::x", "x ##[command]ls", "##vso[task.x]"],
)  # fmt: skip
def test_no_line_is_a_command(text: str) -> None:
    for line in inert(text).splitlines():
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
        assert "##vso[" not in line


def test_what_is_harmless_stays_as_it_is() -> None:
    text = "tests/t.py::test_x  failed\n    see ## 3: a::b, ümläut\n"
    assert inert(text) == text


def test_control_characters_are_spelt_out_and_colours_only_where_they_are_ours() -> None:
    assert inert("\x1b[31mred\x07") == "\\x1b[31mred\\x07"
    assert without_commands("\x1b[31mred") == "\x1b[31mred"


@pytest.mark.parametrize(
    ("names", "said"),
    [((), ""), (("a",), "a"), (("a", "b", "c"), "a, b, c"), (("a", "b", "c", "d", "e"), "a, b, c and 2 more")],
)
def test_many_names_are_the_first_and_a_count(names: tuple[str, ...], said: str) -> None:
    assert listed(names) == said
