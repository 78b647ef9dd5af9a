"""The connection to the broker over which Frigate speaks, kept up for ever."""

from __future__ import annotations

import logging
import queue
import random
from collections.abc import Callable

from lookout.server.frigate.companion import Heard
from lookout.server.frigate.event import read_event, read_face
from lookout.server.mqtt.broker import Broker, BrokerLost
from lookout.server.mqtt.message import MqttMessage, told
from lookout.server.mqtt.options import MqttOptions
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
LOOK_S = 0.5
MOST_UNTOLD = 1000
CLIENT = "lookout_frigate"


class FrigateLink(StoppableThread):
    """Owns the thread and the connection. `tell` from any thread."""

    def __init__(
        self,
        broker: MqttOptions,
        topics: str,
        hear: Callable[[Heard], object],
        first_wait_s: float = FIRST_WAIT_S,
    ) -> None:
        """topics: how Frigate's begin. hear: takes each message; must return at once."""
        self._broker = broker
        self._events = f"{topics}/events"
        self._updates = f"{topics}/tracked_object_update"
        self._status = f"{broker.prefix}/frigate/status"
        self._verdicts = f"{broker.prefix}/frigate/verdicts"
        self._hear = hear
        self._first_wait_s = first_wait_s
        self._untold: queue.Queue[MqttMessage] = queue.Queue(MOST_UNTOLD)
        super().__init__("frigate link")

    def tell(self, verdict: object) -> None:
        """Has a verdict published; where nobody can be told for long, the newest are lost."""
        try:
            self._untold.put_nowait(told(self._verdicts, verdict, 1))
        except queue.Full:
            log.warning("a verdict was not told: the broker has been away for too long")

    def _work(self) -> None:
        wait_s, failed = self._first_wait_s, False
        while not self._stop.is_set():
            try:
                self._session()
                wait_s, failed = self._first_wait_s, False
            except BrokerLost as error:
                if not failed:  # logged once, not every minute
                    log.warning("waiting for the broker: %s", error)
                failed = True
            self._stop.wait(wait_s * random.uniform(0.8, 1.2))  # noqa: S311 - no secret
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    def _session(self) -> None:
        """From one connection to its end."""
        offline = MqttMessage(self._status, b"offline", retain=True, qos=1)
        broker = Broker(self._broker, CLIENT, offline, self._came)
        try:
            broker.subscribe([self._events, self._updates])
            broker.publish([MqttMessage(self._status, b"online", retain=True, qos=1)])
            log.info("listening to %s at %s", self._events, self._broker.host)
            while not self._stop.is_set() and not broker.lost.is_set():
                try:
                    broker.publish([self._untold.get(timeout=LOOK_S)])
                except queue.Empty:
                    continue
            if not broker.lost.is_set():
                broker.publish([offline])
        finally:
            broker.close()

    def _came(self, topic: str, payload: bytes, _retained: bool) -> None:
        message = read_face(payload) if topic == self._updates else read_event(payload)
        if message is not None:
            self._hear(message)
