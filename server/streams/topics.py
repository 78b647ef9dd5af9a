"""The topics: made, described, and how far behind their consumers are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from lookout.server.streams.connection import (
    CLIENT_S,
    MAX_MESSAGE_BYTES,
    admin_settings,
    committed,
    consumer_settings,
    in_words,
)
from lookout.server.streams.errors import BrokerAway
from lookout.server.streams.options import KafkaOptions

KEEP_MS = 3_600_000
"""Pictures and answers: copies of faces lie no longer than an hour at a broker."""
KEEP_DEAD_MS = 24 * KEEP_MS
SETTINGS = ("retention.ms", "max.message.bytes", "min.insync.replicas", "cleanup.policy")


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """A topic as it is."""

    name: str
    partitions: int
    replicas: int
    settings: dict[str, str]


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """committed: the first offset that is not done, or None where the group has done nothing."""

    topic: str
    partition: int
    committed: int | None
    end: int
    lag: int


class StreamTopics:
    """Asks and tells a broker about our topics. Raises StreamError."""

    def __init__(self, options: KafkaOptions) -> None:
        self._options = options
        with in_words(options):
            self._admin = AdminClient(admin_settings(options))

    def create(self, partitions: int, replicas: int) -> list[str]:
        """Makes those that are not there; returns their names."""
        options = self._options
        wanted = [
            _topic(options.pictures, partitions, replicas, KEEP_MS),
            _topic(options.answers, partitions, replicas, KEEP_MS),
            _topic(options.dead, 1, replicas, KEEP_DEAD_MS),
        ]
        made = []
        with in_words(options):
            for name, future in self._admin.create_topics(wanted, request_timeout=CLIENT_S).items():
                try:
                    future.result(CLIENT_S)
                except KafkaException as error:
                    if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                        raise
                else:
                    made.append(name)
        return made

    def describe(self) -> list[TopicFacts]:
        """Those of our topics that are there."""
        with in_words(self._options):
            known = self._admin.list_topics(timeout=CLIENT_S).topics
            names = [name for name in self._names if name in known]
            resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
            settings = {}
            if resources:
                for resource, future in self._admin.describe_configs(
                    resources, request_timeout=CLIENT_S
                ).items():
                    found = future.result(CLIENT_S)
                    settings[resource.name] = {
                        key: str(found[key].value) for key in SETTINGS if key in found
                    }
        return [
            TopicFacts(
                name,
                len(known[name].partitions),
                max((len(one.replicas) for one in known[name].partitions.values()), default=0),
                settings[name],
            )
            for name in names
        ]

    def lag(self) -> list[PartitionLag]:
        """How far behind each group is, partition by partition."""
        options = self._options
        groups = ((options.group, options.pictures), (options.display_group, options.answers))
        with in_words(options):
            return [lag for group, topic in groups for lag in self._lag(group, topic)]

    @property
    def _names(self) -> tuple[str, str, str]:
        return (self._options.pictures, self._options.answers, self._options.dead)

    def _lag(self, group: str, topic: str) -> Sequence[PartitionLag]:
        known = self._admin.list_topics(timeout=CLIENT_S).topics
        if topic not in known:
            return ()
        asked = [TopicPartition(topic, number) for number in sorted(known[topic].partitions)]
        # asked as a member would: confluent-kafka 2.16.1 ends the process where an AdminClient asks
        # for offsets a second time after its broker was not ready
        consumer = Consumer(consumer_settings(self._options, group))
        try:
            return [_behind(place, consumer) for place in committed(consumer, asked)]
        finally:
            consumer.close()


def _behind(place: TopicPartition, consumer: Consumer) -> PartitionLag:
    marks = consumer.get_watermark_offsets(place, timeout=CLIENT_S)
    if marks is None:
        raise BrokerAway(f"Kafka does not say where {place.topic} ends")
    first, end = marks
    done = place.offset if place.offset >= 0 else None
    return PartitionLag(place.topic, place.partition, done, end, end - max(first, done or 0))


def _topic(name: str, partitions: int, replicas: int, keep_ms: int) -> NewTopic:
    settings = {
        "retention.ms": str(keep_ms),
        "max.message.bytes": str(MAX_MESSAGE_BYTES),
        "cleanup.policy": "delete",
        "compression.type": "producer",
        # an acknowledged message is on two brokers, where there are as many
        "min.insync.replicas": str(min(2, max(1, replicas - 1))),
        # what is deleted is deleted within the hour, not when a gigabyte has come together
        "segment.ms": str(keep_ms // 6),
    }
    return NewTopic(name, num_partitions=partitions, replication_factor=replicas, config=settings)
