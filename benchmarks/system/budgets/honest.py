"""Who uses the server honestly while it is attacked: cameras, and a client with one picture."""

from __future__ import annotations

import http.client
import secrets
import threading
import time
from collections.abc import Sequence
from itertools import pairwise

from benchmarks.support.camera_load import Camera

ROUTE = "/v1/vision/face/recognize"
"""There since the first release of the HTTP API."""
PAUSE_S = 0.2
PATIENCE_S = 120.0


def post_picture(port: int, picture: bytes, timeout_s: float) -> tuple[int, float]:
    """The status, 0 if there was none, and the seconds that the answer took."""
    boundary = secrets.token_hex(16)
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="p.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    ).encode() + (picture + f"\r\n--{boundary}--\r\n".encode())
    began_s = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        form = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        connection.request("POST", ROUTE, body, form)
        answer = connection.getresponse()
        answer.read()
        status = answer.status
    except (OSError, http.client.HTTPException):
        status = 0
    finally:
        connection.close()
    return status, time.monotonic() - began_s


class HonestClient:
    """Sends the picture, waits for the answer, and sends it again, until the with-block ends."""

    def __init__(self, port: int, jpeg: bytes) -> None:
        self._port, self._jpeg = port, jpeg
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="honest client", daemon=True)
        self._begun_s: float | None = None
        self._waits_s: list[float] = []
        self.failed = 0

    def __enter__(self) -> HonestClient:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(PATIENCE_S)

    def forget(self) -> None:
        """Leaves out what was before: from here on it counts."""
        self._waits_s.clear()
        self.failed = 0

    @property
    def longest_s(self) -> float:
        """The longest wait, also of a picture that has no answer yet."""
        begun_s = self._begun_s
        waiting_s = 0.0 if begun_s is None else time.monotonic() - begun_s
        return max([waiting_s, *self._waits_s])

    def _run(self) -> None:
        while not self._ended.wait(PAUSE_S):
            self._begun_s = time.monotonic()
            status, wait_s = post_picture(self._port, self._jpeg, PATIENCE_S)
            self._begun_s = None
            self._waits_s.append(wait_s)
            self.failed += status != http.client.OK


def longest_pause_s(cameras: Sequence[Camera], from_s: float, to_s: float) -> float:
    """The longest time in which one of the cameras got no answer."""
    pauses = []
    for camera in cameras:
        at = [from_s, *(one.at_s for one in camera.between(from_s, to_s)), to_s]
        pauses.append(max(later - earlier for earlier, later in pairwise(at)))
    return max(pauses)
