"""The clocks of the measured process, bound once, before any conftest runs.

A suite that patches `time` must not bend the measure; one that patches these is noticed by `integrity`. Tools that stop
the clock for a test (freezegun) replace every real clock that a module holds by name, so here they are attributes of an
object, where nobody looks for them.
"""

import time


class Clocks:
    """Nanoseconds, as integers."""

    __slots__ = ("process_ns", "thread_ns", "wall_ns")

    def __init__(self) -> None:
        self.wall_ns = time.perf_counter_ns
        self.thread_ns = time.thread_time_ns
        self.process_ns = time.process_time_ns


CLOCKS = Clocks()
