import json
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import replace

import jsonschema
import pytest
from builders import HOSTILE_NAME, explanation, item, report
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from boss_perf.errors import ExitStatus
from boss_perf.formats.gate_json import render_json, schema_text
from boss_perf.formats.github import (
    escape_message,
    escape_property,
    render_annotations,
    render_outputs,
)
from boss_perf.formats.gitlab import render_code_quality, render_gitlab_metrics
from boss_perf.formats.junit import render_junit
from boss_perf.formats.markdown import (
    COMMENT_LIMIT_COUNT,
    MARKER,
    SUMMARY_LIMIT_BYTES,
    render_comment,
    render_step_summary,
)
from boss_perf.formats.sarif import render_sarif, repository_path
from boss_perf.model.explanations import AllocationSite, Explanation
from boss_perf.model.gate import GateMetric, GateReport, GateVerdict
from boss_perf.model.verdicts import Judgement, Verdict
from boss_perf.report.digest import digest_of_gate, digest_of_judgements
from boss_perf.report.row import Outcome
from boss_perf.report.terminal import render_digest

COMMAND = re.compile(r"^::(error|warning) (?:file=([^,:]*),line=(\d+)(?:,col=\d+)?,)?title=([^,:]*)::([^\r\n]*)$")
GFM = MarkdownIt("gfm-like")
GFM.linkify.set({"fuzzy_link": False})  # GitHub links `www.` and schemes, not every word with a dot


ALONE = AllocationSite(
    function="shop.f", file="shop.py", line=3, bytes_base=None, bytes_head=9, blocks_base=None, blocks_head=1
)


def schema_validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def hostile(name: str) -> GateReport:
    items = (
        item(name, GateVerdict.SLOWER, name, 1.1, hint=name),
        item(f"a.py::{name}", GateVerdict.UNDECIDED, name),
    )
    return report(items, exit_status=ExitStatus.MISSED, notes=(name,))


def test_every_verdict_has_an_outcome_and_only_open_ones_pass(
    gate_report: GateReport, judgements: tuple[Judgement, ...]
) -> None:
    rows = digest_of_gate(gate_report).rows
    assert {row.verdict for row in rows} == {verdict.value for verdict in GateVerdict}
    for row in rows:
        assert GateVerdict(row.verdict).opens == (row.outcome in (Outcome.PASS, Outcome.EXCUSED))
    targets = digest_of_judgements(judgements, title="x").rows
    assert {row.verdict for row in targets} == {verdict.value for verdict in Verdict}
    assert [row.verdict for row in targets if row.outcome is Outcome.PASS] == ["MET"]
    assert len(rows) == len(gate_report.items)


def test_rows_come_worst_first(gate_report: GateReport) -> None:
    ranks = [list(Outcome).index(row.outcome) for row in digest_of_gate(gate_report).rows]
    assert ranks == sorted(ranks)
    assert ranks[0] == 0


def test_a_tolerated_verdict_is_excused_and_still_shown(judgements: tuple[Judgement, ...]) -> None:
    digest = digest_of_judgements(judgements, title="x", tolerate=("UNDECIDED", "STALE"))
    excused = {row.verdict for row in digest.rows if row.outcome is Outcome.EXCUSED}
    assert excused == {"UNDECIDED", "STALE", "WAIVED"}
    assert all(row.key in render_comment(digest) for row in digest.rows)


def test_json_follows_its_schema(
    gate_report: GateReport, hostile_report: GateReport, empty_report: GateReport, judgements: tuple[Judgement, ...]
) -> None:
    validator = schema_validator()
    for one in (gate_report, hostile_report, empty_report):
        validator.validate(json.loads(render_json(digest_of_gate(one), tool_version="1")))
    digest = digest_of_judgements(judgements, title="BOSS", exit_status=3)
    validator.validate(json.loads(render_json(digest, tool_version="1")))


@pytest.mark.parametrize(
    "cause",
    [
        explanation("t.py::t"),
        Explanation(benchmark="t.py::t", base="", head="", sites=(ALONE,)),
    ],
)
def test_an_explanation_follows_the_schema(cause: Explanation) -> None:
    told = item("t.py::t", GateVerdict.SLOWER, "slower", 1.1, explanation=cause)
    document = json.loads(render_json(digest_of_gate(report((told,), exit_status=3)), tool_version="1"))
    schema_validator().validate(document)
    assert document["items"][0]["explanation"]["ratio_high"] is None


def test_the_schema_refuses_what_the_format_never_says(gate_report: GateReport) -> None:
    validator = schema_validator()
    document = json.loads(render_json(digest_of_gate(gate_report), tool_version="1"))
    without_gate = {key: value for key, value in document.items() if key != "gate"}
    broken = (
        without_gate,
        document | {"kind": "targets"},
        document | {"exit_status": 1},
        document | {"surprise": 1},
        document | {"items": [document["items"][0] | {"verdict": "FINE"}]},
        document | {"items": [document["items"][0] | {"line": 1}]},
    )
    assert not any(validator.is_valid(one) for one in broken)


def test_json_keeps_names_exactly_and_unknown_times_as_null(hostile_report: GateReport) -> None:
    document = json.loads(render_json(digest_of_gate(hostile_report), tool_version="1"))
    assert document["items"][0]["name"] == HOSTILE_NAME
    assert [one["needs_s"] for one in document["items"] if one["verdict"] == "UNDECIDED"] == [None]


def test_junit_counts_agree_with_its_cases(gate_report: GateReport) -> None:
    suite = ElementTree.fromstring(render_junit(digest_of_gate(gate_report))).find("testsuite")
    assert suite is not None
    cases = suite.findall("testcase")
    assert suite.attrib["tests"] == str(len(cases)) == str(len(gate_report.items))
    for name, attribute, count in (("failure", "failures", 5), ("error", "errors", 3), ("skipped", "skipped", 2)):
        assert suite.attrib[attribute] == str(sum(case.find(name) is not None for case in cases)) == str(count)


@given(st.text(max_size=80))
def test_junit_is_well_formed_whatever_the_names(name: str) -> None:
    root = ElementTree.fromstring(render_junit(digest_of_gate(hostile(name))).encode())
    assert Counter(element.tag for element in root.iter())["testcase"] == 2


@given(st.text(max_size=80))
def test_annotations_are_one_command_per_line_whatever_the_names(name: str) -> None:
    lines = render_annotations(digest_of_gate(hostile(name))).split("\n")
    assert [match[1] for match in map(COMMAND.match, lines[:2]) if match] == ["error", "warning"]
    assert lines[2].startswith("boss-perf gate ")
    assert lines[3:] == [""]


def test_workflow_commands_escape_what_ends_them() -> None:
    assert escape_message("5 %\r\n::error::") == "5 %25%0D%0A::error::"
    assert escape_property("a,b:c%\n") == "a%2Cb%3Ac%25%0A"


def test_at_most_ten_errors_and_ten_warnings_then_a_count(crowded_report: GateReport) -> None:
    lines = render_annotations(digest_of_gate(crowded_report)).splitlines()
    assert Counter(line.partition(" ")[0] for line in lines) == {"::error": 10, "::warning": 10, "boss-perf": 1}
    assert "not annotated: 1490 errors, 1490 warnings" in lines[-1]


def test_a_comment_fits_and_says_what_it_left_out(crowded_report: GateReport) -> None:
    comment = render_comment(digest_of_gate(crowded_report))
    assert comment.startswith(f"{MARKER}\n")
    assert len(comment.encode("utf-16-le")) // 2 <= COMMENT_LIMIT_COUNT
    shown = comment.count("\n| 🔴") + comment.count("\n| 🟡")
    assert shown > 5
    assert f"… {3000 - shown} more rows left out" in comment


def test_a_comment_of_long_hostile_remarks_fits() -> None:
    texts = tuple("\U000e0041&$<b" * 500 for _ in range(100))
    crowd = tuple(item(text, GateVerdict.SLOWER, text) for text in texts)
    digest = digest_of_gate(report(crowd, exit_status=3, notes=texts, disturbances=texts))
    comment = render_comment(digest)
    assert len(comment.encode("utf-16-le")) // 2 <= COMMENT_LIMIT_COUNT
    assert "more remarks" in comment
    assert "more rows left out" in comment


def test_a_step_summary_fits(crowded_report: GateReport) -> None:
    summary = render_step_summary(digest_of_gate(crowded_report))
    assert SUMMARY_LIMIT_BYTES // 2 < len(summary.encode()) <= SUMMARY_LIMIT_BYTES
    assert "more rows left out" in summary


@given(st.text(max_size=80))
def test_a_comment_holds_no_markup_of_strangers(name: str) -> None:
    tokens = GFM.parse(render_comment(digest_of_gate(hostile(name))))
    assert [token.content for token in tokens if token.type == "html_block"] == [f"{MARKER}\n"]
    inline = {child.type for token in tokens for child in token.children or ()}
    assert inline <= {"text", "text_special", "code_inline"}
    assert sum(token.type == "tr_open" for token in tokens) == 3
    assert sum(token.type == "td_open" for token in tokens) == 10


def test_outputs_hold_only_words_of_ours(hostile_report: GateReport) -> None:
    for line in render_outputs(digest_of_gate(hostile_report)).splitlines():
        assert re.fullmatch(r"[a-z-]+=(open|closed|\d+)", line)


def test_fingerprints_stay_when_figures_lines_and_verdicts_move(gate_report: GateReport) -> None:
    def fingerprints(one: GateReport) -> dict[str, str]:
        results = json.loads(render_sarif(digest_of_gate(one), tool_version="1"))["runs"][0]["results"]
        return {
            result["message"]["text"].partition(": ")[0]: result["partialFingerprints"]["bossPerfFinding/v1"]
            for result in results
        }

    moved = report(
        tuple(item(one.benchmark, GateVerdict.FAILED, "other", metric=one.metric) for one in gate_report.items),
        exit_status=3,
    )
    before, after = fingerprints(gate_report), fingerprints(moved)
    assert len(set(before.values())) == len(before) == 10
    assert before.items() <= after.items()


def test_sarif_rules_and_levels(gate_report: GateReport) -> None:
    run = json.loads(render_sarif(digest_of_gate(gate_report), tool_version="1"))["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    levels = {result["ruleId"]: result["level"] for result in run["results"]}
    assert levels["boss-perf/slower"] == levels["boss-perf/removed"] == "error"
    assert levels["boss-perf/undecided"] == "warning"
    waived = [result for result in run["results"] if result["ruleId"] == "boss-perf/waived"]
    assert waived[0]["level"] == "note"
    assert waived[0]["suppressions"][0]["justification"].endswith("by Ada: pays for correctness")


def test_sarif_messages_hold_no_links_or_placeholders(hostile_report: GateReport) -> None:
    document = json.loads(render_sarif(digest_of_gate(hostile_report), tool_version="1"))
    for result in document["runs"][0]["results"]:
        assert "](" not in result["message"]["text"]
        assert not re.search(r"(?<!\{)\{\d+\}(?!\})", result["message"]["text"])
        assert re.fullmatch(r"[\w./%~-]+", result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x.py", "a/../../x.py", "C:\\x.py", "..\\x", "https://evil", "", "."]
)
def test_paths_outside_the_repository_are_not_linked(path: str) -> None:
    assert repository_path(path) == "targets.yaml"


def test_paths_inside_the_repository_are_kept() -> None:
    assert repository_path("./bench\\ä b.py") == "bench/ä b.py"


@given(st.text(max_size=400))
def test_metrics_are_one_sample_per_line_whatever_the_names(name: str) -> None:
    lines = render_gitlab_metrics(digest_of_gate(hostile(name))).split("\n")
    assert lines[-2:] == ["# EOF", ""]
    sample = re.compile(r'boss_perf_\w+(\{(\w+="(\\[\\"]|[^"\\])*",?)+\})? [\d.]+')
    samples = [line for line in lines[:-2] if not line.startswith("# ")]
    assert all(sample.fullmatch(line) for line in samples)
    assert len(samples) == len(set(samples)) == 4


def test_metrics_do_not_change_with_noise() -> None:
    def metrics(ratio: float) -> str:
        items = (item("a.py::b", GateVerdict.NOT_SLOWER, "", ratio),)
        return render_gitlab_metrics(digest_of_gate(report(items, exit_status=0)))

    assert metrics(1.012) == metrics(0.987) == metrics(1.0)
    assert metrics(1.012) != metrics(1.07)


def test_long_names_that_differ_late_keep_their_own_series() -> None:
    items = tuple(item(f"a.py::{'x' * 400}{end}", GateVerdict.NOT_SLOWER, "", 1.0) for end in "ab")
    metrics = render_gitlab_metrics(digest_of_gate(report(items, exit_status=0)))
    assert metrics.count("\nboss_perf_verdict{") == 2


def test_code_quality_lists_what_is_not_in_order(gate_report: GateReport) -> None:
    issues = json.loads(render_code_quality(digest_of_gate(gate_report)))
    assert Counter(issue["severity"] for issue in issues) == {"critical": 5, "major": 3, "minor": 1, "info": 1}
    assert issues[0]["location"] == {"path": "targets.yaml", "lines": {"begin": 41}}
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_the_terminal_shows_every_item_on_demand_and_keeps_its_width(gate_report: GateReport) -> None:
    text = render_digest(digest_of_gate(gate_report), width_count=80, shows_all=True)
    assert max(map(len, text.splitlines())) <= 80
    assert sum(line.startswith("  ") for line in text.splitlines()) >= len(gate_report.items)
    assert "\x1b" not in text
    assert "\x1b[" in render_digest(digest_of_gate(gate_report), is_colored=True)


def test_a_gate_of_sixteen_benchmarks_ends_in_twenty_lines_with_absolute_times() -> None:
    passed = [item(f"t.py::test_{number}", GateVerdict.NOT_SLOWER, "", 1.0) for number in range(14)]
    items = (
        item("t.py::test_x", GateVerdict.SLOWER, "", 1.021, is_confirmed=True),
        *passed,
        item("t.py::y", GateVerdict.NEW, ""),
    )
    memory = tuple(replace(each, metric=GateMetric.MEMORY, verdict=GateVerdict.NOT_SLOWER) for each in items)
    lines = render_digest(digest_of_gate(report((*items, *memory), exit_status=3)), width_count=120).splitlines()
    assert len(lines) <= 20
    assert any("SLOWER   test_x   1.25 → 1.28 ms, +2.1 % (+1.5 … +2.7)   confirmed" in line for line in lines)
    assert lines[-2:] == ["14 not slower · 1 new · memory unchanged", "gate closed (3): 1 slower"]


@given(st.text(max_size=120))
def test_no_name_starts_a_line_or_moves_the_cursor_of_a_terminal(name: str) -> None:
    for line in render_digest(digest_of_gate(hostile(name)), width_count=60).splitlines():
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
        assert not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in line)


def test_no_items_is_said_to_be_nothing(empty_report: GateReport) -> None:
    assert "gate closed (4): nothing was declared" in render_digest(digest_of_gate(empty_report))
    assert "error" in render_junit(digest_of_gate(empty_report))
    assert "::error" in render_annotations(digest_of_gate(empty_report))
