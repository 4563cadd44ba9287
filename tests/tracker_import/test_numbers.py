import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.tracker_import.numbers import has_decimal_commas, plain_number, plain_numbers
from boss_perf.tracker_import.wording import checkable

WRITTEN = {
    "United States": ("1,234,567.5", "1,500", "0.25"),
    "Germany": ("1.234.567,5", "1.500", "0,25"),
    "France": ("1\u202f234\u202f567,5", "1\u00a0500", "0,25"),
    "Switzerland": ("1'234'567.5", "1’500", "0.25"),
    "India": ("12,34,567.5", "1,500", "0.25"),
    "Sweden": ("1 234 567,5", "1 500", "0,25"),
}
COMMA = {"Germany", "France", "Sweden"}


@pytest.mark.parametrize("country", WRITTEN)
def test_the_digits_of_six_countries(country):
    read = [plain_number(each, decimal_comma=country in COMMA) for each in WRITTEN[country]]
    assert read == ["1234567.5", "1500", "0.25"]


@pytest.mark.parametrize(
    ("wording", "expected"),
    [
        ("<1,5 ms", ("mean < 1.5 ms",)),
        ("< 1,500 ms", ("mean < 1500 ms",)),
        ("< 1'500 ms", ("mean < 1500 ms",)),
        ("< 1 500 ms", ("mean < 1500 ms",)),
        ("memory 2,5 GB", ("retained_memory < 2.5 GB",)),
        ("p95 < 1.234,5 ms", ("p95 < 1234.5 ms",)),
        ("12,5% latency reduction", ("latency -12.5%",)),
        ("50 ± 5 ms", ()),
        ("50 +/- 5 ms", ()),
        ("< 1.500 ms", ()),
        ("< 1,23,4 ms", ()),
        ("< 1,2345,6 ms", ()),
        ("< 1.2.3 ms", ()),
        ("1000+ req/s", ("throughput > 1000 /s",)),
    ],
)
def test_amounts_are_read_as_their_writer_meant_them_or_not_at_all(wording, expected):
    assert checkable(wording) == expected


def test_a_point_before_three_digits_is_read_where_the_tracker_writes_decimal_commas():
    assert has_decimal_commas("| < 2,5 ms |") and not has_decimal_commas("| 1,500 ms | a, b |")
    assert checkable("< 1.500 ms", decimal_comma=True) == ("mean < 1500 ms",)


@given(
    st.integers(0, 10**9), st.sampled_from([",", ".", "'", " ", "\u202f", "\u00a0"]), st.integers(1, 99), st.booleans()
)
def test_what_is_written_with_groups_and_decimals_is_read_back(whole, grouping, hundredths, has_decimals):
    decimal = "," if grouping == "." else "."
    grouped = f"{whole:,}".replace(",", grouping)
    written = f"{grouped}{decimal}{hundredths:02}" if has_decimals else grouped
    expected = f"{whole}.{hundredths:02}" if has_decimals else str(whole)
    assert plain_number(written, decimal_comma=grouping == ".") == expected


class Counted(str):
    """Counts the characters that searches look at, by the slices they take."""


def test_long_digits_cost_in_proportion_to_their_length():
    """By the steps of the search, not by time: every digit is the beginning of at most one match."""
    for text in ("1" * 50_000, "1," * 25_000, "1 " * 25_000, "1'" * 25_000):
        assert plain_numbers(text) is None or len(plain_numbers(text)) <= len(text)
        assert checkable(f"{text} ms") == checkable(text) == ()
