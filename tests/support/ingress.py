"""A stand-in for Home Assistant's ingress, written from what is known of it, not from its code.

Two hops: Home Assistant takes `/api/hassio_ingress/<token>` off, keeps the browser's
Host, and adds X-Ingress-Path and the X-Forwarded headers; the Supervisor hands that on and appends
the address that it saw. Answers are passed on piece by piece.
"""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PREFIX = "/api/hassio_ingress/t0ken-of_this.session"
HOME_ASSISTANT = "172.30.32.1"
_NOT_PASSED_ON = {"connection", "transfer-encoding", "content-length", "accept-encoding"}


class Ingress:
    """Listens on loopback and passes on to `port`. Use as a context manager."""

    def __init__(self, port: int) -> None:
        class Handler(_Handler):
            target = port

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, name="ingress")

    def __enter__(self) -> Ingress:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(10.0)
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    target: int

    def do_GET(self) -> None:
        if not self.path.startswith(PREFIX + "/"):
            self.send_error(404)
            return
        asked = {k: v for k, v in self.headers.items() if k.lower() not in _NOT_PASSED_ON}
        asked["X-Ingress-Path"] = PREFIX
        asked["X-Forwarded-Host"] = self.headers["Host"]
        asked["X-Forwarded-Proto"] = "http"
        given = self.headers.get("X-Forwarded-For")
        client = self.headers.get("X-Test-Client", "192.168.1.20")
        asked["X-Forwarded-For"] = ", ".join(filter(None, [given, client, HOME_ASSISTANT]))
        length = int(self.headers.get("Content-Length", "0"))
        connection = http.client.HTTPConnection("127.0.0.1", self.target, timeout=10.0)
        body = self.rfile.read(length) or None
        connection.request(self.command, self.path.removeprefix(PREFIX), body, asked)
        answer = connection.getresponse()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _NOT_PASSED_ON:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            while piece := answer.read1(65536):
                self.wfile.write(piece)
        except OSError:
            pass  # the browser has gone
        finally:
            connection.close()

    do_POST = do_GET  # noqa: N815 - named by the standard library

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""
