"""The built dashboard on a double of the server's API: as much of everything as is asked for, at
once, and live pictures as many as are sent. What is measured is the browser; the server has
benchmarks of its own."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from contextlib import ExitStack, suppress
from typing import Any

import cv2
import numpy as np
import skimage.data
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from benchmarks.support.waiting import wait_until
from lookout.server.accounts.scopes import Scope
from lookout.server.api.routes.dashboard import FILES, HEADERS
from lookout.server.imaging.jpeg import encode_jpeg

NOW_S = 1_795_500_000.0
READY_WITHIN_S, GONE_WITHIN_S = 10.0, 5.0
EMPTY: dict[str, Any] = {"items": [], "cursor": None}


def portrait(width: int) -> bytes:
    """JPEG of the portrait that comes with scikit-image, so many pixels wide, 16:9."""
    image = skimage.data.astronaut()[:288, :, ::-1]
    return encode_jpeg(np.asarray(cv2.resize(image, (width, width * 9 // 16)), np.uint8), 90)


class LiveFeed:
    """The one socket of the live pictures; `acknowledged` counts those that were shown."""

    def __init__(self) -> None:
        self.acknowledged = 0
        self.watched = threading.Event()
        """Set while a page has said what it wants to see."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._socket: WebSocket | None = None

    async def serve(self, socket: WebSocket) -> None:
        await socket.accept()
        self._loop, self._socket = asyncio.get_running_loop(), socket
        try:
            while True:
                said = await socket.receive_json()
                self.acknowledged += "ack" in said
                if "watch" in said:
                    self.watched.set()
        except WebSocketDisconnect:
            self._socket = None
            self.watched.clear()

    def send(self, message: bytes) -> None:
        """From any thread; nothing where no page listens."""
        if self._loop is not None and self._socket is not None:
            asyncio.run_coroutine_threadsafe(self._socket.send_bytes(message), self._loop)


class DashboardDouble:
    """Listens on loopback. Use as a context manager."""

    def __init__(self, cameras: int = 9, sightings: int = 0, people: int = 0) -> None:
        self.cameras = [camera(number) for number in range(cameras)]
        self.sightings, self.people = sightings, people
        self.live = LiveFeed()
        self._face = portrait(160)
        routes = [
            WebSocketRoute("/api/v1/cameras/live", self.live.serve),
            Route("/{path:path}", self._answer, methods=["GET", "POST"]),
        ]
        config = uvicorn.Config(Starlette(routes=routes), log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._owned = ExitStack()
        self.address = ""

    def __enter__(self) -> DashboardDouble:
        listener = self._owned.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=self._server.run, args=([listener],), name="double")
        thread.start()
        self._owned.callback(thread.join, 10.0)
        wait_until(lambda: self._server.started, READY_WITHIN_S, "the double to answer")
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(TimeoutError):
            wait_until(lambda: not self.live.watched.is_set(), GONE_WITHIN_S)
        self._server.should_exit = self._server.force_exit = True
        self._owned.close()

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        file = FILES / (path.lstrip("/") or "index.html")
        if path.endswith("/image"):
            return Response(self._face, media_type="image/jpeg", headers=HEADERS)
        if file.is_file():
            return FileResponse(file, headers=HEADERS)
        found = self.answer(path, dict(request.query_params))
        return JSONResponse(found, 404 if found is None else 200, HEADERS)

    def answer(self, path: str, query: dict[str, str]) -> Any:
        """The JSON of a path of the API; None where there is none."""
        first, limit = int(query.get("cursor", "0")), int(query.get("limit", "50"))
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


def live_picture(seq: int, cameras: int, jpeg: bytes) -> bytes:
    """A message of the live pictures (docs/cameras.md) with one known face."""
    face = {"box": [0.4, 0.2, 0.6, 0.6], "name": "Eileen", "state": "known", "track": 1}
    head = {"camera": f"cam_{seq % cameras}", "seq": seq, "at": NOW_S, "faces": [face]}
    text = json.dumps({**head, "condition": "online"}).encode()
    return len(text).to_bytes(4, "big") + text + jpeg


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
