"""A real broker for all tests of a run, and for each of them topics of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from confluent_kafka import Consumer, TopicPartition
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from prometheus_client import CollectorRegistry

from lookout.server.storage.sqlite.store import SqliteStore, open_store
from lookout.server.streams.claims import ClaimFolder
from lookout.server.streams.connection import consumer_settings, headers_of
from lookout.server.streams.consumer import PictureConsumer
from lookout.server.streams.display import AnswerDisplay
from lookout.server.streams.intake import PictureIntake
from lookout.server.streams.membership import PATIENCE_S
from lookout.server.streams.metrics import StreamMetrics
from lookout.server.streams.options import KafkaOptions
from lookout.server.streams.outlet import Outlet
from lookout.server.streams.response import Recognize, Responder
from lookout.server.streams.sealing import StreamKey, stream_key
from lookout.server.streams.topics import StreamTopics
from tests.support.kafka.broker import Broker, KafkaMissing, free_port

WAIT_S = 60.0
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class SafeBroker:
    """The broker, and the second of its doors: TLS and a password."""

    broker: Broker
    safe_servers: str
    ca: Path


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SafeBroker]:
    folder = tmp_path_factory.mktemp("kafka")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    (folder / "server.pem").write_bytes(content + chain)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    safe = free_port()
    try:
        broker = Broker(
            folder,
            "ssl.keystore.type=PEM",
            f"ssl.keystore.location={folder / 'server.pem'}",
            "sasl.enabled.mechanisms=SCRAM-SHA-512",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config="
            "org.apache.kafka.common.security.scram.ScramLoginModule required;",
            doors={"SASL_SSL": safe},
        )
    except KafkaMissing as error:
        pytest.skip(str(error))
    try:
        broker.start()
        yield SafeBroker(broker, f"localhost:{safe}", folder / "ca.pem")
    finally:
        broker.stop()


@pytest.fixture
def options(kafka: SafeBroker) -> KafkaOptions:
    """Of topics that nobody else uses, with four partitions each."""
    number = next(_NUMBERS)
    options = KafkaOptions(
        kafka.broker.servers, f"pictures-{number}", f"answers-{number}", f"group-{number}"
    )
    StreamTopics(options).create(4, 1)
    return options


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with open_store(tmp_path / "data", {}) as store:
        yield store


class Streams:
    """Everything that streams are made of, in this process, and all of it closed at the end."""

    def __init__(self, options: KafkaOptions, store: SqliteStore, folder: Path) -> None:
        self.options = options
        self.store = store
        self.key: StreamKey = stream_key(store)
        self.claims = ClaimFolder(folder / "claims", self.key)
        self._opened = ExitStack()
        self.outlet = self.new_outlet()
        self.intake = PictureIntake(options, self.outlet, self.key, self.claims)
        self.display_metrics = StreamMetrics(CollectorRegistry())

    def new_outlet(self) -> Outlet:
        outlet = Outlet(self.options)
        outlet.start()
        self._opened.callback(outlet.close, 5.0)
        return outlet

    def consume(
        self, recognize: Recognize, workers: int = 2, patience_s: float = PATIENCE_S
    ) -> tuple[PictureConsumer, Figures]:
        """A consumer of its own, with an outlet of its own as in a process of its own."""
        figures = Figures()
        responder = Responder(self.options, self.key, self.claims, recognize, "toy")
        consumer = PictureConsumer(
            self.options,
            self.new_outlet(),
            responder,
            figures.metrics,
            workers,
            patience_s=patience_s,
        )
        consumer.start()
        self._opened.callback(consumer.close, 10.0)
        return consumer, figures

    def display(self) -> None:
        display = AnswerDisplay(self.options, self.store, self.key, self.display_metrics)
        display.start()
        self._opened.callback(display.close, 10.0)

    def answered(self) -> list[Mapping[str, object]]:
        return [event.detail for event in self.store.events.since(0, 1000)]

    def close(self) -> None:
        self._opened.close()


class Figures:
    """The metrics of one consumer, by name."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.metrics = StreamMetrics(self.registry)

    def of(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"lookout_kafka_{name}", labels) or 0.0


@pytest.fixture
def streams(options: KafkaOptions, store: SqliteStore, tmp_path: Path) -> Iterator[Streams]:
    streams = Streams(options, store, tmp_path)
    yield streams
    streams.close()


def all_in(options: KafkaOptions, topic: str) -> Sequence[tuple[bytes, dict[str, bytes]]]:
    """Key and headers of all that lies in a topic now."""
    consumer = Consumer(consumer_settings(options, "tests-look"))
    try:
        found: list[tuple[bytes, dict[str, bytes]]] = []
        partitions = consumer.list_topics(topic, timeout=WAIT_S).topics[topic].partitions
        places = [TopicPartition(topic, number, 0) for number in partitions]
        ends = [consumer.get_watermark_offsets(place, timeout=WAIT_S) for place in places]
        left = sum(end[1] - end[0] for end in ends if end is not None)
        consumer.assign(places)
        while len(found) < left:
            message = consumer.poll(WAIT_S)
            assert message is not None
            assert message.error() is None
            found.append((message.key() or b"", dict(headers_of(message))))
        return found
    finally:
        consumer.close()
