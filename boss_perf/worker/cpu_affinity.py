"""Where a worker runs: free while it starts up, on one core from its first test on."""

import contextlib
import os


def stay_on_core(core: int) -> None:
    """Keep every thread of this process, and what they start from now on, on one core; nothing where that is unknown.

    Start-up may use all cores: both arms of a comparison collect at the same time, and only measuring needs the place.
    A suite that asks how many cores there are is told what it had before: some tests skip themselves on one.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    ask, had = os.sched_getaffinity, frozenset(os.sched_getaffinity(0))
    try:
        threads = [int(each) for each in os.listdir("/proc/self/task")]
    except OSError:
        threads = [0]
    for thread in threads:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(thread, {core})
    os.sched_getaffinity = lambda process, /: set(had) if process in (0, os.getpid()) else ask(process)
