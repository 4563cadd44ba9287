"""Judgements, a gate and load runs as OpenMetrics text for Prometheus, in base units: seconds, bytes, ratios, hertz.

Only gauges, and no name that an OpenMetrics type reserves: the older Prometheus text format (Pushgateway, the node
exporter's text files) reads the same bytes. Samples carry no time of their own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from boss_perf.model.estimates import Estimate
from boss_perf.model.gate import GateReport, GateVerdict
from boss_perf.model.samples import Pass, Reading, Sample
from boss_perf.model.targets import Budget, Change
from boss_perf.model.units import Unit
from boss_perf.model.verdicts import Judgement, Status, Verdict
from boss_perf.report.digest import Digest

_SUFFIX = {Unit.NANOSECONDS: "seconds", Unit.BYTES: "bytes", Unit.PER_SECOND: "hertz", Unit.RATIO: "ratio"}
_COUNT_SUFFIX = "number"
_UNITS = ("seconds", "bytes", "hertz", "ratio")
_SCALE = {Unit.NANOSECONDS: 1e-9}
_QUANTILES = (0.5, 0.9, 0.95, 0.99)


@dataclass(slots=True)
class Exposition:
    """Families in the order of their first sample, each with its samples together as the format demands."""

    families: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, name: str, help_text: str, value: float | str, /, **labels: str) -> None:
        """One sample; a value that is text already stands as it is."""
        pairs = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        if name not in self.families:
            unit = name.rsplit("_", 1)[1]
            unit_line = f"# UNIT {name} {unit}\n" if unit in _UNITS else ""
            self.families[name] = {"": f"# TYPE {name} gauge\n{unit_line}# HELP {name} {_escaped(help_text)}"}
        series = f"{name}{{{pairs}}}" if pairs else name
        self.families[name].setdefault(series, f"{series} {value if isinstance(value, str) else _number(value)}")

    def text(self) -> str:
        """The whole, as the format ends."""
        lines = [line for family in self.families.values() for line in family.values()]
        return "\n".join([*lines, "# EOF", ""])


def render_openmetrics(digest: Digest, *, loads: Sequence[Sample] = ()) -> str:
    """The whole exposition, ending in `# EOF`; load runs are in what `export` writes.

    Each target has a sample for every verdict, 0 or 1, so that none just vanishes. Of two samples with one name and one
    set of labels the first stands, as Prometheus refuses a page with both.
    """
    exposition = Exposition()
    for judgement in digest.judgements:
        _add_judgement(exposition, judgement, digest.project)
    if digest.gate is not None:
        _add_gate(exposition, digest.gate, digest.project)
    for sample in loads:
        if sample.phase is Pass.LOAD and sample.failure is None:
            _add_load(exposition, sample, digest.project)
    return exposition.text()


def _add_judgement(out: Exposition, judgement: Judgement, project: str) -> None:
    target = judgement.target
    key = {"project": project, "target": target.id}
    out.add(
        "boss_perf_target", "1 for each promise, with what people call it.", 1, **key,
        name=target.name, section=target.section.value, component=target.component or "", owner=target.owner or "",
    )  # fmt: skip
    for verdict in Verdict:
        text = "1 at the verdict in which a target ended, 0 at the others."
        out.add("boss_perf_target_verdict", text, verdict is judgement.verdict, **key, verdict=verdict.value)
    for status in Status:
        text = "1 at the status of a target, 0 at the others."
        out.add("boss_perf_target_status", text, status is judgement.status, **key, status=status.value)
    out.add("boss_perf_target_caveats", "How many doubts travel with a target.", len(judgement.caveats), **key)
    if judgement.evidence is not None:
        text = "When the evidence of a target was measured, since 1970."
        out.add("boss_perf_evidence_time_seconds", text, judgement.evidence.measured_at.timestamp(), **key)
    for finding in judgement.findings:
        labels = {**key, "expectation": finding.expectation.text}
        if finding.comparison is not None:
            _add_estimate(out, "boss_perf_change", "New over old of the cost", finding.comparison.ratio, labels)
        elif finding.estimate is not None:
            _add_estimate(out, "boss_perf_measured", "The judged number", finding.estimate, labels)
        _add_bound(out, finding.expectation, labels)


def _add_estimate(out: Exposition, stem: str, what: str, estimate: Estimate, labels: dict[str, str]) -> None:
    suffix, scale = _SUFFIX.get(estimate.unit, _COUNT_SUFFIX), _SCALE.get(estimate.unit, 1.0)
    out.add(f"{stem}_{suffix}", f"{what} of an expectation.", estimate.value * scale, **labels)
    out.add(f"{stem}_low_{suffix}", f"{what}: lower bound.", estimate.low * scale, **labels)
    out.add(f"{stem}_high_{suffix}", f"{what}: upper bound.", estimate.high * scale, **labels)


def _add_bound(out: Exposition, expectation: object, labels: dict[str, str]) -> None:
    if isinstance(expectation, Budget):
        suffix, scale = _SUFFIX.get(expectation.unit, _COUNT_SUFFIX), _SCALE.get(expectation.unit, 1.0)
        out.add(f"boss_perf_bound_{suffix}", "What an expectation allows.", expectation.bound * scale, **labels)
    elif isinstance(expectation, Change):
        text = "What a relative expectation allows, new over old of the cost."
        out.add("boss_perf_change_bound_ratio", text, expectation.cost_limit_ratio, **labels)


def _add_gate(out: Exposition, gate: GateReport, project: str) -> None:
    for item in gate.items:
        key = {"project": project, "benchmark": item.benchmark, "metric": item.metric.value}
        for verdict in GateVerdict:
            text = "1 at the verdict of a gated benchmark, 0 at the others."
            out.add("boss_perf_gate_verdict", text, verdict is item.verdict, **key, verdict=verdict.value)
        if item.comparison is not None:
            _add_estimate(out, "boss_perf_gate", "Head over base", item.comparison.ratio, key)
    base, head = (side.commit or side.name for side in (gate.base, gate.head))
    labels = {"project": project, "base": base, "head": head}
    out.add("boss_perf_gate_exit_status", "0 when the gate is open.", gate.exit_status, **labels)
    if gate.resolution_ratio is not None:
        text = "The smallest change the machine could show."
        out.add("boss_perf_gate_resolution_ratio", text, gate.resolution_ratio, **labels)


def _add_load(out: Exposition, sample: Sample, project: str) -> None:
    key = {"project": project, "workload": sample.workload}
    facts = dict(sample.facts)
    for fact, name, text in (
        ("users", "boss_perf_load_users", "Users that ran at once in the newest load run."),
        ("throughput", "boss_perf_load_throughput_hertz", "Answered requests per second."),
        ("failures", "boss_perf_load_failures_ratio", "Failed requests over all."),
        ("generator_busy_ratio", "boss_perf_load_generator_busy_ratio", "CPU over wall time of the busiest worker."),
    ):
        if fact in facts:
            out.add(name, text, facts[fact], **key)
    times_ns = sorted(sample.values("answered", Reading.WALL_NS))
    text = "Raw response times of answered requests at a quantile."
    for level in _QUANTILES if times_ns else ():
        value_ns = times_ns[min(len(times_ns) - 1, int(level * len(times_ns)))]
        out.add("boss_perf_load_response_seconds", text, value_ns * 1e-9, **key, level=f"{level:g}")


def _number(value: float) -> str:
    """A float as Go reads it back to the same bits."""
    if math.isnan(value):
        return "NaN"
    return repr(float(value)) if math.isfinite(value) else "+Inf" if value > 0 else "-Inf"


def _escaped(text: str) -> str:
    """Label and help text: backslash, quote and line feed escaped, lone surrogates spelt out."""
    encodable = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return encodable.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
