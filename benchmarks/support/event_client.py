"""A client of events in a process of its own: writes number, time, type, person and camera of each
that comes.

python -m benchmarks.support.event_client socketio http://127.0.0.1:8000
python -m benchmarks.support.event_client mqtt 127.0.0.1:1883
"""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any

READY = "ready"


def main() -> int:
    kind, address = sys.argv[1:3]
    {"socketio": _socketio, "websocket": _websocket, "mqtt": _mqtt}[kind](address)
    return 0


def _tell(envelope: Any) -> None:
    at_s, person = time.time(), (envelope["person"] or {}).get("id", "-")
    camera = envelope["camera"] or "-"
    # in one piece, because a client may tell of several at a time
    sys.stdout.write(f"{envelope['id']} {at_s} {envelope['type']} {person} {camera}\n")
    sys.stdout.flush()


def _socketio(address: str) -> None:
    import socketio

    client = socketio.Client()
    client.on("hello", lambda _: print(READY, flush=True))
    client.on("event", _tell)
    client.connect(address, transports=["websocket"])
    client.wait()


def _websocket(address: str) -> None:
    from websockets.sync.client import connect

    with connect(f"{address.replace('http', 'ws')}/api/v1/events/ws") as socket:
        for text in socket:
            message = json.loads(text)
            if message["type"] == "hello":
                print(READY, flush=True)
            else:
                _tell(message)


def _mqtt(address: str) -> None:
    import paho.mqtt.client as mqtt
    from paho.mqtt.enums import CallbackAPIVersion

    host, _, port = address.partition(":")
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_connect = lambda one, *_: one.subscribe("lookout/events", 1)
    client.on_subscribe = lambda *_: print(READY, flush=True)
    client.on_message = lambda _client, _data, message: _tell(json.loads(message.payload))
    client.connect(host, int(port))
    client.loop_start()
    threading.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
