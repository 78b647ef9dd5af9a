"""Debian's mosquitto on a port of its own."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.support.waiting import wait_until

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
STOP_S = 60.0


@contextlib.contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    """The port of a broker that lets everybody in."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = folder / "mosquitto.conf"
    file.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    process = subprocess.Popen([str(MOSQUITTO), "-c", str(file)], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _answers(port), what="mosquitto")
        yield port
    finally:
        process.terminate()
        process.wait(STOP_S)


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0
