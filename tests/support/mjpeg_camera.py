"""A network camera for tests: a real HTTP server that sends real JPEGs as motion JPEG."""

from __future__ import annotations

import base64
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BOUNDARY = "--frame"  # some cameras put the dashes into the header, too


class MjpegCamera:
    """Sends its pictures over and over at `fps`; `stall()` goes silent without hanging up."""

    def __init__(
        self, jpegs: Sequence[bytes], *, port: int = 0, fps: float = 30.0, login: str | None = None
    ) -> None:
        self.connections = 0
        self._stalled = threading.Event()
        self._stopped = threading.Event()
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the test's output is for the test."""

            def do_GET(self) -> None:
                wanted = login and "Basic " + base64.b64encode(login.encode()).decode()
                if wanted and self.headers.get("authorization") != wanted:
                    self.send_response(401)
                    self.send_header("www-authenticate", 'Basic realm="camera"')
                    self.end_headers()
                    return
                camera.connections += 1
                self.send_response(200)
                self.send_header("content-type", f"multipart/x-mixed-replace;boundary={BOUNDARY}")
                self.end_headers()
                try:
                    self._stream()
                except OSError:
                    self.close_connection = True

            def _stream(self) -> None:
                sent = 0
                while not camera._stopped.wait(1 / fps):
                    if camera._stalled.is_set():
                        continue
                    jpeg = jpegs[sent % len(jpegs)]
                    sent += 1
                    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n"
                    self.wfile.write(head.encode() + b"\r\n" + jpeg + b"\r\n")

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}/stream"

    def stall(self) -> None:
        self._stalled.set()

    def resume(self) -> None:
        self._stalled.clear()

    def stop(self) -> None:
        """Hang up on everybody and free the port."""
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> MjpegCamera:
        return self

    def __exit__(self, *error: object) -> None:
        if not self._stopped.is_set():
            self.stop()
