"""Text from outside orders no terminal and no CI system about."""

import pytest

from boss_perf.text import inert, without_commands


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
