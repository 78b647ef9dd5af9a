"""A proxy in front of a camera that does to its connection what networks and cameras do."""

from __future__ import annotations

import contextlib
import hashlib
import random
import re
import socket
import struct
import threading
from enum import Enum
from typing import Self

CHUNK = 65_536
MOST_CLIENTS = 3
REALM, USER = "camera", "lookout"


class Mode(Enum):
    """What the proxy does.

    silent: takes connections and says nothing. hole: what is open stays open, and nothing passes.
    cut: connections are reset, and new ones, too. garbage: what the camera sends is noise.
    mute_after_play: silent once PLAY has been answered. auth: asks for a password, with a new nonce
    for every request. full: no further client is served. limit: no more than three at a time are.
    """

    PASS = "pass"  # noqa: S105 - what it does with connections
    SILENT = "silent"
    HOLE = "hole"
    CUT = "cut"
    GARBAGE = "garbage"
    MUTE_AFTER_PLAY = "mute_after_play"
    AUTH = "auth"
    FULL = "full"
    LIMIT = "limit"


class FaultProxy:
    """Listens on a port of its own and passes everything on to `target`, as `mode` lets it."""

    def __init__(self, target: int, password: str = "") -> None:
        self.mode = Mode.PASS
        self.connections = 0
        self._target = target
        self._password = password
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._nonce = ""
        threading.Thread(target=self._accept, name="fault proxy", daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def set(self, mode: Mode) -> None:
        """Changes what it does; `cut` resets what is open."""
        self.mode = mode
        if mode is Mode.CUT:
            with self._lock:
                for one in list(self._open):
                    _reset(one)

    def close(self) -> None:
        self._listener.close()
        self.set(Mode.CUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            if self.mode is Mode.CUT:
                _reset(client)
                continue
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._lock:
            self._open.add(client)
            crowded = self.mode is Mode.LIMIT and len(self._open) > MOST_CLIENTS
        try:
            with socket.create_connection(("127.0.0.1", self._target), 5.0) as camera:
                camera.settimeout(None)  # a viewer may be quiet for as long as it likes
                back = threading.Thread(target=self._back, args=(camera, client), daemon=True)
                back.start()
                self._forth(client, camera, crowded=crowded)
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(client)
            _reset(client)

    def _forth(self, client: socket.socket, camera: socket.socket, *, crowded: bool) -> None:
        waiting = b""
        while True:
            content = client.recv(CHUNK)
            if not content:
                return
            if self.mode in (Mode.SILENT, Mode.HOLE):
                continue
            if self.mode in (Mode.AUTH, Mode.FULL, Mode.LIMIT):
                full = crowded or self.mode is Mode.FULL
                waiting = self._requests(waiting + content, client, camera, full=full)
            else:
                camera.sendall(content)

    def _back(self, camera: socket.socket, client: socket.socket) -> None:
        """Server to client. The answer to PLAY carries RTP-Info, or the pictures follow at once."""
        chance, playing = random.Random(1), False
        with contextlib.suppress(OSError):
            while content := camera.recv(CHUNK):
                playing = playing or b"RTP-Info" in content or content[:1] == b"$"
                if self.mode in (Mode.SILENT, Mode.HOLE):
                    continue
                if self.mode is Mode.MUTE_AFTER_PLAY and playing:
                    continue
                if self.mode is Mode.GARBAGE:
                    content = chance.randbytes(len(content))
                client.sendall(content)
        _reset(client)

    def _requests(
        self, waiting: bytes, client: socket.socket, camera: socket.socket, *, full: bool
    ) -> bytes:
        """Passes whole requests on that are allowed, and answers the others; returns the rest."""
        while waiting:
            if waiting[:1] == b"$":  # interleaved reports of the client
                if len(waiting) < 4:
                    return waiting
                (length,) = struct.unpack(">H", waiting[2:4])
                camera.sendall(waiting[: 4 + length])
                waiting = waiting[4 + length :]
                continue
            head, mark, rest = waiting.partition(b"\r\n\r\n")
            if not mark:
                return waiting
            self._request(head.decode("latin-1"), client, camera, full=full)
            waiting = rest
        return b""

    def _request(
        self, head: str, client: socket.socket, camera: socket.socket, *, full: bool
    ) -> None:
        found = re.search(r"^CSeq: *(\d+)", head, re.M | re.I)
        answer = f"CSeq: {found[1] if found else 0}\r\n"
        if full:
            client.sendall(f"RTSP/1.0 453 Not Enough Bandwidth\r\n{answer}\r\n".encode())
            return
        nonce, self._nonce = self._nonce, ""
        given = self._right_nonce(head)
        if nonce and given == nonce:
            camera.sendall(re.sub(r"Authorization:.*\r\n", "", head + "\r\n\r\n").encode("latin-1"))
            return
        self._nonce = hashlib.sha256(random.randbytes(16)).hexdigest()[:32]
        ask = f'WWW-Authenticate: Digest realm="{REALM}", nonce="{self._nonce}"'
        ask += ", stale=true\r\n" if given else "\r\n"
        client.sendall(f"RTSP/1.0 401 Unauthorized\r\n{answer}{ask}\r\n".encode())

    def _right_nonce(self, head: str) -> str:
        """The nonce that the request answers with the right password; empty where it does not."""
        given = dict(re.findall(r'(\w+)="([^"]*)"', head.partition("Authorization: Digest")[2]))
        nonce = given.get("nonce", "")
        method = head.partition(" ")[0]
        secret = _md5(f"{USER}:{REALM}:{self._password}")
        wanted = _md5(f"{secret}:{nonce}:{_md5(method + ':' + given.get('uri', ''))}")
        return nonce if given.get("response") == wanted else ""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _reset(connection: socket.socket) -> None:
    """Closes it with a reset, as a router does that has forgotten it."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        connection.close()
