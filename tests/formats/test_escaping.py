import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from boss_perf.text import (
    clipped,
    markdown_cell,
    markdown_code,
    markdown_code_cell,
    markdown_text,
    visible_line,
)

GFM = MarkdownIt("gfm-like")
GFM.linkify.set({"fuzzy_link": False})  # GitHub links `www.` and schemes, not every word with a dot
SPICED = st.text(
    st.one_of(
        st.sampled_from(list("\\`*_{}[]()#+-.!|~<>&$@:/\"'=;\n\r\t %1aw")),
        st.characters(),
    ),
    max_size=60,
)
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<!-- boss-perf -->",
    "[click](https://evil.example)",
    "![](https://evil.example/pixel.png)",
    "https://evil.example/?q=1",
    "www.evil.example",
    "mail@evil.example",
    "@everyone and @org/team",
    "fixes #12 and GH-7 and owner/repo#3 and !4",
    "a | b \\| c \\",
    "`tick` ``two``",
    "# heading",
    "- item",
    "1. item",
    "1) item",
    "> quote",
    "---",
    "===",
    "***",
    "    code",
    "```\nfence",
    "~~gone~~",
    "__init__ test_search_1k _x_",
    "&lt;b&gt; &#64;user &copy",
    "line\nbreak  \r\nend",
    "\x1b[31mred\x07 \u202eevil\u2066 \ud800 \ufffe",
    "$x$ $$y$$",
    "<https://evil.example>",
    "[x]: https://evil.example",
)


def words(tokens: list[Token], *, allowed: frozenset[str]) -> str:
    shown = []
    for token in tokens:
        assert token.type in allowed, token
        if token.children is not None:
            shown.append(words(token.children, allowed=allowed))
        elif token.type in ("text", "text_special", "code_inline"):
            shown.append(token.content)
    return "".join(shown)


PLAIN = frozenset({"paragraph_open", "paragraph_close", "inline", "text", "text_special"})
TABLE = PLAIN | {f"{name}_{end}" for name in ("table", "thead", "tbody", "tr", "th", "td") for end in ("open", "close")}


def without_breaks(text: str) -> str:
    return text.replace("\u200b", "")


def check_text(text: str) -> None:
    shown = words(GFM.parse(f"before\n\n{markdown_text(text)}\n\nafter"), allowed=PLAIN)
    assert without_breaks(shown) == f"before{visible_line(text)}after"


def check_cell(text: str) -> None:
    table = f"| left | right |\n|---|---|\n| {markdown_cell(text)} | end |"
    shown = words(GFM.parse(table), allowed=TABLE)
    assert without_breaks(shown) == f"leftright{visible_line(text)}end"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_shown_and_do_nothing(text: str) -> None:
    check_text(text)
    check_cell(text)


@given(SPICED)
def test_any_words_are_shown_literally_on_a_line(text: str) -> None:
    check_text(text)


@given(SPICED)
def test_any_words_stay_in_their_cell(text: str) -> None:
    check_cell(text)


@given(SPICED)
def test_code_spans_show_any_words_literally(text: str) -> None:
    shown = words(GFM.parse(f"x {markdown_code(text)} y"), allowed=PLAIN | {"code_inline"})
    assert shown == f"x {visible_line(text) or '(empty)'} y"
    table = f"| left | right |\n|---|---|\n| {markdown_code_cell(text)} | end |"
    shown = words(GFM.parse(table), allowed=TABLE | {"code_inline"})
    assert without_breaks(shown) == f"leftright{visible_line(text) or ('(empty)' if '|' not in text else '')}end"


@given(SPICED)
def test_nothing_is_left_for_a_forge_to_link(text: str) -> None:
    shown = words(GFM.parse(markdown_text(text)), allowed=PLAIN)
    assert not re.search(r"@\w|#\d|!\d|://|\bwww\.|\bgh-\d", shown, re.IGNORECASE)


@given(SPICED)
def test_a_visible_line_is_one_line_without_unseen_characters(text: str) -> None:
    shown = visible_line(text)
    assert shown.splitlines() in ([shown], [])
    assert shown == shown.strip()
    assert all(character.isprintable() or character in "\u200c\u200d" or ord(character) > 0x7F for character in shown)
    shown.encode()


def test_ordinary_names_stay_as_they_are_typed() -> None:
    for name in ("VectorSearchResolver Caching", "test_search_1k", "p95 < 50 ms", "Prefetch & share", "−60 %"):
        assert markdown_cell(name) == name
    assert markdown_text("50.0 ms is so far off") == "50.0 ms is so far off"


def test_names_that_differ_in_an_unseen_character_stay_different() -> None:
    assert visible_line("a\u202eb") == "a\\u202eb"
    assert visible_line("a\x00b") == "a\\x00b"
    assert visible_line("a\U000e0041b") == "a\\U000e0041b"


def test_clipping_says_that_something_is_gone() -> None:
    assert clipped("abcdef", 6) == "abcdef"
    assert clipped("abcdefg", 6) == "abcde…"
