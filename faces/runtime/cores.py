"""The cores that this process may compute on, and their features."""

from __future__ import annotations

import os
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")


def usable_cores() -> int:
    """Physical cores that this process may use; hyper-threads of one core count once.

    Two hyper-threads share the units that multiply, so a second one adds nothing here.
    """
    allowed = _allowed_cpus()
    siblings = {_siblings(cpu) for cpu in allowed}
    return max(1, min(len(siblings), _quota() or len(siblings)))


def cpu_flags() -> frozenset[str]:
    """The processor's features as Linux names them; empty where there is no /proc."""
    try:
        text = _CPUINFO.read_text(encoding="ascii", errors="replace")
    except OSError:
        return frozenset()
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() in ("flags", "features"):
            return frozenset(value.split())
    return frozenset()


def has_bfloat16(flags: frozenset[str]) -> bool:
    """True if the processor has bfloat16 arithmetic, in AMX or AVX-512."""
    return bool({"amx_bf16", "avx512_bf16"} & flags)


def has_int8(flags: frozenset[str]) -> bool:
    """True if the processor has the 8-bit product of x86 (VNNI); without it int8 is no faster."""
    return bool({"avx512_vnni", "avx_vnni"} & flags)


def _allowed_cpus() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def _siblings(cpu: int) -> str:
    path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return str(cpu)


def _quota() -> int | None:
    """Whole cores that a container's limit (cgroup v2) leaves, or None without a limit."""
    try:
        limit, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return None
    return None if limit == "max" else max(1, int(limit) // int(period))
