"""From a sighting that is written to the client that is told: Socket.IO, WebSocket, MQTT.

    python -m benchmarks.events
    python -m benchmarks.events --events 100 --json results/events.json

Sightings of 1,000 people at six cameras are written as recognition writes them, with a picture, at
a steady rate. Each client is a process of its own and writes down when it was told; the time is
from the end of the transaction. MQTT goes through mosquitto and is left out where there is none.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from fastapi import FastAPI

from benchmarks.support.command import command_parser
from benchmarks.support.event_client import READY
from benchmarks.support.report import table, write_json
from benchmarks.support.waiting import wait_until
from lookout.server.api.dependencies import ApiSettings
from lookout.server.api.http_server import HttpServer
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.events.envelope import EnvelopeMaker
from lookout.server.events.feed import EventFeed
from lookout.server.mqtt.bridge import Bridge, MqttParts
from lookout.server.mqtt.options import MqttOptions
from lookout.server.sockets.hub import Hub
from lookout.server.sockets.plain import install_plain
from lookout.server.sockets.socket_io import SocketIo
from lookout.server.storage.records import Event, Person, Sighting, new_id
from lookout.server.storage.sqlite.store import SqliteStore, open_store

CAMERAS = tuple(f"camera {number}" for number in range(6))
JPEG = b"\xff\xd8" + random.Random(1).randbytes(12_000)
WAIT_S = 60.0
MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("events", __doc__)
    parser.add_argument("--events", type=int, default=300)
    parser.add_argument("--rate", type=float, default=10.0, help="sightings a second (%(default)g)")
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        results = run(Path(folder), options)
    write_json(options.json, "events", results)
    return 0


def run(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    with contextlib.ExitStack() as opened:
        store = opened.enter_context(open_store(folder / "data", {}))
        with store.transaction():
            people = [Person(new_id(), f"Person {number}", 1.0) for number in range(options.people)]
            for person in people:
                store.people.add(person)
        feed, directory = EventFeed(store), CameraDirectory(store.cameras)
        for camera in CAMERAS:
            directory.id_of(camera)
        envelopes = EnvelopeMaker(store, directory)
        url = opened.enter_context(_served(Hub(feed, envelopes)))
        addresses = {"socketio": url, "websocket": url}
        if MOSQUITTO is not None:
            port = opened.enter_context(_broker(folder))
            addresses["mqtt"] = f"127.0.0.1:{port}"
            parts = MqttParts(store, feed, envelopes, directory, lambda: CAMERAS)
            bridge = Bridge(MqttOptions("127.0.0.1", port), parts)
            opened.callback(bridge.close, WAIT_S)
        clients = {kind: opened.enter_context(_Client(kind, at)) for kind, at in addresses.items()}
        if MOSQUITTO is not None:
            bridge.start()
            time.sleep(5.0)  # everybody is told at the start
        written = _write(store, [person.id for person in people], options)
        results = {kind: client.delays(written) for kind, client in clients.items()}
    return _shown(results, options)


def _write(
    store: SqliteStore, people: Sequence[str], options: argparse.Namespace
) -> dict[int, float]:
    """The time at which each event was written, by its number."""
    chosen, written = random.Random(2), {}
    for _ in range(options.events):
        camera, person = chosen.choice(CAMERAS), chosen.choice(people)
        now_s = time.time()
        one = Sighting(new_id(), camera, now_s, now_s, "known", person)
        with store.transaction():
            store.sightings.add(one, JPEG)
            event = store.events.add(
                Event(
                    new_id(),
                    "sighting.began",
                    now_s,
                    camera,
                    person,
                    one.id,
                    {"state": "known"},
                    old_kind="person_seen",
                )
            )
        written[event.number] = time.time()
        time.sleep(1.0 / options.rate)
    return written


def _shown(
    results: dict[str, tuple[int, list[float]]], options: argparse.Namespace
) -> dict[str, object]:
    rows, document = [], {}
    for kind, (missing, delays) in results.items():
        cuts = statistics.quantiles(delays, n=20)
        p50, p95, worst = cuts[9], cuts[18], max(delays)
        rows.append((kind, len(delays), missing, f"{p50:.1f}", f"{p95:.1f}", f"{worst:.1f}"))
        document[kind] = {"told": len(delays), "missing": missing, "p50_ms": p50, "p95_ms": p95}
    head = ("client", "told", "missing", "p50, ms", "p95, ms", "worst, ms")
    print(f"{options.events} sightings, {options.rate:g} a second, {options.people:,} people")
    print(table(head, rows))
    return {"events": options.events, "rate": options.rate, "clients": document}


class _Client:
    """A client in a process of its own."""

    def __init__(self, kind: str, address: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.support.event_client", kind, address],
            stdout=subprocess.PIPE,
            text=True,
        )
        self._told: dict[int, float] = {}
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> _Client:
        self._reader.start()
        if not self._ready.wait(WAIT_S):
            self._process.kill()
            raise RuntimeError("a client does not connect")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join(WAIT_S)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            if line.strip() == READY:
                self._ready.set()
            else:
                number, at_s = line.split()
                self._told[int(number)] = float(at_s)

    def delays(self, written: dict[int, float]) -> tuple[int, list[float]]:
        """How many are missing, and the milliseconds of the others."""
        until_s = time.monotonic() + WAIT_S
        while not written.keys() <= self._told.keys() and time.monotonic() < until_s:
            time.sleep(0.1)
        told = [1000 * (self._told[n] - at_s) for n, at_s in written.items() if n in self._told]
        return len(written) - len(told), told


@contextlib.contextmanager
def _served(hub: Hub) -> Iterator[str]:
    """The address of an application that has the sockets alone."""
    app = FastAPI()
    app.state.settings = ApiSettings(no_auth=True)
    install_plain(app, hub, 5.0)
    listener = socket.create_server(("127.0.0.1", 0))
    started, end = threading.Event(), threading.Event()

    async def serve() -> None:
        app.mount("/socket.io", SocketIo(hub, 5.0))
        server = HttpServer(app, listener)
        await server.start()
        started.set()
        await asyncio.to_thread(end.wait)
        await server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    started.wait(WAIT_S)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        end.set()
        thread.join(WAIT_S)


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def _broker(folder: Path) -> Iterator[int]:
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
        process.wait(WAIT_S)


if __name__ == "__main__":
    sys.exit(main())
