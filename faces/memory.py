"""The memory of this process: how much it has, and giving back what it no longer needs.

What glibc is told here does nothing under another C library.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

LARGE_BLOCK_BYTES = 1 << 20
_STATM = Path("/proc/self/statm")
_M_MMAP_THRESHOLD = -3
"""Of glibc's `malloc.h`."""


def resident_bytes() -> int:
    """The memory that this process has now (RSS); 0 where the system does not say."""
    try:
        pages = int(_STATM.read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def keep_large_blocks_apart() -> None:
    """Has each block of a megabyte or more asked of the system and given back by itself.

    glibc otherwise raises this limit to 32 MB by and by, and networks that several threads open and
    close leave holes among what stays: 206 MB where 87 are in use (`benchmarks.models`).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)


def give_back() -> None:
    """Gives memory that was freed back to the system: all arenas, a few milliseconds."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
