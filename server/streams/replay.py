"""The replay: pictures that failed get another chance, once what made them fail is mended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from confluent_kafka import Consumer, TopicPartition

from lookout.server.streams.connection import (
    CLIENT_S,
    DELIVERY_S,
    committed,
    consumer_settings,
    headers_of,
    in_words,
    said,
)
from lookout.server.streams.dead_letters import revived
from lookout.server.streams.errors import BrokerAway
from lookout.server.streams.options import KafkaOptions
from lookout.server.streams.outlet import Outlet

IDLE_S = 10.0
"""Without a message that should be there."""


def replay(
    options: KafkaOptions,
    outlet: Outlet,
    limit: int,
    clock: Callable[[], float] = time.time,
) -> int:
    """Sends up to `limit` pictures that failed, and were not replayed yet, to be recognized once
    more; returns how many. Raises StreamError."""
    with in_words(options):
        consumer = Consumer(consumer_settings(options, f"{options.group}-replay"))
        try:
            return _replay(options, consumer, outlet, limit, clock)
        finally:
            consumer.close()


def _replay(
    options: KafkaOptions,
    consumer: Consumer,
    outlet: Outlet,
    limit: int,
    clock: Callable[[], float],
) -> int:
    places = _places(options, consumer)
    ends = {place.partition: _marks(consumer, place)[1] for place in places}
    left = sum(max(0, ends[place.partition] - place.offset) for place in places)
    consumer.assign(list(places))
    sent, refused = 0, list[str]()
    reported = threading.Semaphore(0)

    def delivered(words: str) -> None:
        if words:
            refused.append(words)
        reported.release()

    done = {place.partition: place.offset for place in places}
    idle_until_s = time.monotonic() + IDLE_S
    while sent < min(limit, left):
        message = consumer.poll(0.5)
        if message is None:
            if time.monotonic() > idle_until_s:
                raise BrokerAway(f"Kafka gives only {sent} of {left} pictures; try again")
            continue
        idle_until_s = time.monotonic() + IDLE_S
        error = message.error()
        if error is not None:
            raise said(error, options)
        content = (message.key() or b"", message.value() or b"", headers_of(message))
        outlet.send(revived(options.pictures, content, clock()), delivered)
        sent += 1
        done[message.partition() or 0] = (message.offset() or 0) + 1
    for _ in range(sent):
        if not reported.acquire(timeout=DELIVERY_S + 1):
            raise BrokerAway("Kafka did not say whether it took them; none is marked as replayed")
    if refused:
        raise BrokerAway(f"Kafka did not take them, nothing is marked as replayed: {refused[0]}")
    if sent:
        consumer.commit(
            offsets=[TopicPartition(options.dead, number, at) for number, at in done.items()],
            asynchronous=False,
        )
    return sent


def _places(options: KafkaOptions, consumer: Consumer) -> Sequence[TopicPartition]:
    """Where each partition of those that failed is to be read from."""
    known = consumer.list_topics(options.dead, timeout=CLIENT_S).topics[options.dead]
    if known.error is not None:
        raise said(known.error, options)
    asked = [TopicPartition(options.dead, number) for number in known.partitions]
    places = committed(consumer, asked)
    for place in places:
        place.offset = max(place.offset, _marks(consumer, place)[0])
    return places


def _marks(consumer: Consumer, place: TopicPartition) -> tuple[int, int]:
    marks = consumer.get_watermark_offsets(place, timeout=CLIENT_S)
    if marks is None:
        raise BrokerAway("Kafka does not say where the topic of the failed pictures begins")
    return marks
