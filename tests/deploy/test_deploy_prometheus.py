import re
import subprocess
import time

import pytest
from deploy_examples import DEPLOY, HOSTILE, NOW, Panel, panels


@pytest.fixture
def promtool(promtool_program: str):
    """Run promtool beside the deployment's rules."""

    def run(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [promtool_program, *arguments],
            input=text,
            text=True,
            capture_output=True,
            timeout=60,
            cwd=DEPLOY / "prometheus",
        )

    return run


def test_the_exposition_is_sound(promtool, exposition: str) -> None:
    checked = promtool("check", "metrics", text=exposition)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    assert exposition.endswith("\n# EOF\n")
    assert exposition.count("# EOF") == 1


def test_every_name_has_its_base_unit(exposition: str) -> None:
    for name, unit in re.findall(r"^# UNIT (\S+) (\S+)$", exposition, re.MULTILINE):
        assert name.endswith(f"_{unit}") and unit in ("seconds", "bytes", "ratio", "hertz")


def test_values_arrive_in_base_units(prometheus) -> None:
    def value(query: str) -> float:
        (found,) = prometheus("query", query=query)["result"]
        return float(found["value"][1])

    assert value('boss_perf_measured_seconds{target="met"}') == pytest.approx(0.004)
    assert value('boss_perf_bound_seconds{target="met"}') == pytest.approx(0.05)
    assert value('boss_perf_measured_bytes{target="missed"}') == 2e7
    assert value('boss_perf_change_high_ratio{target="compared"}') == pytest.approx(0.33)
    assert value('boss_perf_measured_high_seconds{target="undecided"}') == float("inf")
    assert value('boss_perf_evidence_time_seconds{target="met"}') == NOW.timestamp() - 300
    assert value('boss_perf_load_response_seconds{level="0.5"}') == pytest.approx(0.0015)
    assert value('sum(boss_perf_target_verdict{target="failed"})') == 1


def test_a_hostile_name_arrives_as_it_is_spelt(prometheus) -> None:
    shown = HOSTILE.replace("\ud800", "\\ud800")
    names = {found["metric"]["target"] for found in prometheus("query", query="boss_perf_target")["result"]}
    assert shown in names and len(names) == 8
    (gate,) = prometheus("query", query='boss_perf_gate_verdict{verdict="SLOWER"} == 1')["result"]
    assert gate["metric"]["benchmark"] == shown


@pytest.mark.parametrize("panel", panels("boss-perf-now.json"), ids=lambda panel: panel["title"])
def test_every_panel_has_something_to_show(prometheus, panel: Panel) -> None:
    (asked,) = panel["targets"]
    found = prometheus("query", query=asked["expr"])["result"]
    assert found, asked
    labels = set(re.findall(r"{{(\w+)}}", asked["legendFormat"]))
    assert labels and labels <= set(found[0]["metric"])


def test_the_alerts_of_the_deployment_evaluate_and_accuse_the_right_ones(prometheus) -> None:
    expected = {
        ("PerformanceTargetMissed", "missed"),
        ("PerformanceTargetMissed", "failed"),
        ("PerformanceEvidenceStale", "rate"),
        ("PerformanceGateClosed", None),
    }
    deadline_s = time.monotonic() + 60
    while True:
        rules = prometheus("rules")["groups"][0]["rules"]
        accused = {(rule["name"], alert["labels"].get("target")) for rule in rules for alert in rule["alerts"]}
        is_evaluated = all(rule["health"] == "ok" for rule in rules)
        if (is_evaluated and expected <= accused) or time.monotonic() > deadline_s:
            break
        time.sleep(0.1)
    assert {rule["health"] for rule in rules} == {"ok"}, rules
    assert expected <= accused
    assert not {name for name, target in accused if target == "met"}
    assert "PerformanceExportMissing" not in {name for name, _ in accused}


def test_configuration_rules_and_their_own_tests(promtool) -> None:
    for arguments in (
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "alerts.yml"),
        ("test", "rules", "alerts_test.yml"),
    ):
        done = promtool(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
