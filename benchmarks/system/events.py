"""From a sighting that is written to the client that is told: Socket.IO, WebSocket, MQTT.

    python -m benchmarks.events
    python -m benchmarks.events --events 100 --json results/events.json

Sightings of 1,000 people at six cameras are written as recognition writes them, with a picture, at
a steady rate. Each client is a process of its own and writes down when it was told; the time is
from the end of the transaction. MQTT goes through mosquitto and is left out where there is none.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.support.broker import MOSQUITTO, mosquitto
from benchmarks.support.command import command_parser
from benchmarks.support.report import table, write_json
from benchmarks.support.served_events import served
from benchmarks.support.told_events import EventClient
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.events.envelope import EnvelopeMaker
from lookout.server.events.feed import EventFeed
from lookout.server.mqtt.bridge import Bridge, MqttParts
from lookout.server.mqtt.options import MqttOptions
from lookout.server.sockets.hub import Hub
from lookout.server.storage.records import Event, Person, Sighting, new_id
from lookout.server.storage.sqlite.store import SqliteStore, open_store

CAMERAS = tuple(f"camera {number}" for number in range(6))
JPEG = b"\xff\xd8" + random.Random(1).randbytes(12_000)
WAIT_S = 60.0


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
        url = opened.enter_context(served(Hub(feed, envelopes)))
        addresses = {"socketio": url, "websocket": url}
        if MOSQUITTO is not None:
            port = opened.enter_context(mosquitto(folder))
            addresses["mqtt"] = f"127.0.0.1:{port}"
            parts = MqttParts(store, feed, envelopes, directory, lambda: CAMERAS)
            bridge = Bridge(MqttOptions("127.0.0.1", port), parts)
            opened.callback(bridge.close, WAIT_S)
        clients = {
            kind: opened.enter_context(EventClient(kind, at)) for kind, at in addresses.items()
        }
        if MOSQUITTO is not None:
            bridge.start()
            time.sleep(5.0)  # everybody is told at the start
        written = _write(store, [person.id for person in people], options)
        results = {kind: _delays(client, written) for kind, client in clients.items()}
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


def _delays(client: EventClient, written: dict[int, float]) -> tuple[int, list[float]]:
    """How many are missing, and the milliseconds of the others."""
    client.wait_for(lambda told: written.keys() <= {one.number for one in told})
    told = {one.number: one.at_s for one in client.told}
    found = [1000 * (told[number] - at_s) for number, at_s in written.items() if number in told]
    return len(written) - len(found), found


if __name__ == "__main__":
    sys.exit(main())
