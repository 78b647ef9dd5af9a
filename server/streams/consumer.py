"""The consumer of pictures: takes them, has them answered, and commits what has been answered.

A message is committed once the broker has acknowledged its answer, never before, and never past one
that is still in hand. So a consumer that dies leaves its pictures to the next one, and some are
answered twice, under the same id.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from lookout.server.streams.backpressure import Backpressure, Reading
from lookout.server.streams.connection import consumer_settings, headers_of, in_words, said
from lookout.server.streams.errors import StreamError, StreamFull
from lookout.server.streams.membership import PATIENCE_S, GroupMembership
from lookout.server.streams.metrics import StreamMetrics
from lookout.server.streams.offsets import OffsetLedger
from lookout.server.streams.options import KafkaOptions
from lookout.server.streams.outlet import OutgoingMessage, Outlet
from lookout.server.streams.reports import Reports
from lookout.server.streams.response import IncomingMessage, Responder
from lookout.server.streams.workers import KeyedWorkers
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

COMMIT_S = 0.25
POLL_S, PAUSED_POLL_S = 0.1, 0.01
LAG_S = 2.0
FULL_WAIT_S = 0.1
DRAIN_S = 2.0
"""For what is in hand to be answered, when its partition is taken away or the consumer ends."""


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    ledger: OffsetLedger
    message: IncomingMessage


class PictureConsumer(StoppableThread):
    """Owns its thread and the workers'; `outlet` is the caller's.

    on_end is called by the thread when it ends, by itself or stopped; `failure` then says why it
    could not go on.
    """

    def __init__(
        self,
        options: KafkaOptions,
        outlet: Outlet,
        responder: Responder,
        metrics: StreamMetrics,
        workers: int = 2,
        on_end: Callable[[], object] = lambda: None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Connects once it is started. Raises StreamError for options that cannot be."""
        self.failure: StreamError | None = None
        self._options = options
        self._outlet = outlet
        self._responder = responder
        self._metrics = metrics
        self._workers = KeyedWorkers(workers, "pictures")
        self._on_end = on_end
        self._ledgers: dict[int, OffsetLedger] = {}
        self._answered: queue.SimpleQueue[_Task] = queue.SimpleQueue()
        self._untaken: queue.SimpleQueue[tuple[OutgoingMessage, Reports]] = queue.SimpleQueue()
        self._pressure = Backpressure()
        self._failed: str = ""
        with in_words(options):
            self._consumer = self._new_consumer()
        self._membership = GroupMembership(time.monotonic(), patience_s)
        super().__init__("kafka in")

    def close(self, timeout_s: float) -> bool:
        """Answers what is in hand, as far as DRAIN_S goes, and leaves the group."""
        return super().close(timeout_s) and self._workers.close(timeout_s)

    def _work(self) -> None:
        self._workers.start()
        try:
            with in_words(self._options):
                self._consume()
        except StreamError as error:
            self.failure = error
        finally:
            with contextlib.suppress(KafkaException, RuntimeError):
                self._consumer.close()  # leaves the group; calls _revoked
            self._on_end()

    def _consume(self) -> None:
        committed_s = told_s = time.monotonic()
        self._join(committed_s)
        while not self._stop.is_set():
            self._read()
            self._send_again()
            now_s = time.monotonic()
            self._regulate(now_s)
            if now_s - committed_s > COMMIT_S:
                self._commit(self._ledgers, wait=False)
                committed_s = now_s
            if now_s - told_s > LAG_S:
                self._tell_lag()
                told_s = now_s
            if self._membership.is_overdue(now_s):
                self._join_anew(now_s)
            if self._failed or self._outlet.failed:
                raise StreamError(self._failed or self._outlet.failed)

    def _read(self) -> None:
        """Takes a picture, or waits for the answer of one where there are enough of them."""
        reading = self._pressure.reading
        if reading is Reading.WAITS:
            return self._settle(wait_s=POLL_S)
        message = self._consumer.poll(POLL_S if reading is Reading.READS else PAUSED_POLL_S)
        if message is not None:
            self._take(message)
        return self._settle()

    def _new_consumer(self) -> Consumer:
        settings = consumer_settings(self._options, self._options.group)
        return Consumer(settings | {"error_cb": self._hear})

    def _join(self, now_s: float) -> None:
        self._membership.joins(now_s)
        self._consumer.subscribe(
            [self._options.pictures],
            on_assign=self._assigned,
            on_revoke=self._revoked,
            on_lost=self._lost,
        )

    def _join_anew(self, now_s: float) -> None:
        """With a client of its own. The old one is dropped, not closed: that could wait for ever
        for what it is stuck in."""
        log.warning("Kafka at %s gives no partitions: joining anew", self._options.servers)
        self._metrics.rejoins.inc()
        self._consumer = self._new_consumer()
        self._join(now_s)

    def _take(self, message: Message) -> None:
        error = message.error()
        if error is not None:
            if error.fatal() or error.code() in _ENDING:
                raise said(error, self._options)
            log.warning("%s", said(error, self._options))
            return
        partition, offset = message.partition(), message.offset()
        if partition is None or offset is None or partition not in self._ledgers:
            return
        ledger = self._ledgers[partition]
        ledger.take(offset)
        incoming = IncomingMessage(
            self._options.pictures,
            partition,
            offset,
            _bytes(message.key()),
            _bytes(message.value()),
            headers_of(message),
        )
        self._pressure.taken(len(incoming.value))
        self._metrics.in_hand.set(self._pressure.in_hand)
        self._metrics.age_s.set(max(0.0, time.time() - message.timestamp()[1] / 1000))
        self._workers.submit(incoming.key, partial(self._respond, _Task(ledger, incoming)))

    def _respond(self, task: _Task) -> None:
        """A worker's thread: answers, and waits for no report."""
        response = self._responder.respond(task.message)
        self._metrics.pictures.labels(response.outcome.value).inc()
        reports = Reports(len(response.messages), lambda: self._answered.put(task))
        for message in response.messages:
            self._send(message, reports)

    def _send(self, message: OutgoingMessage, reports: Reports) -> None:
        """A worker's thread, or the consumer's: waits while the outlet is full. What the broker
        does not take is sent again, by the consumer's thread."""

        def delivered(words: str) -> None:
            if not words:
                reports.one_more()
            else:
                log.warning("Kafka did not take an answer, it is sent again: %s", words)
                self._untaken.put((message, reports))

        while not self._outlet.failed:
            try:
                return self._outlet.send(message, delivered)
            except StreamFull:
                if self._stop.wait(FULL_WAIT_S):
                    return None
            except StreamError as error:
                self._failed = str(error)
                return None
        return None

    def _send_again(self) -> None:
        with contextlib.suppress(queue.Empty):
            while not self._stop.is_set():
                self._send(*self._untaken.get_nowait())

    def _settle(self, wait_s: float = 0.0) -> None:
        """Notes what has been answered."""
        with contextlib.suppress(queue.Empty):
            task = self._answered.get(timeout=wait_s) if wait_s else self._answered.get_nowait()
            while True:
                task.ledger.done(task.message.offset)
                self._pressure.answered(len(task.message.value))
                task = self._answered.get_nowait()
        self._metrics.in_hand.set(self._pressure.in_hand)

    def _regulate(self, now_s: float) -> None:
        """Pauses and resumes reading."""
        was_paused = self._pressure.reading is Reading.PAUSED
        paused = self._pressure.look(now_s) is Reading.PAUSED
        if paused and not was_paused:
            self._consumer.pause(self._partitions())
            self._metrics.pauses.inc()
        elif was_paused and not paused:
            self._consumer.resume(self._partitions())
        self._metrics.paused.set(paused)

    def _commit(self, ledgers: dict[int, OffsetLedger], *, wait: bool) -> None:
        positions = [
            TopicPartition(self._options.pictures, partition, position)
            for partition, ledger in ledgers.items()
            if (position := ledger.take_position()) is not None
        ]
        if not positions:
            return
        try:
            if wait:
                self._consumer.commit(offsets=positions, asynchronous=False)
            else:
                self._consumer.commit(offsets=positions, asynchronous=True)
        except KafkaException as error:
            # they are answered once more, under their ids
            log.warning("some pictures could not be committed: %s", error)

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._metrics.rebalances.inc()
        self._membership.given()
        for partition in partitions:
            self._ledgers[partition.partition] = OffsetLedger()
        consumer.incremental_assign(partitions)
        if self._pressure.reading is Reading.PAUSED and partitions:
            consumer.pause(partitions)
        log.info("Kafka: partitions %s", sorted(self._ledgers))

    def _revoked(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Called by poll and close; what is in hand of these gets a moment to be answered."""
        self._metrics.rebalances.inc()
        leaving = {
            partition.partition: self._ledgers.pop(partition.partition)
            for partition in partitions
            if partition.partition in self._ledgers
        }
        until_s = time.monotonic() + DRAIN_S
        while any(map(len, leaving.values())) and time.monotonic() < until_s:
            self._settle(wait_s=0.05)
        self._commit(leaving, wait=True)
        consumer.incremental_unassign(partitions)
        self._membership.taken(time.monotonic())
        log.info("Kafka: partitions %s", sorted(self._ledgers))

    def _lost(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """They are another's already: nothing of them is ours to commit."""
        self._metrics.rebalances.inc()
        for partition in partitions:
            self._ledgers.pop(partition.partition, None)
        consumer.incremental_unassign(partitions)
        self._membership.taken(time.monotonic())

    def _partitions(self) -> list[TopicPartition]:
        return [TopicPartition(self._options.pictures, number) for number in self._ledgers]

    def _tell_lag(self) -> None:
        topic = self._options.pictures
        with contextlib.suppress(KafkaException):
            for place in self._consumer.position(self._partitions()):
                marks = self._consumer.get_watermark_offsets(place, cached=True)
                if marks is not None and place.offset >= 0 and marks[1] >= 0:
                    waiting = len(self._ledgers[place.partition])
                    lag = max(0, marks[1] - place.offset) + waiting
                    self._metrics.lag.labels(topic, str(place.partition)).set(lag)

    def _hear(self, error: KafkaError) -> None:
        if error.fatal():
            self._failed = str(said(error, self._options))
        elif error.code() == KafkaError._ALL_BROKERS_DOWN:
            log.warning("Kafka at %s is away; waiting for it", self._options.servers)


_ENDING = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,
    }
)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""
