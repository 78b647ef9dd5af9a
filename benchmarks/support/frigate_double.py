"""A double of Frigate: its API and its MQTT topics, made from its documentation, with video behind.

It detects in a smaller stream than go2rtc gives, as Frigate does: snapshots have half the size.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import cv2
import numpy as np
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from lookout.faces.detections import Image

DETECT_SCALE = 0.5
WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class SubLabel:
    """A name that was written on an event, and when."""

    event: str
    name: str
    score: float
    at_s: float


@dataclass
class FrigateDouble:
    """broker: the port of an MQTT broker. password: where users must sign in; empty: they need not.

    `names` are the sub-labels that were written, `asked` the paths that were asked for.
    """

    broker: int
    password: str = ""
    names: list[SubLabel] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    snapshots: dict[str, bytes] = field(default_factory=dict)
    clips: dict[str, bytes] = field(default_factory=dict)
    now: dict[str, bytes] = field(default_factory=dict)
    failures: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __enter__(self) -> FrigateDouble:
        double = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                double.asked.append(self.path)
                content = double.found(self.path)
                if not double.lets_in(self.headers.get("Cookie", "")):
                    self.answer(401, b"{}")
                elif content is None:
                    self.answer(404, b'{"success": false, "message": "Not found"}')
                else:
                    self.answer(200, content)

            def do_POST(self) -> None:
                double.asked.append(self.path)
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                if self.path == "/api/login":
                    taken = body.get("password") == double.password
                    cookie = {"Set-Cookie": "frigate_token=t0ken; HttpOnly; Path=/"}
                    self.answer(200 if taken else 401, b"{}", cookie if taken else {})
                elif not double.lets_in(self.headers.get("Cookie", "")):
                    self.answer(401, b"{}")
                elif double.failures > 0:
                    double.failures -= 1
                    self.answer(500, b"{}")
                else:
                    double.name(self.path.split("/")[3], body)
                    self.answer(200, b'{"success": true}')

            def answer(self, status: int, content: bytes, headers: Any = None) -> None:
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.connect("127.0.0.1", self.broker)
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def lets_in(self, cookie: str) -> bool:
        return not self.password or "frigate_token=t0ken" in cookie

    def found(self, path: str) -> bytes | None:
        url = urlsplit(path)
        parts = url.path.strip("/").split("/")
        if parts[:2] == ["api", "events"] and len(parts) == 4:
            kept = {"snapshot.jpg": self.snapshots, "clip.mp4": self.clips}.get(parts[3], {})
            return kept.get(parts[2])
        if url.path == "/api/frame.jpeg":
            return self.now.get(parse_qs(url.query)["src"][0])
        return None

    def name(self, event: str, body: dict[str, Any]) -> None:
        with self.changed:
            made = SubLabel(event, body["subLabel"], body["subLabelScore"], time.time())
            self.names.append(made)
            self.changed.notify_all()

    def say(self, topic: str, message: object) -> None:
        self._client.publish(topic, json.dumps(message), 1).wait_for_publish(WAIT_S)

    def tell(self, kind: str, event: str, camera: str, image_bgr: Image, **after: Any) -> None:
        """Publishes a state of an event, with its picture of this moment."""
        self.now[camera] = jpeg(image_bgr)
        self.snapshots[event] = jpeg(smaller(image_bgr))
        height, width = smaller(image_bgr).shape[:2]
        one = {
            "id": event,
            "camera": camera,
            "label": "person",
            "box": [0, 0, width, height],
            "snapshot": {"box": [0, 0, width, height], "score": 0.8},
            "sub_label": None,
            "entered_zones": [],
            "current_zones": [],
            "has_snapshot": True,
            "has_clip": kind == "end",
            "false_positive": False,
            **after,
        }
        self.say("frigate/events", {"type": kind, "before": one, "after": one})

    def wait_for_name(self, event: str, timeout_s: float = WAIT_S) -> SubLabel | None:
        """The name of an event, once it has one."""
        with self.changed:
            self.changed.wait_for(lambda: any(one.event == event for one in self.names), timeout_s)
            return next((one for one in self.names if one.event == event), None)

    def play(self, event: str, camera: str, frames: Sequence[Image], per_s: float) -> float:
        """An event over these frames in real time, with news every second, as Frigate has them;
        returns when it began."""
        began_s, next_s = time.time(), time.monotonic() + 1.0
        self.tell("new", event, camera, frames[0])
        due_s = time.monotonic()
        for image_bgr in frames[1:]:
            due_s += 1 / per_s
            time.sleep(max(0.0, due_s - time.monotonic()))
            self.now[camera] = jpeg(image_bgr)
            if time.monotonic() >= next_s:
                next_s += 1.0
                self.tell("update", event, camera, image_bgr)
        return began_s


def smaller(image_bgr: Image) -> Image:
    """As in the stream in which Frigate detects."""
    half = cv2.resize(
        image_bgr, None, fx=DETECT_SCALE, fy=DETECT_SCALE, interpolation=cv2.INTER_AREA
    )
    return np.asarray(half, np.uint8)


def jpeg(image_bgr: Image) -> bytes:
    done, content = cv2.imencode(".jpg", image_bgr, [cv2.IMWRITE_JPEG_QUALITY, 90])
    if not done:
        raise ValueError("a frame cannot be written as JPEG")
    return content.tobytes()


def clip_of(frames: Sequence[Image], per_s: float, path: Path) -> bytes:
    """The frames as a video file."""
    size_wh = (frames[0].shape[1], frames[0].shape[0])
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), per_s, size_wh)
    for image_bgr in frames:
        writer.write(image_bgr)
    writer.release()
    return path.read_bytes()
