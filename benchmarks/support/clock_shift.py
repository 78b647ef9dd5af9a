"""A machine whose clock jumps, for one program and its children.

The kernel's clock belongs to everybody, so a small library is compiled and loaded before the
others: it adds a number of seconds, which a file holds, to what the calendar clock says. The
monotonic clock stays. (`libfaketime` would do that, too, but then Python 3.11 cannot sleep.)
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

VARIABLE = "CLOCK_SHIFT_FILE"
_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static long shift(void) {
    static volatile long *at;
    if (!at) {
        const char *name = getenv("CLOCK_SHIFT_FILE");
        int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
        void *found = file < 0 ? MAP_FAILED : mmap(0, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
        if (found == MAP_FAILED) return 0;
        at = found;
    }
    return *at;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, time);
    if (failed) return failed;
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) time->tv_sec += shift();
    return failed;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    static int (*real)(struct timeval *, void *);
    if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
    int failed = real(time, zone);
    if (!failed) time->tv_sec += shift();
    return failed;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
"""


def is_shifted() -> bool:
    """Whether this process runs under the library."""
    return VARIABLE in os.environ


def can_shift() -> bool:
    """Whether there is a compiler for it."""
    return sys.platform == "linux" and shutil.which("cc") is not None


def begin_again(module: str, arguments: list[str], folder: Path) -> NoReturn:
    """Runs a module of Python in the place of this process, under the library."""
    library, shift = folder / "clock_shift.so", folder / "clock_shift"
    source = folder / "clock_shift.c"
    source.write_text(_SOURCE)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    shift.write_bytes(struct.pack("@l", 0))
    environment = {**os.environ, "LD_PRELOAD": str(library), VARIABLE: str(shift)}
    os.execve(sys.executable, [sys.executable, "-m", module, *arguments], environment)  # noqa: S606


def shift_clock(seconds: int) -> None:
    """Has the clock of this process and its children differ from the machine's by so much."""
    with Path(os.environ[VARIABLE]).open("r+b") as file:
        file.write(struct.pack("@l", seconds))
