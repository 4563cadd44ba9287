"""Hand-built values that several tests need."""

import math

from boss_perf.model.estimates import Clock, Comparison, Estimate
from boss_perf.model.explanations import ChangedLine, Explanation, FunctionShare, Stack
from boss_perf.model.gate import GateItem, GateMetric, GateReport, GateVerdict, Side
from boss_perf.model.runs import Fingerprint
from boss_perf.model.units import Unit

HOSTILE_NAME = (
    "bench/test_x.py::test_a[<img src=x>|`@everyone` #1 [a](https://evil.example) \x1b[31m%0A::error::x\r\n"
    "::add-mask::y \u202e]]> \ud800 ##[set-env name=x] & <!-- boss-perf --> {0} \\ \"q\" 'q' www.evil.example]"
)
HOSTILE_REASON = (
    "AssertionError: <script>alert(1)</script>\n\n# heading | cell\n::warning::evil \x00\ufffe @team fixes #2"
)
MACHINE = Fingerprint(
    "3f2a", "Example CPU, 2 cores, Linux 6.1, CPython 3.11.9", (("cpu", "Example CPU"), ("turbo", None))
)


def explanation(benchmark: str, *, base: str = "baseline", head: str = "optimized", name: str = "scan") -> Explanation:
    """One function answers for all; the stacks have a frame in both, one only in base and one only in head."""
    return Explanation(
        benchmark=benchmark, base=base, head=head, ratio=0.5, ratio_low=0.45, ratio_high=math.inf,
        functions=(
            FunctionShare(
                function=f"shop.{name}", file="shop.py", line=6, calls_base=400.0, calls_head=1.0, share_ratio=-0.5,
                share_low_ratio=-0.55, share_high_ratio=-0.45, is_edited=True, details=(f"calls {name} 4 → 1 times",),
                lines=(ChangedLine(7, f"return {name}(each)", 0.25),),
            ),
        ),
        stacks=(Stack(("root", name), 30, 10), Stack(("root", "old"), 30, 0), Stack(("root", "new"), 0, 20)),
    )  # fmt: skip


def estimate(value: float, unit: Unit, *, spread_ratio: float = 0.01) -> Estimate:
    return Estimate(
        value=value,
        low=value * (1 - spread_ratio),
        high=value * (1 + spread_ratio),
        unit=unit,
        confidence_ratio=0.95,
        count=640,
        forks=8,
    )


def comparison(ratio: float, *, unit: Unit = Unit.NANOSECONDS, base: float = 1_250_000.0) -> Comparison:
    return Comparison(
        ratio=estimate(ratio, Unit.RATIO, spread_ratio=0.006),
        baseline=estimate(base, unit),
        candidate=estimate(base * ratio, unit),
        clock=Clock.BYTES if unit is Unit.BYTES else Clock.CPU,
        resolution_ratio=0.006,
        pairs=320,
        fork_log_ratios=(0.01, 0.02, -0.01),
    )


def item(name: str, verdict: GateVerdict, reason: str, ratio: float | None = None, **more: object) -> GateItem:
    values: dict[str, object] = {
        "benchmark": name,
        "metric": GateMetric.TIME,
        "verdict": verdict,
        "reason": reason,
        "margin_ratio": 0.03,
        "comparison": None if ratio is None else comparison(ratio),
    }
    return GateItem(**(values | more))  # type: ignore[arg-type]


def report(items: tuple[GateItem, ...], *, exit_status: int, **more: object) -> GateReport:
    values: dict[str, object] = {
        "base": Side("origin/main", "a" * 40),
        "head": Side("HEAD", "b" * 40, is_dirty=True),
        "items": items,
        "fingerprint": MACHINE,
        "resolution_ratio": 0.004,
        "disturbances": ("load 3.1 on 2 cores",),
        "false_alarm_ratio": 0.01,
        "elapsed_s": 93.4,
        "exit_status": exit_status,
        "notes": ("2 benchmarks were confirmed in fresh forks",),
    }
    return GateReport(**(values | more))  # type: ignore[arg-type]
