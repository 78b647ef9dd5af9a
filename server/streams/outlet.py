"""The way of messages to a broker, with a report for each one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from lookout.server.streams.connection import producer_settings
from lookout.server.streams.errors import StreamError, StreamFull
from lookout.server.streams.options import KafkaOptions
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

POLL_S = 0.2
FLUSH_S = 1.0
"""For what is on its way when the outlet is closed."""

Delivered = Callable[[str], object]
"""Told by the outlet's thread of the end of a message: empty, or why it was not taken."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """What is sent, and where to."""

    topic: str
    key: bytes
    value: bytes = field(repr=False)
    headers: Sequence[tuple[str, bytes]] = ()


class Outlet(StoppableThread):
    """Sends messages; a thread waits for the reports. `send` from any thread.

    `failed` says why nothing can be sent any more: the broker forgot what it had acknowledged, or
    refuses us; only a new outlet helps.
    """

    def __init__(self, options: KafkaOptions) -> None:
        """Connects by and by. Raises StreamError for options that cannot be."""
        self.failed = ""
        settings = producer_settings(options) | {"error_cb": self._hear}
        try:
            self._producer = Producer(settings)
        except KafkaException as error:
            raise StreamError(f"Kafka cannot be used so: {error}") from error
        super().__init__("kafka out")

    def send(self, message: OutgoingMessage, delivered: Delivered) -> None:
        """Puts a message on its way; `delivered` is called once. Raises StreamFull, or StreamError
        where it is too large."""

        def report(error: KafkaError | None, _: Message) -> None:
            delivered("" if error is None else error.str())

        try:
            self._producer.produce(
                message.topic,
                message.value,
                message.key,
                headers=list(message.headers),
                on_delivery=report,
            )
        except BufferError as error:
            raise StreamFull(
                "too many messages wait for Kafka; is the broker away? Try again in a moment"
            ) from error
        except KafkaException as error:
            raise StreamError(f"Kafka does not take this message: {error}") from error

    def close(self, timeout_s: float) -> bool:
        """Waits a moment for what is on its way, then ends the thread."""
        self._producer.flush(min(FLUSH_S, timeout_s))
        return super().close(timeout_s)

    def _work(self) -> None:
        while not self._stop.is_set():
            self._producer.poll(POLL_S)

    def _hear(self, error: KafkaError) -> None:
        if error.fatal():
            self.failed = error.str()
            log.error("Kafka takes nothing more from this process: %s", error.str())
