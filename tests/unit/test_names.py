"""Names in a sentence."""

import pytest

from boss_perf.names import listed


@pytest.mark.parametrize(
    ("names", "said"),
    [((), ""), (("a",), "a"), (("a", "b", "c"), "a, b, c"), (("a", "b", "c", "d", "e"), "a, b, c and 2 more")],
)
def test_many_names_are_the_first_and_a_count(names: tuple[str, ...], said: str) -> None:
    assert listed(names) == said
