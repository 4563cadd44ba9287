"""Where a worker runs: free while it starts up, on one core from its first test on."""

import contextlib
import os


def stay_on_core(core: int) -> None:
    """Keep every thread of this process, and what they start from now on, on one core; nothing where that is unknown.

    Start-up may use all cores: both arms of a comparison collect at the same time, and only measuring needs the place.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    try:
        threads = [int(each) for each in os.listdir("/proc/self/task")]
    except OSError:
        threads = [0]
    for thread in threads:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(thread, {core})
