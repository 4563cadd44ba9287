"""Which machine and which software a number belongs to; a field that is unknown is part of the identity."""

import hashlib
import importlib.metadata
import os
import platform
import sys
import sysconfig
from pathlib import Path

from boss_perf.model.runs import Fingerprint

IDENTITY_FIELDS = ("processor", "cores", "memory_gib", "kernel", "hypervisor", "python", "implementation")
PACKAGES = ("boss-perf", "pytest", "pytest-benchmark", "numpy", "hnswlib", "memray", "memory-profiler")


def fingerprint() -> Fingerprint:
    """This machine, read from the system's own files without starting a process."""
    fields = (
        ("processor", _cpuinfo("model name") or platform.processor() or None),
        ("cores", str(os.cpu_count()) if os.cpu_count() else None),
        ("memory_gib", _memory_gib()),
        ("kernel", platform.release() or None),
        ("system", platform.system() or None),
        ("hypervisor", "yes" if "hypervisor" in (_cpuinfo("flags") or "").split() else None),
        ("governor", _text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")),
        ("boost", _text("/sys/devices/system/cpu/cpufreq/boost")),
        ("address_randomisation", _text("/proc/sys/kernel/randomize_va_space")),
        ("python", platform.python_version()),
        ("implementation", platform.python_implementation()),
        ("free_threaded", "yes" if sysconfig.get_config_var("Py_GIL_DISABLED") else None),
        ("compiler", platform.python_compiler()),
        ("c_library", " ".join(platform.libc_ver()).strip() or None),
        ("machine_id", _machine_id()),
    )
    known = dict(fields)
    identity = "\n".join(f"{name}={known[name]}" for name in IDENTITY_FIELDS)
    parts = [known["processor"] or "unknown processor", f"{known['cores'] or '?'} cores", f"{known['memory_gib']} GiB"]
    parts += [f"{known['system']} {known['kernel']}", f"{known['implementation']} {known['python']}"]
    return Fingerprint(hashlib.sha256(identity.encode()).hexdigest()[:16], ", ".join(parts), fields)


def versions() -> tuple[tuple[str, str], ...]:
    """The installed versions of what takes part in a measurement; a package that is absent is left out."""
    found = [("python", sys.version.split()[0])]
    for name in PACKAGES:
        try:
            found.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            continue
    return tuple(found)


def _text(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip() or None
    except OSError:
        return None


def _cpuinfo(key: str) -> str | None:
    for line in (_text("/proc/cpuinfo") or "").splitlines():
        name, _, found = line.partition(":")
        if name.strip() == key:
            return found.strip()
    return None


def _memory_gib() -> str | None:
    try:
        return str(round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30))
    except (ValueError, OSError, AttributeError):
        return None


def _machine_id() -> str | None:
    text = _text("/etc/machine-id")
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else None
