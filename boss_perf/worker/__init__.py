"""What runs inside a measured process: standard library and pytest only.

Loaded from the tool's own installation under the name `boss_perf_worker`, never as part of the `boss_perf` a measured
tree may carry, so that the tool can measure its own repository. Modules import each other relatively for that reason.
"""

FIXTURES = frozenset({"benchmark", "benchmark_weave", "codspeed_benchmark", "paired", "trial"})
"""What a test asks for that is a workload."""
MARKERS = frozenset({"benchmark", "codspeed_benchmark"})
"""What makes the whole body of a test one."""
SETTINGS_FILES = (
    "pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg",
)  # fmt: skip
"""Where pytest looks for its configuration."""
