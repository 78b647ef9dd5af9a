"""The display side: writes answers to the store, where each becomes an event that is shown live."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Sequence

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from lookout.server.storage.errors import Conflict, StorageError
from lookout.server.storage.store import Store
from lookout.server.streams.answer import PictureAnswer, read_answer
from lookout.server.streams.connection import consumer_settings, in_words, said
from lookout.server.streams.errors import BadStreamMessage, BrokerAway, StreamError
from lookout.server.streams.membership import GroupMembership
from lookout.server.streams.metrics import StreamMetrics
from lookout.server.streams.options import KafkaOptions
from lookout.server.streams.sealing import StreamKey
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

BATCH = 100
POLL_S = 0.2
AGAIN_S = 1.0


class AnswerDisplay(StoppableThread):
    """Owns its thread. While the broker or the store is away it waits, and loses nothing: an answer
    is committed once it is in the store."""

    def __init__(
        self, options: KafkaOptions, store: Store, key: StreamKey, metrics: StreamMetrics
    ) -> None:
        self._options = options
        self._store = store
        self._key = key
        self._metrics = metrics
        self._membership = GroupMembership(time.monotonic())
        super().__init__("kafka display")

    def _work(self) -> None:
        failed = False
        while not self._stop.is_set():
            try:
                with in_words(self._options):
                    self._session()
            except StreamError as error:
                if not failed:  # logged once, not every second
                    log.warning("answers wait: %s", error)
                failed = True
            self._stop.wait(AGAIN_S)

    def _session(self) -> None:
        consumer = Consumer(consumer_settings(self._options, self._options.display_group))
        self._membership.joins(time.monotonic())
        overdue = False
        try:
            consumer.subscribe(
                [self._options.answers],
                on_assign=lambda *_: self._membership.given(),
                on_revoke=lambda *_: self._membership.taken(time.monotonic()),
                on_lost=lambda *_: self._membership.taken(time.monotonic()),
            )
            while not self._stop.is_set():
                messages = consumer.consume(BATCH, POLL_S)
                if messages:
                    self._show(consumer, messages)
                overdue = self._membership.is_overdue(time.monotonic())
                if overdue:
                    raise BrokerAway(f"Kafka at {self._options.servers} gives no partitions")
        finally:
            if not overdue:  # a client that is stuck may not come back from it
                with contextlib.suppress(KafkaException):
                    consumer.close()

    def _show(self, consumer: Consumer, messages: Sequence[Message]) -> None:
        answers, positions = [], {}
        for message in messages:
            error = message.error()
            if error is not None:
                if error.fatal() or error.code() in (
                    KafkaError.UNKNOWN_TOPIC_OR_PART,
                    KafkaError.TOPIC_AUTHORIZATION_FAILED,
                ):
                    raise said(error, self._options)
                continue
            partition, offset = message.partition(), message.offset()
            if partition is None or offset is None:
                continue
            positions[partition] = offset + 1
            value = message.value()
            try:
                answers.append(read_answer(value if isinstance(value, bytes) else None, self._key))
            except BadStreamMessage as bad:
                self._metrics.unreadable.inc()
                log.warning("an answer at %d of partition %d: %s", offset, partition, bad)
        if self._written(consumer, answers) and positions:
            places = [
                TopicPartition(self._options.answers, partition, offset)
                for partition, offset in positions.items()
            ]
            with contextlib.suppress(KafkaException):  # else they come again, as duplicates
                consumer.commit(offsets=places, asynchronous=True)

    def _written(self, consumer: Consumer, answers: Sequence[PictureAnswer]) -> bool:
        """Writes until the store has them; False where the thread is to end before."""
        paused = False
        while True:
            try:
                written = write_answers(self._store, answers)
            except StorageError as error:
                if not paused:
                    log.warning("answers wait for the store: %s", error)
                    consumer.pause(consumer.assignment())
                    paused = True
                if self._stop.wait(AGAIN_S):
                    return False
                consumer.poll(0)  # stays in the group
                continue
            self._metrics.answers.inc(written)
            self._metrics.duplicates.inc(len(answers) - written)
            if paused:
                consumer.resume(consumer.assignment())
            return True


def write_answers(store: Store, answers: Sequence[PictureAnswer]) -> int:
    """Writes those answers that the store has not yet; returns how many. Raises StorageError."""
    written = 0
    with store.transaction():
        for answer in answers:
            with contextlib.suppress(Conflict):  # that picture has been answered by this model
                store.events.add(answer.event())
                written += 1
    return written
