"""Outages that need more than the one broker: a partition without a leader, a full disk, a store
that is away."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from prometheus_client import CollectorRegistry

from benchmarks.support.waiting import wait_until
from benchmarks.system.kafka.stage import Stage
from benchmarks.system.kafka.stand_in import KEY
from benchmarks.system.kafka.trials import Figures, fault
from lookout.server.storage.opening import open_store
from lookout.server.storage.sqlite.store import DATABASE
from lookout.server.storage.store import Store
from lookout.server.streams.display import AnswerDisplay
from lookout.server.streams.metrics import StreamMetrics
from tests.support.kafka.broker import Broker, second_broker

LEADERLESS_S, AWAY_S = 15.0, 60.0
JOINED_S = 5.0
"""For a second broker to be registered."""
SMALL_MB, ROOMY_MB = 64, 512
ENDED_WITHIN_S = 60.0
SEEN_WITHIN_S = 180.0


def leaderless(_: Broker, folder: Path) -> Figures:
    """Two brokers, one replica of each partition: the second is killed, so that half of the
    partitions have no leader, and comes back."""
    with ExitStack() as running:
        (folder / "one").mkdir()
        (folder / "two").mkdir()
        first = Broker(folder / "one")
        second = second_broker(folder / "two", first)
        for broker in (first, second):
            broker.start()
            running.callback(broker.stop)
        time.sleep(JOINED_S)

        def play(_: Stage) -> Mapping[str, object]:
            second.kill()
            time.sleep(LEADERLESS_S)
            second.start()
            return {}

        return fault(first, folder, play)


def disk_full(_: Broker, folder: Path) -> Figures:
    """The disk of the broker gets full, so that it ends; it is started again once there is room.
    Needs the right to mount."""
    with _small_disk(folder / "disk") as disk:
        broker = Broker(disk)
        broker.start()

        def play(_: Stage) -> Mapping[str, object]:
            _fill(disk / "of somebody else")
            with suppress(TimeoutError):
                wait_until(lambda: not broker.is_running(), ENDED_WITHIN_S)
            ended_by_itself = not broker.is_running()
            _mount("remount", f"size={ROOMY_MB}m", str(disk))
            broker.kill()
            broker.start()
            return {"broker_ended_by_itself": ended_by_itself}

        try:
            return fault(broker, folder, play)
        finally:
            broker.stop()


def store_away(broker: Broker, folder: Path) -> Figures:
    """Another program keeps the store locked for a minute, so that no answer can be written; each
    has to be there once."""
    data = folder / "data"
    with ExitStack() as running:
        store = running.enter_context(open_store(data, {}))

        def play(stage: Stage) -> Mapping[str, object]:
            metrics = StreamMetrics(CollectorRegistry())
            display = AnswerDisplay(stage.options, store, KEY, metrics)
            display.start()
            running.callback(display.close, 10.0)
            time.sleep(JOINED_S)
            with closing(sqlite3.connect(data / DATABASE, timeout=30.0)) as other:
                other.execute("BEGIN EXCLUSIVE")
                time.sleep(AWAY_S)
                other.rollback()
            return {}

        figures = fault(broker, folder, play)
        wanted = int(str(figures["pictures"])) - int(str(figures["not_taken_by_kafka"]))
        with suppress(TimeoutError):
            wait_until(lambda: _kept_in(store) >= wanted, SEEN_WITHIN_S, rest=_a_second)
        kept = _kept_in(store)
        return {**figures, "lost": max(int(str(figures["lost"])), wanted - kept), "kept": kept}


OUTAGES = {
    "partitions without a leader for 15 s": leaderless,
    "the broker's disk full": disk_full,
    "store away for a minute": store_away,
}


def _a_second() -> None:
    time.sleep(1.0)


def _kept_in(store: Store) -> int:
    count = number = 0
    while events := store.events.since(number, 1000):
        count, number = count + len(events), events[-1].number
    return count


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, suppress(OSError):  # until it is full
        while True:
            file.write(bytes(1 << 16))


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    _mount(f"size={SMALL_MB}m", str(folder), kind="tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False, timeout=10)


def _mount(*words: str, kind: str = "") -> None:
    *options, place = words
    command = ["mount", "-o", ",".join(options), place]
    if kind:
        command = ["mount", "-t", kind, "-o", ",".join(options), kind, place]
    subprocess.run(command, check=True, timeout=10)
