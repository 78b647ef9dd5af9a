"""One connection to a broker, until it is lost."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Sequence

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from lookout.server.errors import ServerError
from lookout.server.mqtt.message import MqttMessage
from lookout.server.mqtt.options import MqttOptions, Protocol

CONNECT_S = 10.0
"""For the connection and for the broker's answer, each."""
SEND_S = 20.0
"""For a group of messages to be taken by the broker."""
KEEP_ALIVE_S = 30
AT_A_TIME = 100
"""Messages on their way; then it is waited for the broker."""


class BrokerLost(ServerError):
    """There is no connection to the broker: it cannot be reached, refuses, or has gone."""


class Broker:
    """Opens the connection on construction. `publish` from one thread; the network has a thread of
    its own, which `close` ends.

    will: what the broker says for us when the connection is lost. on_message: called by the
    network's thread with topic, payload, and whether the message was retained, so that it may be of
    long ago; must return at once. Raises BrokerLost.
    """

    def __init__(
        self,
        options: MqttOptions,
        client_id: str,
        will: MqttMessage,
        on_message: Callable[[str, bytes, bool], object],
    ) -> None:
        self.lost = threading.Event()
        self._address = f"{options.host} port {options.port}"
        self._answered = threading.Event()
        self._refused = ""
        self._v5 = options.protocol is Protocol.V5
        self._client = client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id,
            protocol=MQTTProtocolVersion.MQTTv5 if self._v5 else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_S
        client.will_set(will.topic, will.payload, will.qos, will.retain)
        if options.user:
            client.username_pw_set(options.user, options.password or None)
        client.on_connect = self._on_connect
        client.on_disconnect = lambda *_: self._lose()
        client.on_message = lambda _client, _data, message: self._hear(message, on_message)
        try:
            if options.tls:
                context = ssl.create_default_context(cafile=options.ca)
                _check_certificate(options, context)
                client.tls_set_context(context)
            client.connect(options.host, options.port, KEEP_ALIVE_S)
        except (OSError, ValueError) as error:
            raise BrokerLost(f"the broker at {self._address} cannot be reached: {error}") from error
        client.loop_start()
        if not self._answered.wait(CONNECT_S) or self._refused or self.lost.is_set():
            why = self._refused or "it does not answer as a broker"
            self.close()
            raise BrokerLost(f"the broker at {self._address} refuses: {why}")

    def subscribe(self, topics: Sequence[str]) -> None:
        """Raises BrokerLost."""
        code, _ = self._client.subscribe([(topic, 1) for topic in topics])
        if code is not mqtt.MQTT_ERR_SUCCESS:
            raise self._gone()

    def publish(self, messages: Sequence[MqttMessage]) -> None:
        """Sends messages, in order, and waits until the broker has them. Raises BrokerLost."""
        for at in range(0, len(messages), AT_A_TIME):
            sent = [
                self._client.publish(one.topic, one.payload, one.qos, one.retain)
                for one in messages[at : at + AT_A_TIME]
            ]
            try:
                for info in sent:
                    info.wait_for_publish(SEND_S)
                    if not info.is_published():
                        raise self._gone()
            except (RuntimeError, ValueError) as error:
                raise self._gone() from error

    def close(self) -> None:
        """Takes leave of the broker, which then says no will, and ends the network's thread."""
        self._client.disconnect()
        self._client.loop_stop()

    def _hear(
        self, message: mqtt.MQTTMessage, on_message: Callable[[str, bytes, bool], object]
    ) -> None:
        on_message(message.topic, bytes(message.payload), bool(message.retain))

    def _gone(self) -> BrokerLost:
        return BrokerLost(f"the connection to the broker at {self._address} is lost")

    def _on_connect(self, *given: object) -> None:
        reason = given[3]
        if getattr(reason, "is_failure", False):
            self._refused = str(reason)
        self._answered.set()

    def _lose(self) -> None:
        self.lost.set()
        self._answered.set()


def _check_certificate(options: MqttOptions, context: ssl.SSLContext) -> None:
    """Raises OSError. By a connection of its own: where a certificate is refused, the client leaves
    its socket open."""
    with (
        socket.create_connection((options.host, options.port), CONNECT_S) as plain,
        context.wrap_socket(plain, server_hostname=options.host),
    ):
        pass
