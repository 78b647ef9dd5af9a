"""The figures of streams, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class StreamMetrics:
    """Counts of one process. Any thread."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, words: str, *labels: str) -> Counter:
            return Counter(f"lookout_kafka_{name}", words, labels, registry=registry)

        def gauge(name: str, words: str, *labels: str) -> Gauge:
            return Gauge(f"lookout_kafka_{name}", words, labels, registry=registry)

        self.sent = counter("sent", "Uploads that Kafka has taken")
        self.pictures = counter("pictures", "Pictures consumed, by what became of them", "outcome")
        self.answers = counter("answers", "Answers written to the store")
        self.duplicates = counter("duplicates", "Answers that the store had already")
        self.unreadable = counter("unreadable_answers", "Answers that could not be opened")
        self.pauses = counter("pauses", "Times that reading was paused: too much in hand")
        self.rebalances = counter("rebalances", "Times that partitions were given or taken")
        self.rejoins = counter("rejoins", "Times that a new client joined: none had been given")
        self.in_hand = gauge("in_hand", "Pictures taken and not yet answered")
        self.paused = gauge("paused", "1 while reading is paused")
        self.age_s = gauge("age_seconds", "Age of the picture that was taken last")
        self.lag = gauge("lag", "Messages that are not committed", "topic", "partition")
