"""How soon two servers on one MongoDB know what the other does, and what becomes of one's camera.

    python -m benchmarks.shared_store               two real servers, a key service, five rounds
    python -m benchmarks.shared_store --rounds 2 --json shared_store.json

Each server has a data folder and a gallery of its own, and keeps its data keys at `lookout keys
serve`. A round enrols a person at one server and forgets them again; rejections, rules and a camera
that the servers fetch are told of at one and looked for at the other. Then the key service is
killed, and in the end the server that has the camera. The database is the one that
LOOKOUT_TEST_MONGO names, else SecantusDB.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

import cv2
import httpx
import numpy as np
import skimage.data
from cryptography.fernet import Fernet

from benchmarks.support.command import command_parser
from benchmarks.support.programs import Program
from benchmarks.support.report import table, write_json
from benchmarks.support.stores import MongoServer
from benchmarks.support.waiting import wait_until
from tests.support.clips import write_frames

KEYS_LISTEN = re.compile(r"keys on \S+ port (\d+)")
HTTP_LISTENS = re.compile(r"HTTP API on \S+ port (\d+)")
MOST_S = 2.0
"""A change at one server is to be known at the other."""
MOST_TAKEOVER_S = 10.0
"""A camera whose server was killed is to be served by the other: its lease lasts for six seconds,
and is asked for every two."""
PATIENCE_S = 60.0
WATCHED_S = 10.0
NAME, CAMERA = "Eileen Collins", "door"


class Service:
    """A key service, and what a server needs to use it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "keys"
        self._token = folder / "token"
        self._token.write_text(secrets.token_hex(32))
        self._token.chmod(0o600)
        self.program = self._started(0)
        self._port = self.program.port

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            "LOOKOUT_KEYS_URL": f"http://127.0.0.1:{self._port}",
            "LOOKOUT_KEYS_TOKEN_FILE": str(self._token),
        }

    def count(self) -> int:
        """The keys on its disk."""
        with contextlib.closing(sqlite3.connect(self.folder / "keys.db")) as connection:
            (count,) = connection.execute("SELECT count(*) FROM data_keys").fetchone()
        return int(count)

    def kill(self) -> None:
        self.program.kill()
        self.program.stop()

    def start_again(self) -> None:
        self.program = self._started(self._port)
        self._port = self.program.port

    def _started(self, port: int) -> Program:
        return Program(
            *("-m", "lookout", "keys", "serve", "--folder", str(self.folder)),
            *("--port", str(port), "--token-file", str(self._token)),
            listens=KEYS_LISTEN,
        )


class Server:
    """One of the servers, once it listens."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        folder.mkdir()
        self.program = Program(
            *("-m", "server", "--port", "0", "--http", "--http-port", "0", "--no-auth"),
            *("--detector", "hog", "--encoder", "dlib-128", "--liveness", "off"),
            *("--encodings", str(folder / "encodings.pkl"), "--images", str(folder / "images")),
            *("--data", str(folder / "data"), "--cameras", str(folder / "cameras.toml")),
            listens=HTTP_LISTENS,
            environment=environment,
        )
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.program.port}/api/v1", timeout=PATIENCE_S
        )

    def asked(self, method: str, path: str, **options: Any) -> Any:
        """What it answers; raises for an error."""
        answer = self.client.request(method, path, **options).raise_for_status()
        return answer.json() if answer.content else None

    def enrolled(self, portrait: bytes) -> str:
        """A new person with this portrait; their id."""
        person: str = self.asked("POST", "/people", json={"name": NAME})["id"]
        photograph = [("files", ("a.jpg", portrait))]
        self.asked("POST", f"/people/{person}/samples", files=photograph)
        return person

    def named(self, portrait: bytes) -> bool:
        """Whether the face of the portrait has a name here."""
        faces = self.asked("POST", "/recognize", files={"file": ("b.jpg", portrait)})["faces"]
        return any(face["person"] for face in faces)

    def has_camera(self) -> bool:
        """Whether it serves the camera now."""
        return any(
            one["name"] == CAMERA and one["condition"] == "online"
            for one in self.asked("GET", "/cameras")
        )

    def close(self) -> None:
        self.client.close()
        self.program.stop()


def play(folder: Path, rounds: int) -> dict[str, Any]:
    """All rounds; the figures in seconds, by what they are of."""
    told: dict[str, list[float]] = {}
    with contextlib.ExitStack() as opened:
        database = opened.enter_context(contextlib.closing(MongoServer(folder / "mongo")))
        keys = Service(folder)
        opened.callback(lambda: keys.program.stop())
        environment = {
            **database.environment,
            **keys.environment,
            "LOOKOUT_MASTER_KEY": Fernet.generate_key().decode(),
        }
        servers = []
        for name in ("one", "other"):
            servers.append(Server(folder / name, environment))
            opened.callback(servers[-1].close)
        portrait, clip = _portrait(folder)
        for number in range(rounds):
            one, other = servers if number % 2 == 0 else servers[::-1]
            _note(told, _round(one, other, keys, portrait))
        found: dict[str, object] = {"at_once": _one_camera(servers, clip)}
        _note(told, _named_and_rejected(servers, portrait))
        found |= _without_keys(servers, keys, portrait, told)
        _note(told, _taken_over(servers))
        return {"database": database.name, **found, "seconds": told}


def _round(one: Server, other: Server, keys: Service, portrait: bytes) -> Mapping[str, float]:
    before = keys.count()
    person = one.enrolled(portrait)
    enrolled_s = _until(lambda: other.named(portrait), "a name at the other server")
    rule = {"name": "r", "who": {"kind": "unknown"}, "what": {"kind": "appears"}}
    made = one.asked("POST", "/rules", json=rule)["id"]
    rule_s = _until(
        lambda: any(rule["id"] == made for rule in _items(other.asked("GET", "/rules"))), "the rule"
    )
    one.asked("DELETE", f"/rules/{made}")
    one.asked("DELETE", f"/people/{person}")
    forgotten_s = _until(lambda: not other.named(portrait), "no name at the other server")
    if keys.count() != before or other.client.get(f"/people/{person}").status_code != 404:
        raise RuntimeError("a key, or a record, of somebody who was forgotten is there")
    return {"enrolled": enrolled_s, "rule": rule_s, "forgotten": forgotten_s}


def _one_camera(servers: Sequence[Server], clip: Path) -> int:
    """How many servers have the camera at once, at most."""
    servers[0].asked("POST", "/cameras", json={"name": CAMERA, "address": str(clip)})
    wait_until(lambda: any(one.has_camera() for one in servers), PATIENCE_S, "the camera")
    most, until_s = 0, monotonic() + WATCHED_S
    while monotonic() < until_s:
        most = max(most, sum(one.has_camera() for one in servers))
    return most


def _named_and_rejected(servers: Sequence[Server], portrait: bytes) -> Mapping[str, float]:
    """Who is before the camera of one server is enrolled at the other, the sighting rejected there,
    and that taken back at the first."""
    other, one = sorted(servers, key=Server.has_camera, reverse=True)
    person = one.enrolled(portrait)
    seen: list[str] = []

    def is_seen() -> bool:
        seen[:] = [s["id"] for s in _items(one.asked("GET", f"/sightings?person={person}"))]
        return bool(seen)

    named_s = _until(is_seen, "a sighting")
    one.asked("POST", f"/sightings/{seen[0]}/reject")
    rejected_s = _until(lambda: other.asked("GET", "/rejections"), "the rejection")
    at = other.asked("GET", "/rejections")[0]["at"]
    other.asked("DELETE", f"/rejections/{at}")
    taken_back_s = _until(lambda: not one.asked("GET", "/rejections"), "no rejection")
    return {"named_live": named_s, "rejected": rejected_s, "taken_back": taken_back_s}


def _without_keys(
    servers: Sequence[Server], keys: Service, portrait: bytes, told: dict[str, list[float]]
) -> Mapping[str, object]:
    """What is answered while the key service is killed, and how soon all is well afterwards."""
    keys.kill()
    began_s = monotonic()
    named = all(one.named(portrait) for one in servers)
    refused = servers[0].client.post("/people", json={"name": "Nobody"})
    answered_s = monotonic() - began_s
    keys.start_again()

    def is_kept() -> bool:
        return servers[0].client.post("/people", json={"name": "Somebody"}).status_code == 201

    _note(told, {"keys_back": _until(is_kept, "a person who is kept")})
    return {
        "without_keys": {
            "named": named,
            "status": refused.status_code,
            "answered_s": round(answered_s, 2),
        }
    }


def _taken_over(servers: Sequence[Server]) -> Mapping[str, float]:
    with_camera = next(one for one in servers if one.has_camera())
    other = next(one for one in servers if one is not with_camera)
    with_camera.program.signal(signal.SIGKILL)
    return {"camera_of_a_killed_server": _until(other.has_camera, "the camera at the other")}


def _until(condition: Callable[[], object], what: str) -> float:
    return round(wait_until(condition, PATIENCE_S, what), 2)


def _items(answer: Any) -> Sequence[Any]:
    items: Sequence[Any] = answer["items"] if isinstance(answer, dict) else answer
    return items


def _note(told: dict[str, list[float]], found: Mapping[str, float]) -> None:
    for name, seconds in found.items():
        told.setdefault(name, []).append(seconds)


def _portrait(folder: Path) -> tuple[bytes, Path]:
    """Eileen Collins as a JPEG, and as a video in which she moves a little."""
    image = np.ascontiguousarray(skimage.data.astronaut()[:320, :, ::-1])
    done, jpeg = cv2.imencode(".jpg", image)
    if not done:
        raise RuntimeError("the portrait cannot be encoded")
    frames = [np.ascontiguousarray(np.roll(image, shift % 20, axis=1)) for shift in range(100)]
    return jpeg.tobytes(), write_frames(folder / "clip.mp4", frames)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("shared_store", __doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        results = play(Path(name), options.rounds)
    seconds: Mapping[str, Sequence[float]] = results["seconds"]
    rows = [[what, len(all_s), min(all_s), max(all_s)] for what, all_s in seconds.items()]
    print(table(("what", "times", "shortest_s", "longest_s"), rows))
    print(f"over {results['database']}; servers with the camera at once: {results['at_once']}")
    print(f"while the key service was killed: {results['without_keys']}")
    write_json(options.json, "shared_store", results)
    known = [s for what, all_s in seconds.items() if what in SOON for s in all_s]
    kept = max(known) <= MOST_S and results["at_once"] == 1
    return 0 if kept and seconds["camera_of_a_killed_server"][0] <= MOST_TAKEOVER_S else 1


SOON = frozenset({"enrolled", "named_live", "rule", "forgotten", "rejected", "taken_back"})


if __name__ == "__main__":
    sys.exit(main())
