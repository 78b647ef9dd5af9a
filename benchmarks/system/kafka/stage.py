"""What the trials play on: a broker, consumers in processes of their own, a sender, a reader."""

from __future__ import annotations

import itertools
import os
import queue
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from benchmarks.system.kafka.stand_in import KEY, POISON
from lookout.server.storage.records import new_id
from lookout.server.streams.answer import AnswerStatus, read_answer
from lookout.server.streams.connection import consumer_settings, headers_of
from lookout.server.streams.errors import StreamFull
from lookout.server.streams.options import KafkaOptions
from lookout.server.streams.outlet import OutgoingMessage, Outlet
from lookout.server.streams.picture import SentPicture
from lookout.server.streams.topics import StreamTopics
from tests.support.kafka.broker import Broker

ROOT = Path(__file__).resolve().parents[3]
PARTITIONS = 12
PICTURE_BYTES = 60_000
"""A JPEG of 640×480."""
WAIT_S = 180.0
_NUMBERS = itertools.count(1)


@dataclass
class Told:
    """What came back: of each picture how often, and when first and last."""

    answers: Counter[str] = field(default_factory=Counter)
    failed: set[str] = field(default_factory=set)
    times_s: list[float] = field(default_factory=list)


class StandIn:
    """A consumer in a process of its own."""

    def __init__(self, options: KafkaOptions, folder: Path, cost_s: float) -> None:
        words = [options.servers, options.pictures, options.answers, options.group]
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "benchmarks.kafka", "--consumer", *words),
                *("--cost", str(cost_s), "--folder", str(folder)),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for_partitions(self) -> None:
        while self._lines.get(timeout=WAIT_S) != "partitions":
            pass

    def kill(self) -> None:
        self._process.kill()
        self._end()

    def stop(self) -> dict[str, float]:
        """Ends it as SIGTERM does; its figures."""
        self._process.terminate()
        self._end()
        figures: dict[str, float] = {}
        while not self._lines.empty():
            name, _, value = self._lines.get().partition(" ")
            if value:
                figures[name] = float(value)
        return figures

    def _end(self) -> None:
        self._process.wait(WAIT_S)
        self._reader.join(WAIT_S)

    def _read(self) -> None:
        if self._process.stdout is not None:
            with self._process.stdout as lines:
                for line in lines:
                    self._lines.put(line.strip())


class Stage:
    """Topics of its own at a broker; reads the answers all the while."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        number = next(_NUMBERS)
        names = (f"bench-pictures-{number}", f"bench-answers-{number}", f"bench-{number}")
        self.options = KafkaOptions(broker.servers, *names, max_age_s=3600.0)
        self.broker = broker
        self.told = Told()
        self.sent: set[str] = set()
        self.poison: set[str] = set()
        self.refused = 0
        self._folder = folder
        self._consumers: list[StandIn] = []
        self._content = os.urandom(PICTURE_BYTES)
        self._stop = threading.Event()
        self._reports: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        StreamTopics(self.options).create(PARTITIONS, 1)
        self._outlet = Outlet(self.options)
        self._outlet.start()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def consumer(self, cost_s: float) -> StandIn:
        """Ends with the stage, if not before."""
        self._consumers.append(StandIn(self.options, self._folder, cost_s))
        return self._consumers[-1]

    def send(self, count: int, size: int = PICTURE_BYTES, poison_every: int = 0) -> None:
        """Sends pictures and waits until the broker has them all; those that it never took are
        counted in `refused`."""
        for number in range(count):
            self._send(size, poison_every and number % poison_every == 0)
        self._take_reports(count)

    def send_steadily(self, rate: float, until: Callable[[], bool], size: int, poison: int) -> int:
        """Sends so many a second until it is enough, one in `poison` no picture."""
        began_s, count = time.monotonic(), 0
        while not until():
            self._send(size, count % poison == poison - 1)
            count += 1
            time.sleep(max(0.0, began_s + count / rate - time.monotonic()))
        self._take_reports(count)
        return count

    def wait_until_answered(self, timeout_s: float = WAIT_S) -> bool:
        """Until every picture has its answer; False where that does not come."""
        until_s = time.monotonic() + timeout_s
        while self.lost() and time.monotonic() < until_s:
            time.sleep(0.05)
        return not self.lost()

    def lost(self) -> int:
        return len(self.sent - self.told.answers.keys())

    def duplicates(self) -> int:
        """Answers beyond the first of a picture."""
        return sum(self.told.answers.values()) - len(self.told.answers)

    def dead(self) -> int:
        """Messages in the topic of the failed."""
        consumer = Consumer(consumer_settings(self.options, "bench-dead"))
        found: set[str] = set()
        consumer.subscribe([self.options.dead])
        quiet_s = time.monotonic()
        while time.monotonic() - quiet_s < 8.0:
            message = consumer.poll(0.5)
            if message is not None and message.error() is None:
                found |= {value.decode() for name, value in headers_of(message) if name == "id"}
                quiet_s = time.monotonic()
        consumer.close()
        return len(found)

    def close(self) -> None:
        for consumer in self._consumers:
            consumer.kill()
        self._stop.set()
        self._reader.join(WAIT_S)
        self._outlet.close(5.0)

    def _take_reports(self, count: int) -> None:
        """Only what Kafka has acknowledged can be lost; who sent the rest was told that it failed,
        although some of it may be there."""
        for _ in range(count):
            picture, words = self._reports.get(timeout=WAIT_S)
            if words:
                self.refused += 1
                self.poison.discard(picture)
            else:
                self.sent.add(picture)

    def _send(self, size: int, poison: bool | int) -> None:
        content = POISON if poison else self._content[:size]
        picture = SentPicture(new_id(), time.time(), content)
        if poison:
            self.poison.add(picture.id)
        message = OutgoingMessage(
            self.options.pictures, picture.key, picture.sealed(KEY), picture.headers()
        )
        while True:
            try:
                return self._outlet.send(
                    message, lambda words: self._reports.put((picture.id, words))
                )
            except StreamFull:
                time.sleep(0.05)

    def _read(self) -> None:
        consumer = Consumer(consumer_settings(self.options, f"{self.options.group}-bench"))
        # without a group, whose partitions could be lost: what is tried is the consumers'
        consumer.assign(
            [
                TopicPartition(self.options.answers, number, OFFSET_BEGINNING)
                for number in range(PARTITIONS)
            ]
        )
        while not self._stop.is_set():
            try:
                messages = consumer.consume(500, 0.1)
            except KafkaException:
                continue
            for message in messages:
                if message.error() is not None:
                    continue
                answer = read_answer(message.value(), KEY)
                self.told.answers[answer.picture] += 1
                self.told.times_s.append(message.timestamp()[1] / 1000)
                if answer.status is AnswerStatus.FAILED:
                    self.told.failed.add(answer.picture)
        consumer.close()


@contextmanager
def opened(broker: Broker, folder: Path) -> Iterator[Stage]:
    stage = Stage(broker, folder)
    try:
        yield stage
    finally:
        stage.close()
