"""Where the threads of a worker run."""

import os
import subprocess
import sys

import pytest

CODE = """
import os, threading
from boss_perf.worker.cpu_affinity import stay_on_core
going = threading.Event()
thread = threading.Thread(target=going.wait)
thread.start()
had = os.sched_getaffinity(0)
core = min(had)
stay_on_core(core)
later = []
after = threading.Thread(target=lambda: later.append(os.sched_getaffinity(threading.get_native_id())))
after.start(); after.join()
with open("/proc/self/status") as status:
    this = next(line.split()[1] for line in status if line.startswith("Cpus_allowed_list"))
assert os.sched_getaffinity(0) == had
print([{int(this)}, os.sched_getaffinity(thread.native_id), later[0]] == [{core}] * 3)
going.set()
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system cannot place threads")
def test_threads_started_before_and_after_stay_on_the_core() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == "True"
