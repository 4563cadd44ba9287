"""Twenty components asked how they are: each takes 10 ms, one is failing and one hangs until its time-out of 50 ms.

Cold: everything is asked. Warm: everything was asked less than 60 s before, on a clock that the workload holds still.
The baseline is named in each test, because it decides the figure: against the composer, which asks one after the other
until one fails, asking at once wins most; against `check_all`, which gathers already, nothing.
"""

import asyncio

import pytest
from cachetools import TTLCache

from boss_perf.resolvers.health import GatherHealth, OptimizedHealth, SequentialHealth
from boss_perf.resolvers.mastery import VirtualTimeLoop
from boss_perf.resolvers.protocol import Task

COMPONENT_COUNT = 20
PROBE_S = 0.010
TIMEOUT_S = 0.050

COLD = Task("check", {"operation": "check_all", "is_fresh": True})
WHETHER = Task("check", {"operation": "is_healthy", "is_fresh": True})
WARM = Task("check", {"operation": "check_all"})


async def healthy():
    await asyncio.sleep(PROBE_S)
    return True


async def failing():
    await asyncio.sleep(PROBE_S)
    raise ConnectionError("refused")


async def hanging():
    await asyncio.Event().wait()


PROBES = {f"component {number:02}": healthy for number in range(COMPONENT_COUNT)}
PROBES |= {"component 07": failing, "component 13": hanging}


def same_verdicts(left, right):
    for each in (left, right):
        assert each.is_success, each.message
        assert (each.output_data["healthy"], each.output_data["unhealthy"]) == (COMPONENT_COUNT - 2, 2)
    return left.output_data == right.output_data


@pytest.fixture
def optimized():
    """Asks on the loop of the measurement; the clock of its memory stands still."""
    resolver = OptimizedHealth(PROBES, timeout_s=TIMEOUT_S, clock=lambda: 0.0)
    loops = []

    async def check(task):
        if not loops:
            loops.append(asyncio.get_running_loop())
        return await resolver.resolve(task)

    yield check
    for loop in loops:
        loop.run_until_complete(resolver.close())
    assert resolver.stray_count == 0


def same_answer(left, right):
    for each in (left, right):
        assert each.is_success, each.message
    return left.output_data == right.output_data


def test_cold_against_composer(paired, optimized):
    """One op: whether all twenty are healthy. The baseline ends with the first failure, the eighth it asks."""
    baseline = SequentialHealth(PROBES, timeout_s=TIMEOUT_S)
    paired(baseline=baseline.resolve, optimized=optimized, inputs=[WHETHER], agree=same_answer)


def test_cold_against_composer_all_healthy(paired):
    """One op: whether all twenty are healthy, and all are, so the baseline asks them all."""
    probes = dict.fromkeys(PROBES, healthy)
    baseline = SequentialHealth(probes, timeout_s=TIMEOUT_S)
    loops, fast = [], OptimizedHealth(probes, timeout_s=TIMEOUT_S, clock=lambda: 0.0)

    async def check(task):
        loops[:] = [asyncio.get_running_loop()]
        return await fast.resolve(task)

    paired(baseline=baseline.resolve, optimized=check, inputs=[WHETHER], agree=same_answer)
    for loop in loops:
        loop.run_until_complete(fast.close())


def test_verdicts_against_composer(paired, optimized):
    """One op: the baseline finds out whether all are healthy, the optimized arm waits for all twenty verdicts."""
    baseline = SequentialHealth(PROBES, timeout_s=TIMEOUT_S)

    async def first_failure(_task):
        return await baseline.resolve(WHETHER)

    paired(
        baseline=first_failure,
        optimized=optimized,
        inputs=[COLD],
        agree=lambda one, all_: one.output_data["healthy"] == (all_.output_data["unhealthy"] == 0),
    )


def test_cold_against_gather(paired, optimized):
    """One op: all twenty asked. The baseline gathers, as `HealthCheckResolver.check_all` does: nothing to gain."""
    baseline = GatherHealth(PROBES, timeout_s=TIMEOUT_S)
    paired(baseline=baseline.resolve, optimized=optimized, inputs=[COLD], agree=same_verdicts)


def test_warm_against_gather(paired, optimized):
    """One op: all twenty verdicts. The baseline gathers, because it remembers nothing; the optimized arm remembers."""
    baseline = GatherHealth(PROBES, timeout_s=TIMEOUT_S)
    paired(baseline=baseline.resolve, optimized=optimized, inputs=[WARM], agree=same_verdicts)


def test_warm_overhead(paired, optimized):
    """One op: all twenty verdicts; the first arm takes them from a `cachetools.TTLCache`, where entries expire too."""
    known = TTLCache(maxsize=50, ttl=60, timer=lambda: 0.0)
    for name in PROBES:
        known[name] = name not in ("component 07", "component 13")

    def bare(_task):
        return {name: {"healthy": known[name]} for name in PROBES}

    def same_health(raw, result):
        found = {name: each["healthy"] for name, each in result.output_data["results"].items()}
        return found == {name: each["healthy"] for name, each in raw.items()}

    paired(baseline=bare, optimized=optimized, inputs=[WARM], agree=same_health)


def virtual_seconds(resolver, task):
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        result = runner.run(resolver.resolve(task))
        assert result.output_data["unhealthy"] == 2, result.message
        return runner.get_loop().time()


def cold_check():
    return virtual_seconds(OptimizedHealth(PROBES, timeout_s=TIMEOUT_S, clock=lambda: 0.0), COLD)


def test_cold_virtual(benchmark):
    """One op: all twenty asked on a clock that jumps, so that only the asking itself costs time.

    `slowest_ratio` is the time of the check over that of its slowest probe, `sequential_ratio` and `gather_ratio` are
    over the time of the two baselines; all exact.
    """
    cold_s = cold_check()
    benchmark.extra_info["slowest_ratio"] = cold_s / TIMEOUT_S
    for name, kind in (("sequential_ratio", SequentialHealth), ("gather_ratio", GatherHealth)):
        benchmark.extra_info[name] = cold_s / virtual_seconds(kind(PROBES, timeout_s=TIMEOUT_S), COLD)
    assert benchmark(cold_check) == pytest.approx(TIMEOUT_S)
