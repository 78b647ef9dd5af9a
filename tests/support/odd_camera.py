"""A camera that is odd in one way, over a real socket, byte for byte as such cameras send."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

Send = Callable[[bytes], None]
Script = Callable[[Send, Sequence[bytes], threading.Event], None]

OK = b"HTTP/1.0 200 OK\r\n"


class OddCamera:
    """Answers each request with what `script` sends; `login` is a function of the request's
    Authorization header that is true when it opens the camera."""

    def __init__(
        self,
        script: Script,
        jpegs: Sequence[bytes],
        *,
        challenge: str = "",
        opens: Callable[[str], bool] = lambda _header: True,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.requests = 0
        self.refused = 0
        self._script = script
        self._jpegs = jpegs
        self._challenge = challenge
        self._opens = opens
        self._tls = tls
        self._stop = threading.Event()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._listen, name="odd camera")]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}/stream"

    def __enter__(self) -> OddCamera:
        self._threads[0].start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5.0)
        for each in (*self._open, self._listener):
            each.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while not self._stop.is_set():
                plain, _ = self._listener.accept()
                self._open.append(plain)
                thread = threading.Thread(target=self._serve, args=(plain,), name="odd camera")
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            header = self._authorization(connection)
            self.requests += 1
            if self._opens(header):
                self._script(connection.sendall, self._jpegs, self._stop)
            else:
                self.refused += 1
                connection.sendall(
                    f"HTTP/1.1 401 Unauthorized\r\n{self._challenge}"
                    "Content-Length: 0\r\nConnection: close\r\n\r\n".encode()
                )
            connection.shutdown(socket.SHUT_RDWR)

    def _authorization(self, connection: socket.socket) -> str:
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            request += connection.recv(4096) or b"\r\n\r\n"
        found = re.search(rb"\r\nAuthorization: ([^\r]*)", request)
        return found[1].decode("latin-1") if found else ""


def stream(content_type: str, part: Callable[[bytes], bytes], *, ending: str = "\r\n") -> Script:
    """Headers, then `part` of each picture, over and over, ten times a second."""

    def script(send: Send, jpegs: Sequence[bytes], stop: threading.Event) -> None:
        head = f"Content-Type: {content_type}{ending}" if content_type else ""
        send(f"HTTP/1.0 200 OK{ending}{head}{ending}".encode())
        sent = 0
        while not stop.wait(0.1):
            send(part(jpegs[sent % len(jpegs)]))
            sent += 1

    return script


def snapshot(send: Send, jpegs: Sequence[bytes], _stop: threading.Event) -> None:
    jpeg = jpegs[0]
    send(
        b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg)
        + jpeg
    )


def silent(_send: Send, _jpegs: Sequence[bytes], stop: threading.Event) -> None:
    stop.wait(20)


def dripping(send: Send, _jpegs: Sequence[bytes], stop: threading.Event) -> None:
    send(OK + b"Content-Type: video/x-motion-jpeg\r\n\r\n")
    while not stop.wait(0.05):
        send(b"x")


def digest_of(
    header: str, user: bytes, password: bytes, algorithm: str, quality: str, realm: bytes
) -> bool:
    """The check that a camera does, by the text of RFC 7616, in bytes, with its own code."""
    if not header.startswith("Digest "):
        return False
    given = {
        key: quoted or bare
        for key, quoted, bare in re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))', header)
    }
    name = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}

    def hashed(data: bytes) -> bytes:
        digest = hashlib.new(name[algorithm.removesuffix("-sess")], data)
        return digest.hexdigest().encode()

    def value(key: str) -> bytes:
        return bytes(given.get(key, "").encode("latin-1"))

    secret = hashed(b":".join((user, realm, password)))
    if algorithm.endswith("-sess"):
        secret = hashed(b":".join((secret, value("nonce"), value("cnonce"))))
    request = b"GET:" + value("uri")
    if quality == "auth-int":
        request += b":" + hashed(b"")
    middle = (value("nonce"), value("nc"), value("cnonce"), quality.encode())
    stages = middle if quality else (value("nonce"),)
    return value("response") == hashed(b":".join((secret, *stages, hashed(request))))


def basic_of(header: str, login: bytes) -> bool:
    return header == "Basic " + base64.b64encode(login).decode()
