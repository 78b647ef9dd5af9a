"""The attacks: each is what one hostile client does, at once, to a server that listens."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.system.budgets.honest import post_picture
from lookout.wire.connection import connect
from lookout.wire.errors import WireError
from lookout.wire.framing import Kind, Message
from lookout.wire.records import FrameInfo
from tests.support.hostile_pictures import flat_webp, png_of, scan_bomb

UPLOAD_SCANS, UPLOAD_WH = 294, (4000, 4000)
FRAME_SCANS, FRAME_WH = 590, (3000, 3000)
SILENT = 1100
FLOOD_PER_S, EDGES = 500, 10
CALM_S = 10.0
LATEST_S = 240.0
"""The patience of the attacker, who is answered late where it hurts."""
EDGE_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Ports:
    http: int
    wire: int


@dataclass(frozen=True, slots=True)
class Attack:
    """words: for the table. run: does it, and returns when the server is done with it; what it
    returns is a note for the table."""

    words: str
    run: Callable[[Ports], str]


def _calm(_: Ports) -> str:
    threading.Event().wait(CALM_S)
    return ""


def _uploads(ports: Ports, pictures: Sequence[bytes], at_once: int) -> str:
    with ThreadPoolExecutor(at_once) as clients:
        answers = list(clients.map(lambda one: post_picture(ports.http, one, LATEST_S), pictures))
    statuses = sorted({status for status, _ in answers})
    return "answers " + ", ".join(map(str, statuses))


def _scans_uploaded(ports: Ports) -> str:
    return _uploads(ports, [scan_bomb(UPLOAD_WH, UPLOAD_SCANS)] * 6, 6)


def _scans_as_frame(ports: Ports) -> str:
    jpeg = scan_bomb(FRAME_WH, FRAME_SCANS)
    connection = connect("127.0.0.1", ports.wire, client_id="hostile camera")
    with contextlib.closing(connection):
        info = FrameInfo("hostile camera", 1, time.monotonic())
        connection.send(Message(Kind.FRAME, info.to_meta(), jpeg))
        until_s = time.monotonic() + LATEST_S
        while time.monotonic() < until_s:
            try:
                kind = connection.receive(LATEST_S).kind
            except WireError:
                return "closed"
            if kind in (Kind.RESULT, Kind.ERROR):
                return kind.name
    return "no answer"


def _webp(ports: Ports) -> str:
    return _uploads(ports, [flat_webp(7000, 7000)] * 8, 8)


def _hostile(ports: Ports) -> str:
    kinds = [
        *(flat_webp(side, side) for side in (3000, 4000, 5000, 6000, 7000, 8000)),
        *(png_of(side, side, bytes(side * 3 + 1) * 8) for side in (3000, 5000, 7000)),
        *(png_of(16, 60000), png_of(60000, 16), png_of(60000, 60000)),
        *(scan_bomb((side, side), 12) for side in (2000, 3000, 4000, 5000, 6000, 7000)),
    ]
    return _uploads(ports, kinds * 3, 6)


def _silent(ports: Ports) -> str:
    """As many silent connections as fit, and at once an edge, which tries until it is let in."""
    with _many(ports.http):
        began_s, refused = time.monotonic(), 0
        while time.monotonic() - began_s < EDGE_PATIENCE_S:
            try:
                connect("127.0.0.1", ports.wire, client_id="late edge").close()
            except WireError:
                refused += 1
                threading.Event().wait(0.1)
                continue
            took_s = time.monotonic() - began_s
            return f"an edge is let in after {took_s:.1f} s, {refused} refused"
    return f"no edge is let in for {EDGE_PATIENCE_S:.0f} s"


def _reconnecting(ports: Ports, address: str) -> str:
    """Connects to both ports without end, from `address`, and says nothing; meanwhile an edge
    wants in, each second anew."""
    refused, waits_s = 0, [0.0]
    with _flood(ports.http, address), _flood(ports.wire, address):
        for _ in range(EDGES):
            threading.Event().wait(1.0)
            began_s = time.monotonic()
            try:
                connect("127.0.0.1", ports.wire, client_id="late edge").close()
            except WireError:
                refused += 1
            waits_s.append(time.monotonic() - began_s)
    took = f"the longest after {max(waits_s):.1f} s"
    return f"{EDGES - refused} of {EDGES} edges are let in, {took}"


@contextlib.contextmanager
def _flood(port: int, address: str) -> Iterator[None]:
    """In a process of its own, which takes nothing from the honest ones of this process."""
    flood = subprocess.Popen([sys.executable, "-c", _FLOOD, str(port), address, str(FLOOD_PER_S)])
    try:
        yield
    finally:
        flood.kill()
        flood.wait(LATEST_S)


_FLOOD = """
import collections, contextlib, socket, sys, time
port, address, per_s = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
held, due_s = collections.deque(maxlen=600), time.monotonic()
while True:
    due_s = max(due_s + 1 / per_s, time.monotonic() - 1)
    time.sleep(max(0, due_s - time.monotonic()))
    with contextlib.suppress(OSError):
        held.append(socket.create_connection(("127.0.0.1", port), 1, (address, 0)))
"""


@contextlib.contextmanager
def _many(port: int) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as opened:
        made = []
        for _ in range(SILENT):
            with contextlib.suppress(OSError):
                one = socket.create_connection(("127.0.0.1", port), timeout=2.0)
                made.append(opened.enter_context(contextlib.closing(one)))
        yield made


ATTACKS = {
    "calm": Attack("calm", _calm),
    "scans-http": Attack(f"6 uploads of a JPEG of {UPLOAD_SCANS} scans", _scans_uploaded),
    "scans-frame": Attack(f"one frame of {FRAME_SCANS} scans", _scans_as_frame),
    "webp": Attack("8 WebP of 7000×7000", _webp),
    "hostile": Attack("54 hostile pictures, 6 at a time", _hostile),
    "silent": Attack(f"{SILENT:,} silent HTTP connections", _silent),
    "flood": Attack(
        f"{FLOOD_PER_S} silent connections a second to each port",
        lambda ports: _reconnecting(ports, "127.0.0.2"),
    ),
    "flood-near": Attack(
        "the same, from the edge's own address", lambda ports: _reconnecting(ports, "127.0.0.1")
    ),
}
