"""What other programs read of a result, by who reads it: a digest in, the text of one file out, no effect.

`FORMATS` has all by the name a command line gives them, `gate_json` has the whole, `markdown` what people read in a
pull request.
"""

from collections.abc import Callable, Mapping

from boss_perf.formats.charts import render_bencher, render_github_action_benchmark
from boss_perf.formats.gate_json import render_json
from boss_perf.formats.github import render_annotations, render_outputs
from boss_perf.formats.gitlab import render_code_quality, render_gitlab_metrics
from boss_perf.formats.junit import render_junit
from boss_perf.formats.markdown import render_comment, render_step_summary
from boss_perf.formats.openmetrics import render_openmetrics
from boss_perf.formats.sarif import render_sarif
from boss_perf.report.digest import Digest

FORMATS: Mapping[str, Callable[[Digest], str]] = {
    "json": render_json,
    "annotations": render_annotations,
    "bencher": render_bencher,
    "code-quality": render_code_quality,
    "comment": render_comment,
    "github-action-benchmark": render_github_action_benchmark,
    "gitlab-metrics": render_gitlab_metrics,
    "junit": render_junit,
    "openmetrics": render_openmetrics,
    "outputs": render_outputs,
    "sarif": render_sarif,
    "step-summary": render_step_summary,
}
"""The renderer of each format."""
