"""The clocks of the measured process, bound once, before any conftest runs.

A suite that patches `time` must not bend the measure; one that patches these is noticed by `tampering`.
"""

import time

wall_ns = time.perf_counter_ns
thread_ns = time.thread_time_ns
process_ns = time.process_time_ns
