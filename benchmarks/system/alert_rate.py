"""Fifty alerts a second for ten minutes: does memory grow, does anything fall behind.

    python -m benchmarks.alert_rate --json results/alert_rate.json
    python -m benchmarks.alert_rate --minutes 5 --stay 1e9     strangers who stay for good

Strangers come before 400 cameras, each with a rule of its own, so that none is told together with
others, and go after some seconds. Every alert is decided on, written down, sent by a channel (a log
in a file) and told to a listener, and its end is, too. Events and alerts stay in the store, as they
would until retention deletes them; what the keeper remembers of people and alerts is bounded, and
grows until the bound of 20,000 alerts that were told.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.support.camera_rules import CHANNEL_ID, write_rules
from benchmarks.support.command import command_parser
from benchmarks.support.report import table, write_json
from benchmarks.support.waiting import wait_until
from lookout.server.alerts.keeper import Keeper
from lookout.server.events.cameras import NamesAsIds
from lookout.server.events.feed import EventFeed, Resync
from lookout.server.events.types import EventType
from lookout.server.storage.records import Event, new_id
from lookout.server.storage.sqlite.store import SqliteStore, open_store

CAMERAS = 400
SAMPLE_S = 10.0
DRAIN_S = 60.0


@dataclass
class Ear:
    """Hears of alerts that fire, in a thread: how long after they were written they were told."""

    feed: EventFeed
    delays_s: list[float] = field(default_factory=list)
    resyncs: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def listen(self) -> None:
        heard = self.feed.subscribe(frozenset({EventType.ALERT_FIRING}))
        while not self.stop.is_set():
            told = heard.get(0.5)
            if isinstance(told, Resync):
                self.resyncs += 1
            elif told is not None:
                began = told.detail["alert"]
                if isinstance(began, dict):
                    self.delays_s.append(time.time() - float(began["began"]))
        heard.close()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("alert_rate", __doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="(%(default)g)")
    parser.add_argument("--rate", type=float, default=50.0, help="alerts a second (%(default)g)")
    parser.add_argument("--stay", type=float, default=5.0, help="seconds (%(default)g)")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name, open_store(Path(name) / "data", {}) as store:
        figures = run(store, Path(name) / "alerts", options)
    write_json(options.json, "alert_rate", figures)
    return 0 if figures["told"] == figures["written"] else 1


def run(store: SqliteStore, folder: Path, options: argparse.Namespace) -> dict[str, object]:
    log = {"name": "log", "kind": "file", "settings": {"max_bytes": 1_000_000_000}}
    write_rules(store, log, CAMERAS)
    feed = EventFeed(store)
    ear, keeper = Ear(feed), Keeper(store, feed, NamesAsIds(), folder)
    listener = threading.Thread(target=ear.listen)
    listener.start()
    keeper.start()
    written, memory = _write(store, options)
    with contextlib.suppress(TimeoutError):  # what has not come by then is counted below
        wait_until(
            lambda: len(ear.delays_s) >= written and not store.deliveries.waiting(CHANNEL_ID),
            DRAIN_S,
        )
    waiting = store.deliveries.waiting(CHANNEL_ID)
    keeper.close(10.0)
    ear.stop.set()
    listener.join(10.0)
    lines = sum(path.read_text().count("\n") for path in folder.glob("*"))
    return _shown(written, memory, ear, lines, waiting, options)


def _write(store: SqliteStore, options: argparse.Namespace) -> tuple[int, list[float]]:
    """How many strangers came in the time, and the memory of this process in MiB every SAMPLE_S."""
    process, memory, number = psutil.Process(), [], 0
    began_s = due_s = time.monotonic()
    sample_s = began_s + SAMPLE_S
    there: deque[float] = deque()
    gone = 0
    while time.monotonic() - began_s < 60 * options.minutes:
        there.append(time.time())
        store.events.add(_event(EventType.SIGHTING_BEGAN, number, there[-1]))
        while there and time.time() - there[0] >= options.stay:
            store.events.add(_event(EventType.SIGHTING_ENDED, gone, there.popleft() + options.stay))
            gone += 1
        number += 1
        due_s += 1 / options.rate
        if time.monotonic() >= sample_s:
            memory.append(process.memory_info().rss / 2**20)
            sample_s += SAMPLE_S
        time.sleep(max(0.0, due_s - time.monotonic()))
    return number, memory


def _event(kind: EventType, number: int, at_s: float) -> Event:
    """Of the stranger of this number, who comes before one of the cameras, or goes."""
    camera, sighting, cluster = f"camera {number % CAMERAS}", f"sgt_{number}", f"unk_{number}"
    detail: dict[str, object] = {"state": "unknown"}
    return Event(new_id(), kind, at_s, camera, None, sighting, detail, cluster=cluster)


def _shown(
    written: int,
    memory: Sequence[float],
    ear: Ear,
    lines: int,
    waiting: int,
    options: argparse.Namespace,
) -> dict[str, object]:
    thirds = [memory[len(memory) * part // 3 : len(memory) * (part + 1) // 3] for part in range(3)]
    means = [statistics.mean(part) if part else 0.0 for part in thirds]
    cuts = statistics.quantiles(ear.delays_s, n=20) if len(ear.delays_s) > 1 else [0.0] * 19
    figures: dict[str, object] = {
        "minutes": options.minutes,
        "stay_s": options.stay,
        "written": written,
        "per_s": round(written / (60 * options.minutes), 1),
        "told": len(ear.delays_s),
        "log_lines": lines,
        "waiting": waiting,
        "resyncs": ear.resyncs,
        "p50_ms": round(1000 * cuts[9]),
        "p95_ms": round(1000 * cuts[18]),
        "memory_mib_by_thirds": [round(one, 1) for one in means],
        "load": round(os.getloadavg()[0], 1),
    }
    print(table(tuple(figures), [tuple(map(str, figures.values()))]))
    print("memory every 10 s, MiB:", " ".join(f"{one:.0f}" for one in memory))
    return figures


if __name__ == "__main__":
    sys.exit(main())
