"""Alerts amid SIGKILL: whether one is lost, or told by two messages.

A process writes sightings of strangers, decides on them and sends webhooks to a receiver that
records, stumbles now and then and is slow. It is killed at a random moment, again and again; then a
last one sends what is left. Every sighting whose writing was acknowledged must have been told of by
exactly one message: all requests for it carry one idempotency key."""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from json import loads
from pathlib import Path

from benchmarks.support.camera_rules import write_rules
from benchmarks.support.command import command_parser
from benchmarks.support.report import table, write_json
from lookout.server.alerts.keeper import CURSOR, Keeper
from lookout.server.events.cameras import NamesAsIds
from lookout.server.events.feed import EventFeed
from lookout.server.events.types import EventType
from lookout.server.storage.records import Event, new_id
from lookout.server.storage.sqlite.store import SqliteStore, open_store

KILLS = 20
CAMERAS = 200
A_SECOND = 25
START_S, DRAIN_S = 120.0, 240.0
_EPILOG = """example:
  python -m benchmarks.alert_kills --json alert_kills.json

Exit status 1 if an alert was lost, or told by two messages.
"""


@dataclass(frozen=True)
class Outcome:
    """acknowledged: sightings whose writing was. lost: without a message that was taken. doubled:
    with two messages. repeated: requests beyond the first of a message."""

    kills: int
    acknowledged: int
    told: int
    repeated: int
    lost: int
    doubled: int


@dataclass
class Recorder:
    """Takes webhooks; refuses some for the moment."""

    random: random.Random
    taken: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Recorder:
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = loads(self.rfile.read(int(self.headers["Content-Length"])))
                with recorder.lock:
                    stumbles = recorder.random.random() < 0.05
                    pause_s = recorder.random.random() * 0.02
                    if not stumbles and body["notice"] == "told":
                        recorder.requests += 1
                        key = self.headers["Idempotency-Key"]
                        recorder.taken[body["sighting"]].add(key)
                time.sleep(pause_s)
                self.send_response(500 if stumbles else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/"


def run_kills(folder: Path, kills: int, seed: int) -> Outcome:
    """Kills so often, lets a last process send what is left, and counts."""
    chance = random.Random(seed)
    with Recorder(random.Random(seed + 1)) as recorder:
        _write_down(folder, recorder.url)
        acknowledged: set[str] = set()
        for number in range(kills):
            acknowledged |= _killed(folder, number, chance.uniform(0.3, 2.5))
        _drain(folder)
        told = {sighting: keys for sighting, keys in recorder.taken.items() if keys}
        requests = recorder.requests
    messages = sum(map(len, told.values()))
    return Outcome(
        kills=kills,
        acknowledged=len(acknowledged),
        told=len(told),
        repeated=requests - messages,
        lost=len(acknowledged - told.keys()),
        doubled=sum(len(keys) > 1 for keys in told.values()),
    )


def _write_down(folder: Path, url: str) -> None:
    hook = {
        "name": "hook",
        "kind": "webhook",
        "settings": {"url": url},
        "leaves": {"name": True},
    }
    with open_store(folder, {}) as store:
        write_rules(store, hook, CAMERAS)


def _killed(folder: Path, number: int, after_s: float) -> set[str]:
    """Lets a process work for a while, kills it, and returns what it has acknowledged."""
    with _process(folder, "work", str(number)) as process:
        if process.stdout is None:
            raise RuntimeError("the process has no output")
        watchdog = threading.Timer(START_S, process.kill)
        watchdog.start()
        lines = [process.stdout.readline()]
        timer = threading.Timer(after_s, process.send_signal, (signal.SIGKILL,))
        timer.start()
        lines += process.stdout.readlines()
        watchdog.cancel()
        timer.cancel()
    # the last line may be torn
    return {line.strip() for line in lines if line.endswith("\n") and line.strip()}


def _drain(folder: Path) -> None:
    with _process(folder, "drain", "0") as process:
        try:
            process.communicate(timeout=DRAIN_S)
        finally:
            process.kill()


def _process(folder: Path, what: str, number: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.alert_kills", "--child", what, str(folder), number]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _child(what: str, folder: Path, number: str) -> int:
    with open_store(folder, {}) as store:
        keeper = Keeper(store, EventFeed(store), NamesAsIds(), folder / "alerts")
        keeper.start()
        if what == "drain":
            until_s = time.monotonic() + DRAIN_S - 10
            while time.monotonic() < until_s and not _is_done(store):
                time.sleep(0.2)
        else:
            for one in count():
                sighting = f"sgt_{number}_{one}"
                camera = f"camera {(int(number) * 37 + one) % CAMERAS}"
                cluster = f"unk_{number}_{one}"
                event = Event(
                    new_id(),
                    EventType.SIGHTING_BEGAN,
                    time.time(),
                    camera,
                    None,
                    sighting,
                    {"state": "unknown"},
                    cluster=cluster,
                )
                store.events.add(event)
                print(sighting, flush=True)
                time.sleep(1 / A_SECOND)
        keeper.close(5.0)
    return 0


def _is_done(store: SqliteStore) -> bool:
    cursor, latest = store.settings.get(CURSOR), store.events.numbers()[1]
    undecided = store.events.since(cursor if isinstance(cursor, int) else 0, 1000)
    heard = any(event.kind == EventType.SIGHTING_BEGAN for event in undecided)
    return latest > 0 and not heard and store.deliveries.waiting("chn_1") == 0


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.child:
        what, folder, number = options.child
        return _child(what, Path(folder), number)
    with tempfile.TemporaryDirectory() as folder:
        outcome = run_kills(Path(folder) / "data", options.kills, options.seed)
    row = vars(outcome)
    print(table(tuple(row), [tuple(row.values())]))
    write_json(options.json, "alert_kills", row)
    return 1 if outcome.lost or outcome.doubled else 0


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("alert_kills", __doc__, _EPILOG)
    add = parser.add_argument
    add("--kills", type=int, default=KILLS, metavar="N", help="(%(default)s)")
    add("--seed", type=int, default=1, metavar="N", help="(%(default)s)")
    add("--json", type=Path, metavar="FILE", help="write the figures there, too")
    add("--child", nargs=3, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
