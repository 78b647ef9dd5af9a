"""Errors of brokers, with the cluster that librdkafka itself simulates, and with none at all."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from lookout.server.streams import outlet as outlet_module
from lookout.server.streams.connection import MAX_MESSAGE_BYTES, producer_settings
from lookout.server.streams.errors import BrokerAway, StreamError, StreamFull
from lookout.server.streams.options import KafkaOptions
from lookout.server.streams.outlet import OutgoingMessage, Outlet
from lookout.server.streams.topics import StreamTopics
from tests.support.kafka.broker import free_port

WAIT_S = 60.0


@pytest.fixture
def cluster() -> Iterator[KafkaOptions]:
    """Three brokers, which end with the producer that they belong to."""
    host = Producer({"test.mock.num.brokers": 3, "bootstrap.servers": "made up", "log_level": 0})
    host.produce("p", b"what makes the topic")
    assert host.flush(WAIT_S) == 0
    brokers = host.list_topics(timeout=WAIT_S).brokers.values()
    yield KafkaOptions(",".join(f"{one.host}:{one.port}" for one in brokers), "p", "a")
    del host


def opened(options: KafkaOptions) -> Outlet:
    outlet = Outlet(options)
    outlet.start()
    return outlet


def test_a_message_is_reported_once_every_replica_has_it(cluster: KafkaOptions) -> None:
    outlet, reports = opened(cluster), queue.SimpleQueue[str]()
    for _ in range(10):
        outlet.send(OutgoingMessage("p", b"door", b"x", [("id", b"1")]), reports.put)
    assert [reports.get(timeout=WAIT_S) for _ in range(10)] == [""] * 10
    assert outlet.close(10.0)


def test_a_message_that_is_too_large_is_refused_at_once(cluster: KafkaOptions) -> None:
    outlet = opened(cluster)
    with pytest.raises(StreamError, match="does not take"):
        outlet.send(OutgoingMessage("p", b"door", bytes(MAX_MESSAGE_BYTES + 1)), lambda _: None)
    assert outlet.close(10.0)


def test_without_a_broker_messages_are_reported_lost_and_a_bounded_number_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def impatient(options: KafkaOptions) -> dict[str, object]:
        return producer_settings(options) | {"delivery.timeout.ms": 1000}

    monkeypatch.setattr(outlet_module, "producer_settings", impatient)
    outlet, reports = opened(KafkaOptions(f"127.0.0.1:{free_port()}")), queue.SimpleQueue[str]()
    outlet.send(OutgoingMessage("p", b"door", b"x"), reports.put)
    assert "timed out" in reports.get(timeout=WAIT_S)
    message = OutgoingMessage("p", b"door", b"x")

    def flood() -> None:
        for _ in range(20_001):
            outlet.send(message, lambda _: None)

    with pytest.raises(StreamFull, match="is the broker away"):
        flood()
    outlet.close(5.0)


def test_a_broker_that_is_not_there_is_said_to_be_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookout.server.streams.topics.CLIENT_S", 1.0)
    with pytest.raises(BrokerAway, match="Kafka at "):
        StreamTopics(KafkaOptions(f"127.0.0.1:{free_port()}")).describe()
