"""JUnit XML of a result, for every CI server that shows tests.

SLOWER, FAILED, CHANGED ANSWER and MISSED are failures; what was not measured is an error; UNDECIDED is skipped with a
message, WAIVED with who waived it.
"""

import xml.etree.ElementTree as ElementTree

from boss_perf.report.digest import Digest
from boss_perf.report.row import Outcome, Row
from boss_perf.text import clipped, visible_line

_TEXT_LIMIT_COUNT = 4000
_ELEMENTS = {
    Outcome.FAILURE: "failure",
    Outcome.ERROR: "error",
    Outcome.UNDECIDED: "skipped",
    Outcome.EXCUSED: "skipped",
}


def render_junit(digest: Digest) -> str:
    """The XML document. A run that declared nothing is one error, never an empty green suite."""
    cases = [_case(row) for row in digest.rows] or [_empty_case()]
    totals = {"name": f"boss-perf {digest.kind}", "tests": str(len(cases))}
    for name, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        totals[name] = str(sum(case.find(element) is not None for case in cases))
    totals["time"] = f"{digest.elapsed_s or 0:.3f}"
    root = ElementTree.Element("testsuites", totals)
    suite = ElementTree.SubElement(root, "testsuite", totals)
    properties = ElementTree.SubElement(suite, "properties")
    _property(properties, "title", digest.title)
    _property(properties, "exit_status", str(digest.exit_status))
    for remark in digest.remarks:
        _property(properties, "remark", remark)
    suite.extend(cases)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _case(row: Row) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=_clean(row.path), name=_clean(row.label), time="0")
    properties = ElementTree.SubElement(case, "properties")
    _property(properties, "verdict", row.verdict)
    if row.change:
        _property(properties, "change", row.change)
    if row.resolution:
        _property(properties, "resolution", row.resolution)
    for caveat in row.caveats:
        _property(properties, "caveat", caveat)
    name = _ELEMENTS.get(row.outcome)
    if name is not None:
        message = _clean(f"{row.verdict}: {row.explanation}")
        element = ElementTree.SubElement(case, name, message=message)
        if name != "skipped":
            element.set("type", row.verdict)
            element.text = _clean(f"{message} {row.change}")
    return case


def _empty_case() -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname="boss-perf", name="declared set", time="0")
    ElementTree.SubElement(case, "error", message="nothing was declared, so nothing was proven", type="EMPTY")
    return case


def _property(properties: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(properties, "property", name=name, value=_clean(text))


def _clean(text: str) -> str:
    return clipped(visible_line(text), _TEXT_LIMIT_COUNT)
