"""How Lookout speaks to a broker: the settings of librdkafka, and its errors in our words."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from lookout.server.streams.errors import BrokerAway, StreamError
from lookout.server.streams.options import KafkaOptions

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 8 << 20
"""Of a message: topics, producers and consumers alike."""
DELIVERY_S = 30.0
"""For a message to be taken by the broker, all tries together."""
CLIENT_S = 10.0
"""For an answer about topics, groups and offsets."""
ASK_AGAIN_S = 0.2
MOVING = frozenset(
    {
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    }
)
"""A group's coordinator is being found or loaded, as after a start of the broker: asked again, it
is there."""

Values = dict[str, str | int | float | bool]
Settings = dict[str, object]


def producer_settings(options: KafkaOptions) -> Settings:
    """Each message once and in order, and acknowledged by every replica that is in step."""
    return {
        **_shared(options),
        "logger": log,
        "acks": "all",
        "enable.idempotence": True,
        "delivery.timeout.ms": int(DELIVERY_S * 1000),
        "linger.ms": 5,
        "compression.type": "none",  # sealed bytes do not compress
        "message.max.bytes": MAX_MESSAGE_BYTES,
        "queue.buffering.max.messages": 10_000,
        "queue.buffering.max.kbytes": 256 << 10,
    }


def consumer_settings(options: KafkaOptions, group: str) -> Settings:
    """Nothing is committed but by us; partitions move one at a time."""
    return {
        **_shared(options),
        "logger": log,
        "group.id": group,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "partition.assignment.strategy": "cooperative-sticky",
        "max.partition.fetch.bytes": MAX_MESSAGE_BYTES,
        "fetch.max.bytes": 4 * MAX_MESSAGE_BYTES,
        "receive.message.max.bytes": 4 * MAX_MESSAGE_BYTES + 512,
        "queued.max.messages.kbytes": 64 << 10,
        "session.timeout.ms": 6_000,
        "heartbeat.interval.ms": 1_000,
        "max.poll.interval.ms": 60_000,
    }


def admin_settings(options: KafkaOptions) -> Values:
    """Of what asks about topics and groups."""
    return _shared(options) | {"log_level": 0}  # what goes wrong is raised


def committed(consumer: Consumer, places: Sequence[TopicPartition]) -> list[TopicPartition]:
    """What the consumer's group has done of these partitions; waits for a coordinator that moves.

    Raises KafkaException.
    """
    until_s = time.monotonic() + CLIENT_S
    while True:
        try:
            return consumer.committed(list(places), timeout=CLIENT_S)
        except KafkaException as error:
            if error.args[0].code() not in MOVING or time.monotonic() > until_s:
                raise
        time.sleep(ASK_AGAIN_S)


@contextmanager
def in_words(options: KafkaOptions) -> Iterator[None]:
    """Turns librdkafka's errors into StreamError."""
    try:
        yield
    except KafkaException as error:
        first = error.args[0] if error.args else None
        raise (
            said(first, options) if isinstance(first, KafkaError) else StreamError(str(error))
        ) from error


def said(error: KafkaError, options: KafkaOptions) -> StreamError:
    """The StreamError for what librdkafka says."""
    words = f"Kafka at {options.servers}: {error.str()}"
    if error.code() in _UNKNOWN_TOPIC:
        words += "; make the topics with `lookout topics create`"
    return BrokerAway(words)


def headers_of(message: Message) -> list[tuple[str, bytes]]:
    """The headers of a message, those without a value left out."""
    given = message.headers()
    pairs = given.items() if isinstance(given, dict) else given or ()
    return [(name, value) for name, value in pairs if isinstance(value, bytes)]


_UNKNOWN_TOPIC = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC})


def _shared(options: KafkaOptions) -> Values:
    settings: Values = {
        "bootstrap.servers": options.servers,
        "client.id": "lookout",
        "socket.timeout.ms": int(CLIENT_S * 1000),
        "socket.connection.setup.timeout.ms": int(CLIENT_S * 1000),
        "reconnect.backoff.ms": 100,
        "reconnect.backoff.max.ms": 2_000,
        "allow.auto.create.topics": False,
    }
    settings["security.protocol"] = _PROTOCOLS[options.tls, bool(options.user)]
    if options.ca is not None:
        settings["ssl.ca.location"] = str(options.ca)
    if options.user:
        settings |= {
            "sasl.mechanism": options.mechanism.value,
            "sasl.username": options.user,
            "sasl.password": options.password,
        }
    return settings


_PROTOCOLS: Mapping[tuple[bool, bool], str] = {
    (False, False): "PLAINTEXT",
    (True, False): "SSL",
    (False, True): "SASL_PLAINTEXT",
    (True, True): "SASL_SSL",
}
