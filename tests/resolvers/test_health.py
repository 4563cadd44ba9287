import asyncio
import functools
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss_perf.resolvers.health import GatherHealth, OptimizedHealth, SequentialHealth
from boss_perf.resolvers.mastery import VirtualTimeLoop
from boss_perf.resolvers.protocol import Resolver, ResolverMetadata, Task, TaskStatus

ARMS = {"sequential": SequentialHealth, "gather": GatherHealth, "optimized": OptimizedHealth}


@pytest.fixture(params=sorted(ARMS))
def kind(request):
    return ARMS[request.param]


class Probe:
    """Waits, then answers or raises what it is told to; counts how often it was asked."""

    def __init__(self, answer=True, *, latency_s=0.0):
        self.answer = answer
        self.latency_s = latency_s
        self.asked_count = 0

    async def ask(self):
        self.asked_count += 1
        await asyncio.sleep(self.latency_s)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def check(resolver, operation="check_all", **more):
    return await resolver.resolve(Task("t", {"operation": operation, **more}))


def in_virtual_time(body):
    """What the body answers, and how many virtual seconds it took."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        answer = runner.run(body)
        return answer, round(runner.get_loop().time(), 6)


def verdicts(probes, kind, **options):
    named = {str(number): probe for number, probe in enumerate(probes)}
    result, elapsed_s = in_virtual_time(check(kind(named, **options)))
    assert result.is_success, result.message
    return result.output_data, elapsed_s


def test_only_true_is_healthy(kind):
    probes = [Probe(each).ask for each in (True, False, None, 1, "fine", {"status": "down"}, [True])]
    output, _ = verdicts(probes, kind)
    assert [each["healthy"] for each in output["results"].values()] == [True, *[False] * 6]
    assert output["results"]["5"]["reason"] == "answered {'status': 'down'}"
    assert (output["total"], output["healthy"], output["unhealthy"]) == (7, 1, 6)


def test_a_failing_and_a_hanging_component_are_unhealthy_and_the_others_are_not(kind):
    probes = [Probe().ask, Probe(ConnectionError("refused")).ask, Probe(latency_s=1e9).ask, Probe().ask]
    output, _ = verdicts(probes, kind, timeout_s=2)
    assert [each["healthy"] for each in output["results"].values()] == [True, False, False, True]
    assert output["results"]["1"]["reason"] == "ConnectionError: refused"
    assert output["results"]["2"]["reason"] == "timeout"


def test_a_probe_that_times_out_by_itself_is_unhealthy(kind):
    output, _ = verdicts([Probe(TimeoutError()).ask], kind)
    assert output["unhealthy"] == 1


@pytest.mark.parametrize(
    ("kind_of_arm", "elapsed_s"), [(SequentialHealth, 23), (GatherHealth, 5), (OptimizedHealth, 5)]
)
def test_how_long_a_cold_check_takes(kind_of_arm, elapsed_s):
    probes = [Probe(latency_s=1).ask for _ in range(18)] + [Probe(latency_s=1e9).ask]
    assert verdicts(probes, kind_of_arm, timeout_s=5)[1] == elapsed_s


def test_no_more_probes_at_once_than_allowed():
    probes = [Probe(latency_s=1).ask for _ in range(7)]
    output, elapsed_s = verdicts(probes, OptimizedHealth, max_concurrency=2, timeout_s=1.5)
    assert output["healthy"] == 7
    assert elapsed_s == 4


def test_health_is_remembered_for_its_time_and_no_longer():
    now_s, probe = [0.0], Probe()
    resolver = OptimizedHealth({"a": probe.ask}, healthy_ttl_s=60, clock=lambda: now_s[0])
    for moment_s, asked_count in [(0, 1), (59.9, 1), (60, 2), (119.9, 2), (120, 3)]:
        now_s[0] = moment_s
        in_virtual_time(check(resolver))
        assert probe.asked_count == asked_count
    in_virtual_time(check(resolver, is_fresh=True))
    assert probe.asked_count == 4
    in_virtual_time(check(resolver, "check_resolver", name="a"))
    assert probe.asked_count == 4


def test_a_failure_is_never_remembered_as_health_and_recovery_is_seen_soon():
    now_s, probe = [0.0], Probe(ConnectionError("refused"))
    resolver = OptimizedHealth({"a": probe.ask}, healthy_ttl_s=60, failure_ttl_s=5, clock=lambda: now_s[0])
    for moment_s, is_healthy, asked_count in [(0, False, 1), (4.9, False, 1), (5, True, 2), (64.9, True, 2)]:
        now_s[0] = moment_s
        probe.answer = ConnectionError("refused") if moment_s < 4 else True
        result, _ = in_virtual_time(check(resolver, "check_resolver", name="a"))
        assert (result.output_data["healthy"], probe.asked_count) == (is_healthy, asked_count)


def test_a_component_that_fails_later_is_seen_when_its_health_is_forgotten():
    now_s, probe = [0.0], Probe()
    resolver = OptimizedHealth({"a": probe.ask}, clock=lambda: now_s[0])
    assert in_virtual_time(check(resolver))[0].output_data["healthy"] == 1
    probe.answer, now_s[0] = False, 60.0
    assert in_virtual_time(check(resolver))[0].output_data["healthy"] == 0


def test_checks_at_the_same_time_share_one_question():
    probe = Probe(latency_s=1)
    resolver = OptimizedHealth({"a": probe.ask})

    async def body():
        return await asyncio.gather(*(check(resolver, is_fresh=True) for _ in range(10)))

    results, elapsed_s = in_virtual_time(body())
    assert probe.asked_count == 1
    assert all(result.output_data["healthy"] == 1 for result in results)
    assert elapsed_s == 1


def test_a_cancelled_check_does_not_spoil_another_and_leaves_nothing():
    probe = Probe(latency_s=1)
    resolver = OptimizedHealth({"a": probe.ask})

    async def body():
        first, second = (asyncio.create_task(check(resolver)) for _ in range(2))
        await asyncio.sleep(0.5)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        result = await second
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return result

    result, elapsed_s = in_virtual_time(body())
    assert result.output_data["healthy"] == 1
    assert elapsed_s == 1


def test_cancelling_a_baseline_leaves_nothing(kind):
    async def body():
        resolver = kind({"a": Probe(latency_s=50).ask}, timeout_s=100)
        checking = asyncio.create_task(check(resolver))
        await asyncio.sleep(1)
        checking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await checking
        await resolver.close()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    in_virtual_time(body())


def test_a_time_out_holds_against_a_probe_that_ignores_cancellation():
    asked = []

    async def stubborn():
        asked.append(1)
        for _ in range(20):
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                continue
        return True

    resolver = OptimizedHealth({"a": stubborn, "b": Probe().ask}, timeout_s=2, failure_ttl_s=0)

    async def body():
        loop = asyncio.get_running_loop()
        first = await check(resolver)
        assert loop.time() == 2
        assert first.output_data["results"] == {
            "a": {"healthy": False, "reason": "timeout"}, "b": {"healthy": True, "reason": ""}
        }  # fmt: skip
        assert resolver.stray_count == 1
        second = await check(resolver)
        assert loop.time() == 2
        assert second.output_data["results"]["a"]["reason"] == "timeout: an earlier check still runs"
        assert len(asked) == 1
        await asyncio.sleep(30)
        assert resolver.stray_count == 0
        await check(resolver)
        assert len(asked) == 2
        await asyncio.sleep(30)

    in_virtual_time(body())


def test_a_plain_function_that_blocks_does_not_hold_up_the_others():
    release = threading.Event()
    resolver = OptimizedHealth({"blocked": release.wait, "free": lambda: True}, timeout_s=0.05, failure_ttl_s=0)

    async def body():
        first = await check(resolver)
        assert [each["healthy"] for each in first.output_data["results"].values()] == [False, True]
        assert resolver.stray_count == 1
        release.set()
        while resolver.stray_count:
            await asyncio.sleep(0.001)
        again = await check(resolver)
        assert again.output_data["healthy"] == 2
        await resolver.close()

    try:
        asyncio.run(body())
    finally:
        release.set()


class Unspeakable(Exception):
    def __str__(self):
        raise ValueError("no text")

    __repr__ = __str__


@pytest.mark.parametrize("answer", [Unspeakable(), [Unspeakable()]])
def test_an_answer_that_cannot_be_shown_spoils_no_other_verdict(kind, answer):
    output, _ = verdicts([Probe(answer).ask, Probe().ask], kind)
    assert [each["healthy"] for each in output["results"].values()] == [False, True]
    assert output["results"]["0"]["reason"].endswith("cannot be shown")


@pytest.mark.parametrize("error", [StopIteration("empty"), SystemExit(3), asyncio.CancelledError(), ValueError("x")])
def test_whatever_a_plain_function_raises_is_its_verdict(error):
    def raise_it():
        raise error

    async def body():
        resolver = OptimizedHealth({"bad": raise_it, "good": lambda: True}, timeout_s=5)
        result = await check(resolver)
        assert resolver.stray_count == 0
        return result.output_data["results"]

    results = asyncio.run(body())
    assert results["good"]["healthy"] is True
    assert type(error).__name__ in results["bad"]["reason"]


def test_plain_functions_that_hang_do_not_use_up_the_threads_of_others():
    release = threading.Event()
    probes = {"hung 1": release.wait, "hung 2": release.wait, "free 1": lambda: True, "free 2": lambda: True}

    async def body():
        result = await check(OptimizedHealth(probes, timeout_s=0.2, max_concurrency=2))
        return [each["healthy"] for each in result.output_data["results"].values()]

    try:
        assert asyncio.run(body()) == [False, False, True, True]
    finally:
        release.set()


def test_a_plain_function_that_hangs_does_not_keep_the_process_from_ending():
    script = """
import asyncio, threading
from boss_perf.resolvers.health import OptimizedHealth
from boss_perf.resolvers.protocol import Task

async def main():
    resolver = OptimizedHealth({"hung": threading.Event().wait}, timeout_s=0.05)
    print((await resolver.resolve(Task("t", {"operation": "check_all"}))).output_data["unhealthy"])
    await resolver.close()

asyncio.run(main())
"""
    ended = subprocess.run([sys.executable, "-c", script], timeout=30, capture_output=True, text=True, check=True)
    assert ended.stdout == "1\n"


@pytest.mark.parametrize("wrap", [lambda ask: ask, lambda ask: functools.partial(ask), lambda ask: lambda: ask()])
def test_every_way_to_hand_over_a_probe(kind, wrap):
    async def body():
        resolver = kind({"good": wrap(Probe().ask), "bad": wrap(Probe(ValueError("x")).ask)})
        result = await check(resolver)
        await resolver.close()
        return result.output_data

    output = asyncio.run(body())
    assert output["results"] == {
        "good": {"healthy": True, "reason": ""}, "bad": {"healthy": False, "reason": "ValueError: x"}
    }  # fmt: skip


def test_a_resolver_is_asked_by_its_own_health_check(kind):
    class Sick(Resolver):
        async def answer(self, task):
            return {}

        async def health_check(self):
            return False

    output, _ = verdicts([Sick(ResolverMetadata("sick", "1", "")).health_check], kind)
    assert output["unhealthy"] == 1


def test_what_is_known_and_the_history(kind):
    async def body():
        resolver = kind({"a": Probe().ask, "b": Probe(False).ask})
        nothing = await check(resolver, "get_health_status")
        assert nothing.output_data == {"results": {}}
        await check(resolver, "check_resolver", name="b")
        one = await check(resolver, "get_health_status")
        assert one.output_data == {"results": {"b": {"healthy": False, "reason": "answered False"}}}
        for _ in range(3):
            await check(resolver)
        two = await check(resolver, "get_health_history", limit=2)
        assert two.output_data == {"history": [{"total": 2, "healthy": 1, "unhealthy": 1}] * 2}

    in_virtual_time(body())


def test_the_history_is_bounded():
    async def body():
        resolver = OptimizedHealth({"a": Probe().ask})
        for _ in range(150):
            await check(resolver)
        assert len(resolver.history()) == 100

    in_virtual_time(body())


@pytest.mark.parametrize(
    ("input_data", "error_kind"),
    [
        ({}, "missing_field"),
        ({"operation": []}, "wrong_type"),
        ({"operation": "guess"}, "unknown_operation"),
        ({"operation": "check_resolver"}, "missing_field"),
        ({"operation": "check_resolver", "name": "nobody"}, "unknown_resolver"),
        ({"operation": "check_all", "is_fresh": "yes"}, "wrong_type"),
        ({"operation": "get_health_history", "limit": 0}, "bad_limit"),
        ([], "wrong_type"),
    ],
)
def test_a_malformed_task_is_told_what_is_wrong(kind, input_data, error_kind):
    result, _ = in_virtual_time(kind({"a": Probe().ask}).resolve(Task("t", input_data)))
    assert result.status is TaskStatus.ERROR
    assert result.error["kind"] == error_kind


def test_nothing_to_ask(kind):
    assert verdicts([], kind)[0] == {"results": {}, "total": 0, "healthy": 0, "unhealthy": 0}


answers = st.one_of(
    st.booleans(), st.none(), st.integers(), st.text(max_size=3), st.builds(ValueError, st.text(max_size=3)),
    st.just(TimeoutError()),
)  # fmt: skip


@given(st.lists(st.tuples(answers, st.sampled_from([0, 1, 3, 99])), max_size=8), st.integers(1, 4))
def test_all_arms_answer_alike(components, max_concurrency):
    outputs = []
    for kind in ARMS.values():
        options = {"max_concurrency": max_concurrency} if kind is OptimizedHealth else {}
        probes = [Probe(answer, latency_s=latency).ask for answer, latency in components]
        output, elapsed_s = verdicts(probes, kind, timeout_s=10, **options)
        timed = [each for each in output["results"].values() if each["reason"].startswith("TimeoutError")]
        for each in timed:
            each["reason"] = "timeout"
        outputs.append(output)
        assert elapsed_s <= 10 * max(1, len(components))
    assert outputs[0] == outputs[1] == outputs[2]


def test_whether_all_are_healthy_is_asked_no_longer_than_needed():
    """On a clock that jumps: the plain arm until its first failure, the optimized one until the quickest failure."""

    def probe(seconds, healthy):
        async def answer():
            await asyncio.sleep(seconds)
            return healthy

        return answer

    def taken(kind, probes, **settings):
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            resolver = kind(probes, timeout_s=1.0, **settings)
            result = runner.run(resolver.resolve(Task("check", {"operation": "is_healthy"})))
            ended_s = runner.get_loop().time()
            runner.run(resolver.close())
        return result.output_data["healthy"], pytest.approx(ended_s, abs=1e-9)

    failing = {"a": probe(0.3, True), "b": probe(0.2, True), "c": probe(0.1, False), "d": probe(0.9, True)}
    assert taken(SequentialHealth, failing) == (False, 0.6)
    assert taken(GatherHealth, failing) == (False, 0.9)
    assert taken(OptimizedHealth, failing) == (False, 0.1)
    healthy = {name: probe(0.1, True) for name in "abcd"}
    assert taken(SequentialHealth, healthy) == (True, 0.4)
    assert taken(OptimizedHealth, healthy) == (True, 0.1)


def test_a_remembered_failure_answers_at_once_and_health_is_remembered_too():
    asked = []

    async def main():
        resolver = OptimizedHealth({"a": lambda: asked.append("a") or True, "b": lambda: asked.append("b") or False},
                                   clock=lambda: 0.0)  # fmt: skip
        answers = [(await resolver.resolve(Task("c", {"operation": "is_healthy"}))).output_data for _ in range(3)]
        await resolver.close()
        return answers

    assert asyncio.run(main()) == [{"healthy": False}] * 3
    assert sorted(asked) == ["a", "b"]
