"""One channel's way out: a thread that sends what waits, tries again, and says what came of it.

A row is there before anything is sent and is changed after it was: killed in between, the message
is sent again under the same idempotency key.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from lookout.server.alerts.channels.channel import OpenChannel, one_line
from lookout.server.alerts.delivery.message import AlertMessage
from lookout.server.alerts.delivery.retry import GIVE_UP_S, delay_s
from lookout.server.alerts.errors import ChannelRefused, NotDelivered
from lookout.server.storage.alert_records import Delivery
from lookout.server.storage.errors import NotFound, StorageError
from lookout.server.storage.store_alerts import Deliveries
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

BATCH = 20
LOOK_S = 30.0
"""The longest wait before the store is asked again: another process may have resent something."""
BROKEN_S = 600.0
"""A channel that has taken nothing for so long is told of through the others."""


class Making(Protocol):
    """Makes a message at the time at which it is sent. Raises StorageError."""

    def __call__(self, delivery: Delivery, now_s: float) -> AlertMessage: ...


class Outbox(StoppableThread):
    """Owns the thread of one channel. `wake` from any thread."""

    def __init__(
        self,
        channel: str,
        open_channel: OpenChannel,
        deliveries: Deliveries,
        make: Making,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._channel = channel
        self._open = open_channel
        self._deliveries = deliveries
        self._make = make
        self._clock = clock
        self._monotonic = monotonic
        self._jitter = jitter
        self._awake = threading.Event()
        self._failing_since: float | None = None
        self._failures = 0
        self.works = False
        """Whether the last message was taken."""
        super().__init__(f"outbox {channel}"[:15])

    @property
    def broken_for_s(self) -> float:
        """How long nothing has been taken any more, in seconds; 0 while the channel works."""
        since = self._failing_since
        return 0.0 if since is None else self._monotonic() - since

    def wake(self) -> None:
        """There is something to send."""
        self._awake.set()

    def end_soon(self) -> None:
        """No further message is begun."""
        self._stop.set()
        self._awake.set()

    def close(self, timeout_s: float) -> bool:
        self.end_soon()
        return super().close(timeout_s)

    def send_due(self) -> float:
        """Sends what is due, in the calling thread; returns for how many seconds nothing is."""
        now_s = self._clock()
        for delivery in self._deliveries.due(self._channel, now_s, BATCH):
            if self._stop.is_set():
                return 0.0
            pause_s = self._send(delivery)
            if pause_s is not None:
                return pause_s  # the others would fare no better
        next_s = self._deliveries.next_s(self._channel)
        return LOOK_S if next_s is None else min(LOOK_S, max(0.0, next_s - self._clock()))

    def _work(self) -> None:
        while not self._stop.is_set():
            self._awake.clear()
            try:
                wait_s = self.send_due()
            except StorageError as error:
                log.error("messages cannot be read, and wait: %s", error)  # noqa: TRY400
                wait_s = 5.0
            if self._failures:
                self._stop.wait(wait_s)  # being woken is no reason to hurry
            else:
                self._awake.wait(wait_s)

    def _send(self, delivery: Delivery) -> float | None:
        """For how many seconds nothing more is to be sent, where the other side could not be had;
        else None."""
        now_s = self._clock()
        expires_s = delivery.expires_s or delivery.created_s + GIVE_UP_S
        if now_s > expires_s:
            self._keep(replace(delivery, state="dead", answer="too late to be of use; not sent"))
            return None
        tried = replace(delivery, attempts=delivery.attempts + 1)
        try:
            answer = self._open.send(self._make(delivery, now_s))
        except NotFound as error:
            self._keep(replace(tried, state="dead", answer=one_line(str(error))))
            return None
        except ChannelRefused as error:
            log.warning("channel %s refused a message: %s", self._channel, error)
            self._keep(replace(tried, state="dead", answer=one_line(str(error))))
            self._failed()
            return None
        except NotDelivered as error:
            self._failed()
            return self._later(tried, error, now_s)
        self._failing_since, self._failures, self.works = None, 0, True
        sent_s = self._clock()
        self._keep(replace(tried, state="sent", sent_s=sent_s, answer=one_line(answer)))
        return None

    def _failed(self) -> None:
        self._failures += 1
        self.works = False
        if self._failing_since is None:
            self._failing_since = self._monotonic()

    def _later(self, tried: Delivery, error: NotDelivered, now_s: float) -> float:
        delay = delay_s(tried.attempts, self._jitter, error.retry_after_s)
        dead = now_s - tried.created_s >= GIVE_UP_S
        if tried.attempts == 1 or dead:
            log.warning("channel %s: %s", self._channel, error)
        self._keep(
            replace(
                tried,
                state="dead" if dead else "waiting",
                next_s=now_s + delay,
                answer=one_line(str(error)),
            )
        )
        return max(error.retry_after_s or 0.0, delay_s(self._failures, self._jitter))

    def _keep(self, delivery: Delivery) -> None:
        try:
            self._deliveries.update(delivery)
        except NotFound:
            log.info("a message was forgotten while it was being sent")
