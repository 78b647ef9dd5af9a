"""Clients of each kind, as a test reads them: one message after the other, as (name, data)."""

from __future__ import annotations

import contextlib
import json
import queue
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import socketio
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

NODE = Path(__file__).parent / "node"
WAIT_S = 60.0
Told = tuple[str, Any]
"""hello, event, resync; ended or refused with a reason."""


class Client(Protocol):
    def next(self, timeout_s: float = WAIT_S) -> Told: ...

    def close(self) -> None: ...


Connect = Callable[[str, str, int | None], Client]
"""Connects to a server's address with a key and the last event known; "" and None: without."""


class QueueClient:
    """A client whose messages come from a thread."""

    def __init__(self) -> None:
        self.told: queue.Queue[Told] = queue.Queue()

    def next(self, timeout_s: float = WAIT_S) -> Told:
        return self.told.get(timeout=timeout_s)


class PythonClient(QueueClient):
    """The Python client of Socket.IO."""

    def __init__(self, url: str, key: str, last_id: int | None) -> None:
        super().__init__()
        self._client = socketio.Client(reconnection=False, request_timeout=WAIT_S)
        for name in ("hello", "event", "resync", "ended"):
            self._client.on(name, lambda data, name=name: self.told.put((name, data)))
        self._client.on("connect_error", self._refused)
        try:
            self._client.connect(
                url,
                auth=_auth(key, last_id),
                socketio_path=f"{urlsplit(url).path}/socket.io",
                wait_timeout=int(WAIT_S),
            )
        except socketio.exceptions.ConnectionError as error:
            self.told.put(("refused", {"reason": str(error)}))

    def _refused(self, data: Any) -> None:
        self.told.put(("refused", {"reason": data["message"] if isinstance(data, dict) else data}))

    def close(self) -> None:
        # its own thread may be taking the same namespace out of the list that this goes through
        with contextlib.suppress(RuntimeError):
            self._client.disconnect()


class JavaScriptClient(QueueClient):
    """The JavaScript client of Socket.IO, in node."""

    def __init__(self, url: str, key: str, last_id: int | None, transport: str = "") -> None:
        super().__init__()
        self._process = subprocess.Popen(
            ["node", "listen.mjs", url, json.dumps(_auth(key, last_id)), transport],
            cwd=NODE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            name, data = json.loads(line)
            self.told.put((name, data))

    def close(self) -> None:
        self._process.kill()
        self._process.wait(WAIT_S)
        self._reader.join(WAIT_S)
        assert self._process.stdout is not None
        self._process.stdout.close()


class PollingJavaScriptClient(JavaScriptClient):
    """The same where no WebSocket gets through."""

    def __init__(self, url: str, key: str, last_id: int | None) -> None:
        super().__init__(url, key, last_id, "polling")


class SocketClient:
    """A plain WebSocket, which sends the key as its first message."""

    def __init__(self, url: str, key: str, last_id: int | None) -> None:
        query = "" if last_id is None else f"?last_id={last_id}"
        self._opened = contextlib.ExitStack()
        address = f"{url.replace('http', 'ws')}/api/v1/events/ws{query}"
        self._socket = self._opened.enter_context(connect(address))
        self._socket.send(json.dumps({"token": key}))

    def next(self, timeout_s: float = WAIT_S) -> Told:
        try:
            message = json.loads(self._socket.recv(timeout_s))
        except ConnectionClosed as error:
            closed = error.rcvd
            assert closed is not None
            return "ended" if closed.code == 1000 else "refused", {"reason": closed.reason}
        return _plain(message)

    def close(self) -> None:
        self._opened.close()


class StreamClient(QueueClient):
    """Server-sent events, as curl reads them."""

    def __init__(self, url: str, key: str, last_id: int | None) -> None:
        super().__init__()
        address = urlsplit(url)
        assert address.hostname is not None
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        if last_id is not None:
            headers["Last-Event-ID"] = str(last_id)
        self._connection = HTTPConnection(address.hostname, address.port, timeout=WAIT_S)
        self._connection.request("GET", f"{address.path}/api/v1/events/stream", headers=headers)
        self._socket = self._connection.sock
        self._answer = self._connection.getresponse()
        self._reader: threading.Thread | None = None
        if self._answer.status != HTTPStatus.OK:
            self.told.put(("refused", {"reason": json.load(self._answer)["error"]["message"]}))
            return
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for fields in _fields(self._answer):
            message = json.loads(fields["data"])
            if "event" not in fields:
                assert fields["id"] == str(message["id"])
            self.told.put(_plain(message))
        self.told.put(("ended", {"reason": ""}))

    def close(self) -> None:
        # the reader holds the answer's lock until a line comes: the socket wakes it
        if self._reader is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._reader.join(WAIT_S)
        self._connection.close()


def _fields(lines: Iterable[bytes]) -> Iterator[dict[str, str]]:
    fields: dict[str, str] = {}
    try:
        for line in lines:
            text = line.decode().rstrip("\n")
            if not text and fields:
                yield fields
                fields = {}
            elif text and not text.startswith(":"):
                name, _, value = text.partition(": ")
                fields[name] = value
    except (OSError, ValueError, AttributeError):
        return  # closed by the test


def _auth(key: str, last_id: int | None) -> dict[str, Any]:
    return {"token": key, **({} if last_id is None else {"last_id": last_id})}


def _plain(message: dict[str, Any]) -> Told:
    name = message["type"]
    return ("event", message) if "." in name else (name, message)


def install_node_packages() -> None:
    """The JavaScript client, from the lock file, once."""
    if not (NODE / "node_modules" / "socket.io-client").is_dir():
        npm = shutil.which("npm")
        assert npm is not None, "npm is needed: it installs the JavaScript client"
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True, timeout=300)


CLIENTS: dict[str, Connect] = {
    "Socket.IO in Python": PythonClient,
    "Socket.IO in JavaScript": JavaScriptClient,
    "Socket.IO by polling": PollingJavaScriptClient,
    "WebSocket": SocketClient,
    "server-sent events": StreamClient,
}
