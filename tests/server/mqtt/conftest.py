"""A real broker, Debian's mosquitto, and somebody who listens to it as Home Assistant does."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from lookout.server.storage.sqlite.store import SqliteStore, open_store

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
WAIT_S = 60.0


class Mosquitto:
    """The broker, on a port of its own; what is retained survives `kill` and `start`."""

    def __init__(self, folder: Path, *settings: str) -> None:
        assert MOSQUITTO is not None, "mosquitto is needed: apt install mosquitto"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._file = folder / "mosquitto.conf"
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {folder}/",
            "autosave_on_changes true",
            "autosave_interval 1",
            "user root",
            *(settings or ("allow_anonymous true",)),
        ]
        self._file.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [str(MOSQUITTO), "-c", str(self._file)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until_s = time.monotonic() + WAIT_S
        while True:
            with contextlib.suppress(OSError):
                return socket.create_connection(("127.0.0.1", self.port), 1.0).close()
            assert time.monotonic() < until_s, "mosquitto does not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """Ends it as a restart of the machine would: it writes what is retained."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(WAIT_S)


class Listener:
    """Everything that a broker tells: what is retained now, and what came, in order."""

    def __init__(
        self, port: int, user: str = "", password: str = "", tls: ssl.SSLContext | None = None
    ) -> None:
        self._port = port
        self.came: list[tuple[str, str]] = []
        self._changed = threading.Condition()
        # the broker keeps for it what comes while it is away
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, "listener", clean_session=False)
        self._client.on_connect = lambda client, *_: client.subscribe([("#", 1)])
        self._client.on_message = self._hear
        if user:
            self._client.username_pw_set(user, password)
        if tls is not None:
            self._client.tls_set_context(tls)
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def _hear(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        payload = message.payload.decode(errors="replace")
        with self._changed:
            if not message.retain:
                self.came.append((message.topic, payload))
            self._changed.notify_all()

    def until(self, holds: Callable[[], bool]) -> None:
        """Waits until it holds of what came."""
        with self._changed:
            held = self._changed.wait_for(holds, WAIT_S)
        assert held, self.came[-20:]

    def states(self) -> dict[str, str]:
        """What a client that comes now is told: the broker's retained messages."""
        retained: dict[str, str] = {}
        whole = threading.Event()
        mark = f"mark/{uuid.uuid4()}"

        def hear(_client: object, _data: object, message: mqtt.MQTTMessage) -> None:
            if message.topic == mark:
                whole.set()
            elif message.retain:
                retained[message.topic] = message.payload.decode(errors="replace")

        client = mqtt.Client(CallbackAPIVersion.VERSION2)
        client.on_connect = lambda one, *_: one.subscribe("#", 0)
        client.on_subscribe = lambda one, *_: one.publish(mark)
        client.on_message = hear
        client.connect("127.0.0.1", self._port)
        client.loop_start()
        assert whole.wait(WAIT_S)
        client.disconnect()
        client.loop_stop()
        return retained

    def json_of(self, topic: str) -> list[dict[str, Any]]:
        """What came under this topic."""
        with self._changed:
            return [json.loads(payload) for one, payload in self.came if one == topic and payload]

    def say(self, topic: str, payload: str) -> None:
        self._client.publish(topic, payload).wait_for_publish(WAIT_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    (tmp_path / "broker").mkdir()
    broker = Mosquitto(tmp_path / "broker")
    yield broker
    broker.stop()


@pytest.fixture
def listener(broker: Mosquitto) -> Iterator[Listener]:
    listener = Listener(broker.port)
    yield listener
    listener.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with open_store(tmp_path / "data", {}) as store:
        yield store
