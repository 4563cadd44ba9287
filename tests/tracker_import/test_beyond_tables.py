"""Promises that stand in no table of Markdown: in lists, in tables of HTML, among tags and under front matter."""

import pytest

from boss_perf.errors import TargetsError
from boss_perf.targets.loader import parse_targets
from boss_perf.tracker_import.importer import import_tracker

LISTS = """\
# Performance budgets

## Interaction
- Typing: under 50 ms
- Today: 70 ms
- Feels instant

## Goals
- **API**:
  - p95: 200ms
  - Requests/second: > 1,000
- Export: 2 s for 500 rows
- [ ] write them down

## Guidelines
- Small bundles: < 200 ms to parse
"""
HTML = """\
# Service

<table align="center">
  <tr><th>Endpoint</th><th>Target</th></tr>
  <tr>
    <td><b>GET</b> /a|b</td>
    <td>p95 &lt; 200&nbsp;ms</td>
  </tr>
  <tr><td>POST *x*</td><td>1.5<br>s</td></tr>
</table>
"""


def imported(text):
    tracker = import_tracker(text.encode(), path="tracker.md")
    return tracker, parse_targets(tracker.yaml_text, path="targets.yaml")


def test_a_list_under_a_heading_that_promises_is_read():
    tracker, loaded = imported(LISTS)
    found = [(each.component, each.operation, [one.text for one in each.expectations]) for each in loaded.targets]
    assert found == [
        ("Interaction", "Typing", ["mean < 50 ms"]),
        ("Goals", "API: p95", ["p95 < 200 ms"]),
        ("Goals", "API: Requests/second", ["throughput > 1000 /s"]),
        ("Goals", "Export", ["mean < 2 s"]),
    ]
    assert [guideline.title for guideline in loaded.guidelines] == ["Small bundles"]
    for kept in ("Today 70 ms", "Feels instant", "write them down"):
        assert any(kept in line for line in tracker.yaml_text.splitlines() if line.startswith("#")), kept


MARKED = """\
# Notes

## Performance targets

### Start
- [x] Cold start: < 800ms - **Achieved: 650ms**
- ✅ **Warm start**: at most 90 ms (currently 120 ms)
- Login page < 1.5s on 4G
- Login form — no more than 2 seconds
- Shrink the import from **<55 ms** (now: 62 ms)
- Current: < 9 s

**Rules:**
- Ask before a promise is raised

## Later

**Memory goals**

| Part | Peak memory |
|---|---|
| Index | 20 MB |

Search must meet these p95 limits as its budget:
- one word: 30 ms
"""


def test_a_list_is_read_without_bold_words_and_under_headings_further_up():
    _, loaded = imported(MARKED)
    found = [(each.operation, [one.text for one in each.expectations], each.notes) for each in loaded.targets]
    assert found == [
        ("Cold start", ["mean < 800 ms"], "Status: [x]"),
        ("Warm start", ["mean <= 90 ms"], "Status: ✅"),
        ("Login page", ["mean < 1.5 s"], None),
        ("Login form", ["mean <= 2 s"], None),
        ("Shrink the import from", ["mean < 55 ms"], None),
        ("Index", ["peak_memory < 20 MB"], None),
        ("one word", ["p95 < 30 ms"], None),
    ]
    assert [each.component for each in loaded.targets][-2] == "Memory goals"
    assert loaded.targets[0].wording == "< 800ms - Achieved: 650ms"


def test_a_rule_of_one_sentence_is_a_guideline():
    _, loaded = imported(MARKED)
    assert [(each.title, each.text) for each in loaded.guidelines] == [("Ask before a promise is raised", "")]


def test_what_a_cell_strikes_out_is_no_promise():
    _, loaded = imported("| Page | Target |\n|---|---|\n| A | <del>5 ms</del> 9 ms |\n| B | ~~< 5 ms~~ |\n")
    assert [[one.text for one in each.expectations] for each in loaded.targets] == [["mean < 9 ms"], []]


@pytest.mark.parametrize("heading", ["# Notes\n\n## Results", "# Notes"])
def test_a_list_that_no_heading_calls_a_promise_is_none(heading):
    with pytest.raises(TargetsError, match="no table of a tracker"):
        imported(f"{heading}\n\n- Login: < 200 ms\n- Search: 5 ms\n")


def test_a_table_of_html_is_read():
    tracker, loaded = imported(HTML)
    assert [(target.operation, [each.text for each in target.expectations]) for target in loaded.targets] == [
        ("GET /a|b", ["p95 < 200 ms"]),
        ("POST *x*", ["mean < 1.5 s"]),
    ]
    assert tracker.remarks == ()


def test_a_remark_about_a_table_of_html_names_its_line():
    tracker, _ = imported(HTML.replace("1.5<br>s", "5%"))
    assert tracker.remarks == ('tracker.md:9  "5%" cannot be checked: write expect:',)


def test_what_is_no_whole_table_of_html_stays_as_it_is():
    _, loaded = imported("<table><tr></tr></table>\n<table>\n\n| Page | Target |\n|---|---|\n| Home | 5 ms |\n")
    assert [target.operation for target in loaded.targets] == ["Home"]


def test_tags_in_a_cell_are_not_its_words():
    _, loaded = imported(
        "| Page | Target |\n|---|---|\n| Home<br/>page | <b>5 ms</b><br>p99 |\n| `<b>` List<T> | 1 s |\n"
    )
    assert [(target.operation, target.wording) for target in loaded.targets] == [
        ("Home page", "5 ms p99"),
        ("<b> List<T>", "1 s"),
    ]


def test_front_matter_is_kept_as_a_comment():
    tracker, loaded = imported("---\nid: x-7\n---\n\n# T\n\nAbout.\n\n| Page | Target |\n|---|---|\n| Home | 5 ms |\n")
    assert (loaded.title, loaded.introduction) == ("T", "About.")
    assert tracker.remarks == ("tracker.md:1  front matter has no place in targets.yaml, kept as a comment",)
    assert "# front matter: id: x-7" in tracker.yaml_text
