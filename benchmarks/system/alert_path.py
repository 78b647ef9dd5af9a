"""From the decision on a face to the alert on Socket.IO and MQTT: what is beyond recognition.

    python -m benchmarks.alert_path --json results/alert_path.json

As `alert_latency`, without recognition: six cameras show tracks whose faces are encoded already to
the server's own watcher, five frames a second. From there on everything is as in the server: the
recorder decides again among 1,000 people, writes the sighting with its picture, 200 rules are
asked, the alert is written, and clients in processes of their own are told. Strangers come where
nobody was before. The time is from the end of recognition of a frame: of a person the first, of
somebody the second, of a stranger the third.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.support.broker import MOSQUITTO, mosquitto
from benchmarks.support.command import command_parser
from benchmarks.support.report import table, write_json
from benchmarks.support.served_events import served
from benchmarks.support.told_events import EventClient, ToldEvent
from lookout.faces.decision.decide import Decision, Probe, decide
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Floats, Image
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.photo.quality import FaceView
from lookout.faces.tracking.tracker import Track
from lookout.server.alerts.definitions_io import RULE, WATCHLIST, to_definition
from lookout.server.alerts.documents.rule import AlertRule
from lookout.server.alerts.documents.watchlist import Watchlist
from lookout.server.alerts.keeper import CURSOR, Keeper
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.events.envelope import EnvelopeMaker
from lookout.server.events.feed import EventFeed
from lookout.server.gallery.people_snapshot import PeopleSnapshot
from lookout.server.live.frame_job import FrameJob, Source
from lookout.server.mqtt.bridge import Bridge, MqttParts
from lookout.server.mqtt.options import MqttOptions
from lookout.server.sightings.camera_log import CameraLog
from lookout.server.sightings.recorder import Recorder
from lookout.server.sightings.sighting_writer import SightingWriter
from lookout.server.sightings.unknown_clusters import UnknownClusters
from lookout.server.sightings.watcher import Watcher
from lookout.server.sockets.hub import Hub
from lookout.server.storage.records import Person, new_id
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from lookout.wire.records import FrameInfo

ENCODER, DIMENSION, TOLERANCE = "dlib-128", 128, 0.6
CAMERAS = tuple(f"camera {number}" for number in range(6))
FRAME_S, FRAMES, EMPTY_S = 0.2, 5, 0.3
PERSON, SOMEBODY, STRANGER = "alert on a person", "somebody is there", "alert on a stranger"
EVENTS = {PERSON: "alert.firing", SOMEBODY: "sighting.began", STRANGER: "alert.firing"}
PICTURE: Image = np.full((480, 640, 3), 120, np.uint8)
SETTLE_S, CLOSE_S = 4.0, 30.0


@dataclass(frozen=True, slots=True)
class Shown:
    """Somebody before a camera; frames_s: when recognition of each frame ended, Unix time."""

    person: str | None
    camera: str
    frames_s: tuple[float, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("alert_path", __doc__)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--shown", type=int, default=60, help="people and strangers who come")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    if MOSQUITTO is None:
        sys.exit("mosquitto is needed")
    with tempfile.TemporaryDirectory() as name:
        figures = run(Path(name), options)
    write_json(options.json, "alert_path", figures)
    return 0


def run(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    chance = np.random.default_rng(1)
    with contextlib.ExitStack() as opened:
        store = opened.enter_context(open_store(folder / "data", {}))
        directory = CameraDirectory(store.cameras)
        people = _write_people(store, options, directory)
        rows = _directions(chance, options.people)
        gallery = Gallery(rows, tuple(people), ENCODER)
        feed, envelopes = EventFeed(store), EnvelopeMaker(store, directory)
        url = opened.enter_context(served(Hub(feed, envelopes)))
        port = opened.enter_context(mosquitto(folder))
        bridge = Bridge(
            MqttOptions("127.0.0.1", port, discovery=""),
            MqttParts(store, feed, envelopes, directory, lambda: CAMERAS),
        )
        addresses = {"socketio": url, "mqtt": f"127.0.0.1:{port}"}
        clients = {
            kind: opened.enter_context(EventClient(kind, at)) for kind, at in addresses.items()
        }
        scene = _Scene(store, gallery, people)
        keeper = Keeper(store, feed, directory, folder / "alerts")
        for thread in (bridge, keeper, scene.recorder):
            thread.start()
            opened.callback(thread.close, CLOSE_S)
        time.sleep(SETTLE_S)
        shown = [scene.show(number, chance) for number in range(options.shown)]
        time.sleep(SETTLE_S)
        told = {kind: list(client.told) for kind, client in clients.items()}
        ids = {one.camera: directory.id_of(one.camera) for one in shown}
    return _shown(shown, told, ids, options)


def _directions(chance: np.random.Generator, count: int) -> Floats:
    """Encodings that are far from one another, as those of different people."""
    rows = chance.normal(size=(count, DIMENSION))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _write_people(
    store: SqliteStore, options: argparse.Namespace, directory: CameraDirectory
) -> dict[str, str]:
    """People, lists and rules; ids by name."""
    lists = options.rules - len(CAMERAS)
    with store.transaction():
        people = {f"Person {n}": new_id() for n in range(options.people)}
        for name, person in people.items():
            store.people.add(Person(person, name, 1.0))
        everybody = list(people.values())
        for n in range(lists):
            members = everybody[n::lists]
            watchlist = {"id": f"wat_{n}", "name": f"list {n}", "kind": "alert", "people": members}
            kept = Watchlist.model_validate(watchlist)
            store.definitions.put(to_definition(WATCHLIST, kept))
            _write_rule(store, f"rul_{n}", who={"kind": "list", "lists": [f"wat_{n}"]})
        for n in range(len(CAMERAS)):
            places = [f"place {place}" for place in range(n, options.shown, len(CAMERAS))]
            where = {"cameras": [directory.id_of(place) for place in places]}
            _write_rule(store, f"rul_place_{n}", who={"kind": "unknown"}, where=where)
        store.settings.put(CURSOR, 0)
    return people


def _write_rule(store: SqliteStore, name: str, **fields: object) -> None:
    given = {"id": name, "name": name, "what": {"kind": "appears"}, **fields}
    store.definitions.put(to_definition(RULE, AlertRule.model_validate(given)))


class _Scene:
    """The server from the watcher to the store, and cameras before it."""

    def __init__(self, store: SqliteStore, gallery: Gallery, people: dict[str, str]) -> None:
        rule = Rule.for_encoder(ENCODER, TOLERANCE)
        self._gallery = gallery
        self._rule = rule
        self._names = list(people)
        self._ids = people
        self._watcher = Watcher()
        snapshot = PeopleSnapshot(gallery, gallery, {}, ids=people)
        writer = SightingWriter(
            store, ENCODER, lambda: snapshot, UnknownClusters(store, ENCODER, rule), self._decide
        )
        self.recorder = Recorder(self._watcher, writer, CameraLog(store, tuple))

    def _decide(self, probes: tuple[Probe, ...]) -> Decision:
        return decide(probes, self._gallery, self._rule)

    def show(self, number: int, chance: np.random.Generator) -> Shown:
        """Somebody for a second: in turn a person whom nobody has seen yet, and a stranger."""
        named = number % 2 == 0
        camera = CAMERAS[number // 2 % len(CAMERAS)] if named else f"place {number}"
        source = Source(number, camera)
        (face,) = self._gallery.encodings[number : number + 1]
        if not named:
            (face,) = _directions(chance, 1)
        probes: tuple[Probe, ...] = ()
        born_s, ended_s = time.monotonic(), []
        box = np.array([280, 180, 360, 280], np.float32)
        for frame in range(FRAMES):
            now_s = time.monotonic()
            look = face + chance.normal(scale=0.01, size=DIMENSION).astype(np.float32)
            if len(probes) < 3:
                probes = (*probes, Probe(np.asarray(look, np.float32), 1.0, now_s))
            track = Track(number + 1, box, FaceView(112.0, 120.0, 40.0, 0.5), born_s, now_s, probes)
            decision = self._decide(probes)
            info = FrameInfo(camera, number * FRAMES + frame, now_s)
            ended_s.append(time.time())
            self._watcher.saw(FrameJob(source, info, b"", now_s), PICTURE, [track], [decision])
            time.sleep(FRAME_S)
        time.sleep(EMPTY_S)
        person = self._ids[self._names[number]] if named else None
        return Shown(person, camera, tuple(ended_s))


def _shown(
    shown: Sequence[Shown],
    told: dict[str, list[ToldEvent]],
    ids: dict[str, str],
    options: argparse.Namespace,
) -> dict[str, object]:
    frame = {PERSON: 0, SOMEBODY: 1, STRANGER: 2}
    rows: list[tuple[object, ...]] = []
    document: dict[str, object] = {"people": options.people, "rules": options.rules}
    for what, kind in itertools.product(EVENTS, told):
        of = [one for one in shown if (one.person is not None) is (what == PERSON)]
        delays = []
        for one in of:
            at = [
                event.at_s
                for event in told[kind]
                if (event.kind, event.person, event.camera)
                == (EVENTS[what], one.person or "-", ids[one.camera])
                and one.frames_s[0] <= event.at_s < one.frames_s[-1] + FRAME_S + EMPTY_S
            ]
            if at:
                delays.append(1000 * (min(at) - one.frames_s[frame[what]]))
        if len(delays) < 2:
            continue
        cuts = statistics.quantiles(delays, n=20)
        figures = (cuts[9], cuts[18], max(delays))
        rows.append((what, kind, len(of), len(delays), *(f"{one:.0f}" for one in figures)))
        names = ("p50_ms", "p95_ms", "worst_ms")
        document[f"{what}, {kind}"] = {"shown": len(of), "told": len(delays)} | dict(
            zip(names, figures, strict=True)
        )
    print(f"{options.people:,} people, {options.rules} rules, load {os.getloadavg()[0]:.1f}")
    print(table(("told", "client", "shown", "told", "p50, ms", "p95, ms", "worst, ms"), rows))
    return document


if __name__ == "__main__":
    sys.exit(main())
