"""From the frame with a face to the alert on Socket.IO and MQTT, with the whole server.

    python -m benchmarks.alert_latency --json results/alert_latency.json

The server knows 1,000 people: those of LFW who will come, from one photograph each, and encodings
of nobody beside them. It has 200 rules: 194 watchlists of people, each with its rule, and at each
of the six cameras one for strangers. The cameras show other photographs of the people, and
strangers, one after another; each stays for a while, and then
nobody is there. Clients are processes of their own.

Beyond recognition: from the time at which the answer to the frame left the pipeline (when the
camera has it, less the drawing, which comes after the decision) to the time at which the client
was told. Of a person that is the first frame that has the name; that somebody is there is known
with the second frame that shows the face, and that it is a stranger with the third. In all: from
the sending of that frame.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import itertools
import json
import os
import re
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.support.broker import MOSQUITTO, mosquitto
from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.programs import SERVER_LISTENS, Program, train
from benchmarks.support.report import table, write_json
from benchmarks.support.told_events import EventClient, ToldEvent
from lookout.faces.detections import Image
from lookout.faces.gallery.encodings_file import files_of, read_gallery, save_galleries
from lookout.faces.gallery.gallery import Gallery
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.wire.connection import connect
from lookout.wire.framing import Kind, Message
from lookout.wire.records import FrameInfo, Result

CAMERAS = tuple(f"camera {number}" for number in range(6))
FRAMES_PER_S = 5.0
SHOWN_S, EMPTY_S = 1.6, 1.4
ANSWER_S = 30.0
PERSON, SOMEBODY, STRANGER = "alert on a person", "somebody is there", "alert on a stranger"
EVENTS = {PERSON: "alert.firing", SOMEBODY: "sighting.began", STRANGER: "alert.firing"}
HTTP_LISTENS = re.compile(r"HTTP API on \S+ port (\d+)")


@dataclass
class Appearance:
    """Somebody before a camera. frames: when those that count were sent and left the pipeline, in
    Unix seconds, by what is told with them; told: when that was told, by client."""

    name: str | None
    camera: str
    jpeg: bytes
    faces: int = 0
    began_s: float = 0.0
    frames: dict[str, tuple[float, float]] = field(default_factory=dict)
    told: dict[tuple[str, str], float] = field(default_factory=dict)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("alert_latency", __doc__)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--shown", type=int, default=120, help="people who come (%(default)s)")
    parser.add_argument("--strangers", type=int, default=48)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    if MOSQUITTO is None:
        sys.exit("mosquitto is needed")
    with tempfile.TemporaryDirectory() as name:
        results = run(Path(name), test_data() / "lfw", options)
    write_json(options.json, "alert_latency", results)
    return 0


def run(folder: Path, lfw: Path, options: argparse.Namespace) -> dict[str, object]:
    shown, strangers = _chosen(lfw, options)
    known = {name: gallery for name, gallery, _ in shown}
    for name, path in known.items():
        (folder / "images" / name).mkdir(parents=True)
        (folder / "images" / name / path.name).symlink_to(path)
    train(folder)
    _fill(folder, options.people)
    with contextlib.ExitStack() as opened:
        port = opened.enter_context(mosquitto(folder))
        server = opened.enter_context(_server(folder, port))
        url = f"http://127.0.0.1:{_http_port(server)}"
        people = _write_rules(url, options.rules)
        kinds = {"socketio": url, "mqtt": f"127.0.0.1:{port}"}
        clients = {kind: opened.enter_context(EventClient(kind, at)) for kind, at in kinds.items()}
        plan = [Appearance(name, "", _frame(path)) for name, _, path in shown]
        plan += [Appearance(None, "", _frame(path)) for path in strangers]
        for number, appearance in enumerate(plan):
            appearance.camera = CAMERAS[number % len(CAMERAS)]
        _play(server.port, plan)
        time.sleep(3.0)
        ids = _camera_ids(url)
        for kind, client in clients.items():
            _match(plan, list(client.told), people, ids, kind)
    return _shown(plan, list(kinds))


def _chosen(
    lfw: Path, options: argparse.Namespace
) -> tuple[list[tuple[str, Path, Path]], list[Path]]:
    """Who comes: the name, the photograph to enrol and another one; and the strangers who come."""
    with (lfw / "identify_dev.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    by_role: dict[str, dict[str, Path]] = {}
    for row in rows:
        by_role.setdefault(row["role"], {})[row["identity"]] = lfw / row["path"]
    gallery, probes = by_role["gallery"], by_role["probe_known"]
    comes = [(name, gallery[name], path) for name, path in probes.items() if name in gallery]
    return comes[: options.shown], list(by_role["probe_unknown"].values())[: options.strangers]


def _fill(folder: Path, people: int) -> None:
    """Adds encodings of nobody: those of the others with their numbers in another order."""
    chance = np.random.default_rng(1)
    filled = {}
    for path in files_of(folder / "encodings.pkl"):
        gallery = read_gallery(path)
        missing = range(people - len(gallery.people))
        rows = [
            chance.permuted(gallery.encodings[n % len(gallery.encodings)])
            * chance.choice((-1.0, 1.0), gallery.encodings.shape[1])
            for n in missing
        ]
        names = tuple(f"Nobody {number}" for number in missing)
        filled[path] = Gallery(
            np.concatenate([gallery.encodings, np.asarray(rows, np.float32)]),
            (*gallery.names, *names),
            gallery.encoder,
        )
    save_galleries(filled)


def _server(folder: Path, broker: int) -> Program:
    return Program(
        *("-m", "server", "--http", "--http-port", "0", "--no-auth", "--port", "0"),
        *("--encodings", str(folder / "encodings.pkl"), "--images", str(folder / "images")),
        *("--data", str(folder / "data"), "--mqtt", f"mqtt://127.0.0.1:{broker}"),
        *("--mqtt-discovery", "quiet"),
        listens=SERVER_LISTENS,
    )


def _http_port(server: Program) -> int:
    _ = server.port  # it listens
    found = (HTTP_LISTENS.search(line) for line in server.log())
    return next(int(match.group(1)) for match in found if match)


def _write_rules(url: str, count: int) -> dict[str, str]:
    """Lists and rules; returns the ids of people by name."""
    people: dict[str, str] = {}
    more = ""
    while True:
        page = _asked(f"{url}/api/v1/people?limit=200{more}")
        people |= {one["name"]: one["id"] for one in page["items"]}
        if not page["cursor"]:
            break
        more = f"&cursor={page['cursor']}"
    lists, names = count - len(CAMERAS), sorted(people)
    for number in range(lists):
        members = [people[name] for name in names[number::lists]]
        body = {"name": f"list {number}", "kind": "alert", "people": members}
        watchlist = _asked(f"{url}/api/v1/watchlists", body)["id"]
        who: Any = {"kind": "list", "lists": [watchlist]}
        _asked(f"{url}/api/v1/rules", {"name": f"rule {number}", "who": who, **_APPEARS})
    for camera in CAMERAS:
        where: Any = {"cameras": [camera]}
        who = {"kind": "unknown"}
        rule = {"name": f"strangers, {camera}", "where": where, "who": who, "severity": "info"}
        _asked(f"{url}/api/v1/rules", rule | _APPEARS)
    return people


_APPEARS: dict[str, Any] = {"what": {"kind": "appears"}}


def _asked(url: str, body: object = None) -> Any:
    request = urllib.request.Request(  # noqa: S310 - our own server
        url, headers={"content-type": "application/json"}
    )
    if body is not None:
        request.data = json.dumps(body).encode()
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.load(answer)


def _camera_ids(url: str) -> dict[str, str]:
    return {one["name"]: one["id"] for one in _asked(f"{url}/api/v1/cameras")}


def _frame(path: Path) -> bytes:
    """A frame of a camera, 640 by 480, in which the photograph hangs."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"{path} is no picture")
    return encode_jpeg(_on_wall(np.asarray(picture, np.uint8)), 85)


def _on_wall(picture_bgr: Image | None) -> Image:
    wall: Image = np.full((480, 640, 3), 120, np.uint8)
    if picture_bgr is not None:
        height, width = picture_bgr.shape[:2]
        top, left = (480 - height) // 2, (640 - width) // 2
        wall[top : top + height, left : left + width] = picture_bgr
    return wall


def _play(port: int, plan: Sequence[Appearance]) -> None:
    """Every camera shows what comes to it, in a thread of its own."""
    empty = encode_jpeg(_on_wall(None), 85)
    threads = [
        threading.Thread(
            target=_camera,
            args=(port, camera, [one for one in plan if one.camera == camera], empty, number),
        )
        for number, camera in enumerate(CAMERAS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _camera(port: int, camera: str, plan: Sequence[Appearance], empty: bytes, place: int) -> None:
    time.sleep(place * (SHOWN_S + EMPTY_S) / len(CAMERAS))
    connection = connect("127.0.0.1", port, client_id=camera)
    numbers = itertools.count(1)
    try:
        for appearance in [None, *plan]:
            if appearance is not None:
                appearance.began_s = time.time()
                _show(connection, camera, appearance.jpeg, SHOWN_S, numbers, appearance)
            _show(connection, camera, empty, EMPTY_S, numbers, None)
    finally:
        connection.close()


def _show(
    connection: Any,
    camera: str,
    jpeg: bytes,
    for_s: float,
    numbers: Any,
    appearance: Appearance | None,
) -> None:
    """Sends one frame after another and waits for each answer, at the camera's pace."""
    until_s = time.monotonic() + for_s
    while (due_s := time.monotonic()) < until_s:
        sent_s = time.time()
        info = FrameInfo(camera, next(numbers), time.monotonic())
        connection.send(Message(Kind.FRAME, info.to_meta(), jpeg))
        while (message := connection.receive(ANSWER_S)).kind is not Kind.RESULT:
            pass
        now_s, result = time.time(), Result.from_meta(message.meta)
        if appearance is not None and not result.dropped:
            _note(appearance, result, sent_s, now_s)
        time.sleep(max(0.0, due_s + 1 / FRAMES_PER_S - time.monotonic()))


def _note(appearance: Appearance, result: Result, sent_s: float, now_s: float) -> None:
    """Notes the frame where something is told with it."""
    appearance.faces += bool(result.faces)
    left_s = now_s - result.timings_ms.get("annotate", 0.0) / 1000
    if appearance.name is not None:
        if any(face.name == appearance.name for face in result.faces):
            appearance.frames.setdefault(PERSON, (sent_s, left_s))
    elif appearance.faces >= 2:
        appearance.frames.setdefault(SOMEBODY, (sent_s, left_s))
        if appearance.faces >= 3:
            appearance.frames.setdefault(STRANGER, (sent_s, left_s))


def _match(
    plan: Sequence[Appearance],
    told: Sequence[ToldEvent],
    people: dict[str, str],
    cameras: dict[str, str],
    kind: str,
) -> None:
    """The time at which a client was told of each; of a stranger of the one who was there."""
    for appearance in plan:
        person = "-" if appearance.name is None else people.get(appearance.name, "?")
        until_s = appearance.began_s + SHOWN_S + EMPTY_S
        for what in appearance.frames:
            of = [
                one.at_s
                for one in told
                if (one.kind, one.person, one.camera)
                == (EVENTS[what], person, cameras[appearance.camera])
                and appearance.began_s <= one.at_s < until_s
            ]
            if of:
                appearance.told[what, kind] = min(of)


def _shown(plan: Sequence[Appearance], kinds: Sequence[str]) -> dict[str, object]:
    rows: list[tuple[object, ...]] = []
    document: dict[str, object] = {}
    for what, kind in itertools.product(EVENTS, kinds):
        of = [one for one in plan if what in one.frames]
        told = [one for one in of if (what, kind) in one.told]
        if len(told) < 2:
            continue
        beyond = [1000 * (one.told[what, kind] - one.frames[what][1]) for one in told]
        whole = [1000 * (one.told[what, kind] - one.frames[what][0]) for one in told]
        figures = (*_cuts(beyond), *_cuts(whole))
        rows.append((what, kind, len(of), len(told), *(f"{one:.0f}" for one in figures)))
        names = ("beyond_p50_ms", "beyond_p95_ms", "in_all_p50_ms", "in_all_p95_ms")
        document[f"{what}, {kind}"] = {"recognized": len(of), "told": len(told)} | dict(
            zip(names, figures, strict=True)
        )
    print(f"load {os.getloadavg()[0]:.1f}")
    head = (
        "told",
        "client",
        "recognized",
        "told",
        "beyond p50, ms",
        "p95",
        "in all p50, ms",
        "p95",
    )
    print(table(head, rows))
    return document


def _cuts(values: Sequence[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(values, n=20)
    return cuts[9], cuts[18]


if __name__ == "__main__":
    sys.exit(main())
