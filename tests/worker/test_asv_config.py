"""Where asv suites are, and what is taken from their configuration."""

from pathlib import Path

import pytest

from boss_perf.worker.asv_config import AsvConfigError, find_configs, read_config, usable_suites


def written(root: Path, text: str, *, file: str = "asv.conf.json", folder: str = "benchmarks") -> Path:
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(text)
    (root / folder).mkdir(parents=True, exist_ok=True)
    return root


def test_comments_and_trailing_commas_are_read_and_texts_left_alone(tmp_path: Path) -> None:
    text = """{
        // "benchmark_dir": "elsewhere",
        "project_url": "https://example.org/*not*/,]", /* "x": 1, */
        "matrix": {"env": {"A": ["1", "2",],}, "env_nobuild": {"B": "b//b", "PYTHONHASHSEED": ["0"], "C": [null]}},
    }"""
    suite = read_config(str(written(tmp_path, text)), "asv.conf.json")
    assert suite.folder == "benchmarks"
    assert suite.environment == {"A": "1", "B": "b//b"}


def test_the_folder_is_meant_from_the_configuration(tmp_path: Path) -> None:
    written(tmp_path, "{}", file="perf/asv.conf.json", folder="perf/benchmarks")
    written(tmp_path, '{"benchmark_dir": "../speed"}', file="ci/asv.conf.json", folder="speed")
    assert find_configs(str(tmp_path)) == ["ci/asv.conf.json", "perf/asv.conf.json"]
    assert [each.folder for each in usable_suites(str(tmp_path))] == ["speed", "perf/benchmarks"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "no JSON with comments"),
        ("[]", "no object"),
        ('{"benchmark_dir": 3}', "no text"),
        ('{"benchmark_dir": "../outside"}', "no folder inside the tree"),
        ('{"benchmark_dir": "/etc"}', "no folder inside the tree"),
        ('{"benchmark_dir": "."}', "no folder inside the tree"),
        ('{"benchmark_dir": "missing"}', "does not exist"),
        ('{"regressions_thresholds": {"(": 0.1}}', "no ratio"),
        ('{"regressions_thresholds": {"x": "much"}}', "no ratio"),
        ('{"regressions_thresholds": {"x": NaN}}', "no ratio"),
    ],
)
def test_a_broken_configuration_says_what_is_wrong(tmp_path: Path, text: str, why: str) -> None:
    root = str(written(tmp_path, text))
    with pytest.raises(AsvConfigError, match=why):
        read_config(root, "asv.conf.json")
    assert usable_suites(root) == []


def test_the_largest_margin_that_fits_a_name_holds(tmp_path: Path) -> None:
    text = '{"regressions_thresholds": {"a.b.Time": 0.2, "a.b.TimeX.time_it$": 0.4, "time_it": 0.9}}'
    suite = read_config(str(written(tmp_path, text)), "asv.conf.json")
    assert suite.margin_ratio("benchmarks/a/b.py::TimeX::time_it[n=1]") == 0.4
    assert suite.margin_ratio("benchmarks/a/b.py::TimeX::time_other") == 0.2
    assert suite.margin_ratio("benchmarks/c.py::TimeX::time_it") is None
    assert suite.margin_ratio("tests/a/b.py::TimeX::time_it") is None
    assert suite.margin_ratio("benchmarks/__init__.py::time_it") == 0.9
