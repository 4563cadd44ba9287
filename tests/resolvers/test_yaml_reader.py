"""Whatever PyYAML's safe loader makes of a text, be it an error, this reader makes of it too."""

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.resolvers.files.yaml_reader import SafeLoader, read_yaml

PLAIN = """
- {id: 1, ratio: -0.5, big: 123456789012345678901234567890, name: record 1, "7": '7', 8: 9}
- [~, null, Null, "", '', true, No, on, OFF, y, n, 1.5e+3, 1e5, 0x1f, 017, 0b11, 1_000, 190:20:30, .inf, -.INF, .5, 1.]
- date: 2026-01-31
  instant: 2026-01-31t12:30:15.25-02:00
  empty:
  folded: >
    one
    two
  literal: |
    three
- -0
- 1:2:3.5
- {}
- []
"""

UNUSUAL = [
    "",
    "# nothing",
    "a: &x [1]\nb: *x",
    "base: &b {a: 1}\nmade: {<<: *b, c: 2}",
    "<<: {a: 1}",
    "&a {<<: *a, b: 1}",
    "- &a {k: 1}\n- &b {<<: [*a, *a], c: 2}\n- {<<: *b, k: 3}\n- {<<: [*b, 1]}",
    "- &a {k: 1}\n- &b {<<: [*a, *a], c: 2}\n- {<<: *b, k: 3}",
    "{=: 1}",
    "- =",
    "- <<",
    "!!str 1",
    "!!set {a, b}",
    "!!binary aGk=",
    "! 1",
    "? [1, 2]\n: 3",
    "? {a: 1}\n: 3",
    "? !!str 1\n: 3",
    "? &k key\n: *k",
    "%TAG ! tag:example.org,2000:\n---\n!a b",
    "--- 1\n--- 2",
    "--- 1\n...\n",
]

MALFORMED = [
    "[1",
    "a: b: c",
    "\t- a",
    "{a: 1",
    "*unknown",
    "!!python/object/apply:os.system ['true']",
    "\x00",
    "@a",
    "'",
]


def outcome(read, text):
    """What the text is read as, types told apart, or the error's type and words."""
    try:
        return repr(read(text))
    except (yaml.YAMLError, ValueError, TypeError) as error:
        return type(error), str(error)


def by_pyyaml(text):
    return yaml.load(text, Loader=SafeLoader)


@pytest.mark.parametrize("text", [PLAIN, *UNUSUAL, *MALFORMED])
def test_the_same_as_pyyaml(text):
    assert outcome(read_yaml, text) == outcome(by_pyyaml, text)


def test_plain_data_are_read_without_a_tree_of_nodes(monkeypatch):
    expected = by_pyyaml(PLAIN)
    monkeypatch.setattr(yaml, "load", None)
    assert read_yaml(PLAIN) == expected


def test_a_number_that_is_none():
    assert math.isnan(read_yaml(".nan"))


def test_deep_nesting_ends_as_with_pyyaml():
    """libyaml refuses it or gives up, by its version."""
    deep = "[" * 3000 + "]" * 3000
    assert _how_it_ends(read_yaml, deep) == _how_it_ends(by_pyyaml, deep)


def _how_it_ends(read, text):
    try:
        return outcome(read, text)
    except RecursionError:
        return "too deep"


SCALARS = st.one_of(
    st.text(alphabet="0123456789+-._:eExobyntf~<=&*!#'\"|>%@, \u00fcTZ", max_size=12),
    st.from_regex(r"[-+]?[0-9_]{1,5}(\.[0-9_]{0,4}([eE][-+]?[0-9]{1,3})?)?", fullmatch=True),
    st.sampled_from(["yes", "No", "NULL", "~", "true", "Off", "y", "2026-01-31", "2026-13-41", ".NaN", "<<", "="]),
)


@given(st.lists(st.tuples(SCALARS, SCALARS), max_size=6))
def test_any_scalar_is_what_pyyaml_makes_of_it(pairs):
    for text in ("\n".join(f"{key}: {value}" for key, value in pairs), "\n".join(f"- {value}" for _, value in pairs)):
        assert outcome(read_yaml, text) == outcome(by_pyyaml, text)


def test_a_small_text_cannot_ask_for_millions_of_merged_entries():
    entries = ", ".join(f"k{number}: 1" for number in range(500))
    with pytest.raises(yaml.YAMLError, match="merge keys copy more than 100000 entries"):
        read_yaml(f"- &a {{{entries}}}\n" + "- {<<: *a}\n" * 250)
    assert len(read_yaml(f"- &a {{{entries}}}\n" + "- {<<: *a}\n" * 150)) == 151
