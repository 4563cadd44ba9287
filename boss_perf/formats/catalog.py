"""Every format by the name a command line gives it; each takes a sheet and gives the text of one file."""

from collections.abc import Callable

from boss_perf.formats.bencher import render_bencher
from boss_perf.formats.comment import render_comment
from boss_perf.formats.finding_sheet import FindingSheet
from boss_perf.formats.github import render_annotations, render_outputs, render_step_summary
from boss_perf.formats.github_action_benchmark import render_github_action_benchmark
from boss_perf.formats.gitlab import render_code_quality, render_gitlab_metrics
from boss_perf.formats.junit import render_junit
from boss_perf.formats.sarif import render_sarif

FORMAT_NAMES = (
    "annotations",
    "bencher",
    "code-quality",
    "comment",
    "github-action-benchmark",
    "gitlab-metrics",
    "junit",
    "outputs",
    "sarif",
    "step-summary",
)


def renderer(name: str, *, tool_version: str) -> Callable[[FindingSheet], str]:
    """The renderer of one of `FORMAT_NAMES`; KeyError for another name."""
    renderers: dict[str, Callable[[FindingSheet], str]] = {
        "annotations": render_annotations,
        "bencher": render_bencher,
        "code-quality": render_code_quality,
        "comment": render_comment,
        "github-action-benchmark": render_github_action_benchmark,
        "gitlab-metrics": render_gitlab_metrics,
        "junit": render_junit,
        "outputs": render_outputs,
        "sarif": lambda sheet: render_sarif(sheet, tool_version=tool_version),
        "step-summary": render_step_summary,
    }
    return renderers[name]
