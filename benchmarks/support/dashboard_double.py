"""The built dashboard on a double of the server's API: as much of everything as is asked for, at
once. What is measured is the browser; the server has benchmarks of its own."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

import cv2
import numpy as np
import skimage.data

from lookout.server.accounts.scopes import Scope
from lookout.server.api.routes.dashboard import FILES, HEADERS
from lookout.server.imaging.jpeg import encode_jpeg

TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".png": "image/png"}
NOW_S = 1_795_500_000.0
EMPTY: dict[str, Any] = {"items": [], "cursor": None}


def portrait(width: int) -> bytes:
    """JPEG of the portrait that comes with scikit-image, so many pixels wide, 16:9."""
    image = skimage.data.astronaut()[:288, :, ::-1]
    return encode_jpeg(np.asarray(cv2.resize(image, (width, width * 9 // 16)), np.uint8), 90)


class DashboardDouble:
    """Listens on loopback. Use as a context manager."""

    def __init__(self, cameras: int = 9, sightings: int = 0, people: int = 0) -> None:
        class Handler(_Handler):
            double = self

        self.cameras = [camera(number) for number in range(cameras)]
        self.sightings, self.people = sightings, people
        self.face = portrait(160)
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="double")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> DashboardDouble:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(10.0)
        self._server.server_close()

    def answer(self, path: str, query: dict[str, list[str]]) -> Any:
        """The JSON of a path of the API; None where there is none."""
        first = int(query.get("cursor", ["0"])[0])
        limit = int(query.get("limit", ["50"])[0])
        match path.removeprefix("/api/v1/"):
            case "auth/refresh":
                return {"access_token": "t", "token_type": "bearer", "expires_in": 86_400}
            case "auth/me":
                rights = sorted(scope.value for scope in Scope)
                return {"id": "usr", "name": "admin", "rights": rights, "cameras": None}
            case "cameras":
                return self.cameras
            case "sightings":
                return _page(first, limit, self.sightings, sighting)
            case "people":
                return _page(first, limit, self.people, person)
            case "statistics":
                return {"people": self.people, "people_with_samples": self.people}
            case "alerts" | "rules" | "silences" | "plans" | "fences":
                return EMPTY
        return {"status": "ok"} if path == "/healthz" else None


def _page(first: int, limit: int, total: int, make: Any) -> dict[str, Any]:
    last = min(total, first + limit)
    cursor = str(last) if last < total else None
    return {"items": [make(number) for number in range(first, last)], "cursor": cursor}


def camera(number: int) -> dict[str, Any]:
    return {
        **{"id": f"cam_{number}", "name": f"Camera {number}", "kind": "rtsp", "enabled": True},
        **{"condition": "online", "why": "", "fps": 10.0, "latency_ms": 40.0, "width": 640},
        **{"height": 360, "rotate": 0, "flip": False, "privacy_masks": [], "place": None},
        **{"last_frame_at": NOW_S, "dropped": 0, "address": "", "sub_address": "", "user": ""},
    }


def sighting(number: int) -> dict[str, Any]:
    at = NOW_S - 60 * number
    known = number % 3 > 0
    return {
        **{"id": f"sgt_{number}", "camera": f"Camera {number % 9}", "first": at, "last": at + 9},
        **{"state": "known" if known else "unknown", "person": f"per_{number % 50}"},
        **{"name": f"Person {number % 50}" if known else None, "has_image": True, "detail": {}},
    }


def person(number: int) -> dict[str, Any]:
    return {
        **{"id": f"per_{number}", "name": f"Person {number}", "identifier": "", "info": {}},
        **{"created_at": NOW_S, "samples": 3, "last_seen": NOW_S - 60 * number},
        **{"image": f"/api/v1/samples/{number}/image"},
    }


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing: a browser that closes a connection is no error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    double: DashboardDouble

    def do_GET(self) -> None:
        asked = urlparse(self.path)
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        file = FILES / (asked.path.lstrip("/") or "index.html")
        if asked.path.endswith("/image"):
            self._send(self.double.face, "image/jpeg")
        elif file.is_file():
            self._send(file.read_bytes(), TYPES.get(file.suffix, "text/plain"))
        else:
            found = self.double.answer(asked.path, parse_qs(asked.query))
            status = 404 if found is None else 200
            self._send(json.dumps(found).encode(), "application/json", status)

    do_POST = do_GET  # noqa: N815 - named by the standard library

    def _send(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""
