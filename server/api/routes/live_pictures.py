"""What cameras show right now: the newest picture, a stream of them, all of them over one socket.

Nothing is decoded, scaled or drawn for anybody who does not watch.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse

from lookout.faces.errors import BadImage
from lookout.json_document import BadJson, read_json
from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.errors.api_error import ApiError, Overloaded
from lookout.server.api.schemas.common import Id
from lookout.server.api.security.authorization import Guarded, allow_ticket
from lookout.server.api.security.sockets import (
    MAX_MESSAGE_BYTES,
    NOT_AUTHENTICATED,
    TRY_AGAIN,
    admit,
    close,
)
from lookout.server.api.security.visible_cameras import Seeing
from lookout.server.cameras.live_feed import (
    FASTEST_FPS,
    NARROWEST_PX,
    SLOWEST_FPS,
    WIDEST_PX,
    FrameDelivery,
    LiveFeed,
    Wish,
    frame_message,
    read_wishes,
)
from lookout.server.cameras.views import CameraView
from lookout.server.live.clock import unix_s
from lookout.wire.records import Face

router = APIRouter(prefix="/api/v1/cameras", route_class=Guarded, tags=["cameras"])

BOUNDARY = "lookout-frame"
STREAM_ENDS_S = 10.0
"""A stream of a camera that sends nothing for so long ends; the page shows that it is over."""

Width = Annotated[int | None, Query(ge=NARROWEST_PX, le=WIDEST_PX, description="pixels, at most")]
Drawn = Annotated[bool, Query(description="with a frame and a name on each face")]
Ticket = Annotated[
    str | None, Query(max_length=200, description="in place of a key: POST /api/v1/auth/ticket")
]
PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {}}},
    304: {"description": "the picture of `If-None-Match` is still the newest"},
}
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"multipart/x-mixed-replace": {}}},
}


@router.get("/{camera}/image", response_class=Response, responses=PICTURE)
@allow_ticket(Scope.CAMERAS_READ)
async def newest_picture(
    camera: Id,
    request: Request,
    parts: Deps,
    visible: Seeing,
    width: Width = None,
    drawn: Drawn = False,
    ticket: Ticket = None,  # noqa: ARG001 - read where it is decided who asks
) -> Response:
    """The newest picture of a camera as JPEG. `Age` says how many seconds old it is, `ETag` which
    one it is."""
    visible.camera(camera)
    view = parts.hub.newest(camera)
    if view is None:
        raise ApiError(404, "no_picture", "this camera has not sent a picture yet")
    tag = f'"{view.number}-{width or 0}-{int(drawn)}"'
    headers = {"ETag": tag, "Age": str(max(0, int(time.monotonic() - view.arrived_s)))}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    jpeg = await parts.rendering.jpeg(view, width, drawn=drawn)
    return Response(jpeg, media_type="image/jpeg", headers=headers)


@router.get("/{camera}/stream.mjpg", response_class=StreamingResponse, responses=STREAM)
@allow_ticket(Scope.CAMERAS_READ)
async def stream(
    camera: Id,
    parts: Deps,
    visible: Seeing,
    width: Width = None,
    drawn: Drawn = False,
    fps: Annotated[float, Query(ge=SLOWEST_FPS, le=FASTEST_FPS)] = 10.0,
    ticket: Ticket = None,  # noqa: ARG001 - as above
) -> StreamingResponse:
    """The pictures of a camera as they come, as a stream of JPEGs. A browser holds one connection
    for each: the socket `live` carries many cameras over one."""
    name = visible.camera(camera).name
    pictures = _pictures(parts, camera, name, width, drawn=drawn, fps=fps)
    await anext(pictures)  # too many viewers are told so before the answer begins
    return StreamingResponse(pictures, media_type=f"multipart/x-mixed-replace; boundary={BOUNDARY}")


async def _pictures(
    parts: Dependencies, camera: str, name: str, width: int | None, *, drawn: bool, fps: float
) -> AsyncIterator[bytes]:
    with parts.viewers.take(), _Woken(parts, [name]) as woken:
        yield b""
        number, next_s = 0, 0.0
        while True:
            view = parts.hub.newest(camera)
            if view is not None and view.number > number:
                number = view.number
                with suppress(BadImage):
                    jpeg = await parts.rendering.jpeg(view, width, drawn=drawn)
                    yield _part(jpeg)
            next_s = max(next_s + 1 / fps, time.monotonic())
            if not await woken.wait(STREAM_ENDS_S):
                return
            await asyncio.sleep(max(0.0, next_s - time.monotonic()))


def _part(jpeg: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + b"\r\n"


class _Woken:
    """Waits for new views of some cameras, which come from another thread."""

    def __init__(self, parts: Dependencies, names: list[str]) -> None:
        self._views = parts.hub.views
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()
        self._end = self._views.watch(names, self.wake)

    def __enter__(self) -> _Woken:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def watch(self, names: list[str]) -> None:
        self._end()
        self._end = self._views.watch(names, self.wake)

    def wake(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: the server is ending
            self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, timeout_s: float) -> bool:
        try:
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


@router.websocket("/live")
async def live(socket: WebSocket) -> None:
    """All cameras that a page shows, over one connection (docs/cameras.md has the messages)."""
    admission = await admit(socket, Scope.CAMERAS_READ)
    if admission is None:
        return
    parts: Dependencies = socket.app.state.parts
    try:
        with parts.viewers.take():
            connection = _LiveConnection(socket, parts, admission.principal.cameras)
            await _first_of(connection.read(), connection.write(), _ends(socket, admission.ended()))
    except Overloaded as error:
        await close(socket, TRY_AGAIN, str(error))


async def _ends(socket: WebSocket, ended: Any) -> None:
    await close(socket, NOT_AUTHENTICATED, await ended)


async def _first_of(*work: Any) -> None:
    """Runs all until the first has ended, however."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended = [task for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in ended:
        with suppress(WebSocketDisconnect):
            task.result()


class _LiveConnection:
    """One page that watches."""

    def __init__(
        self, socket: WebSocket, parts: Dependencies, cameras: frozenset[str] | None
    ) -> None:
        """cameras: the ids of the only ones to be seen; None: all."""
        self._socket = socket
        self._parts = parts
        self._cameras = cameras
        self._feed = LiveFeed(parts.hub.newest, parts.hub.condition)
        self._woken = _Woken(parts, [])

    async def read(self) -> None:
        """Takes wishes and acknowledgements until the client has gone."""
        while True:
            try:
                message = read_json((await self._socket.receive_text()).encode(), MAX_MESSAGE_BYTES)
            except (BadJson, KeyError):  # KeyError: a binary message
                continue
            if not isinstance(message, dict):
                continue
            wishes = read_wishes(message)
            if wishes is not None:
                self._feed.watch(filter(self._may_see, wishes), time.monotonic())
                self._watch()
            match message:
                case {"ack": int(seq)}:
                    self._feed.acknowledge(seq)
            self._woken.wake()

    async def write(self) -> None:
        with self._woken:
            while True:
                delivery = self._feed.next(time.monotonic())
                if delivery is None:
                    await self._woken.wait(self._feed.wait_s(time.monotonic()))
                    continue
                await self._socket.send_bytes(await self._message(delivery))

    async def _message(self, delivery: FrameDelivery) -> bytes:
        view, jpeg, faces = delivery.view, b"", []
        if view is not None:
            with suppress(BadImage):
                jpeg = await self._parts.rendering.jpeg(view, delivery.width_px)
                faces = _faces(view)
        header = {
            "camera": delivery.camera,
            "seq": delivery.seq,
            "at": unix_s(time.monotonic() if view is None else view.arrived_s),
            "faces": faces,
            "condition": delivery.condition,
        }
        return frame_message(json.dumps(header, separators=(",", ":")).encode(), jpeg)

    def _may_see(self, wish: Wish) -> bool:
        return self._cameras is None or wish.camera in self._cameras

    def _watch(self) -> None:
        """Wakes for the frames of the cameras that are watched. A camera that is renamed goes on
        under its id with the next look at the conditions."""
        ids = set(self._feed.cameras)
        names = [one.name for one in self._parts.hub.directory.all() if one.id in ids]
        self._woken.watch(names)


def _faces(view: CameraView) -> list[dict[str, object]]:
    width, height = view.size_wh
    return [_face(face, width, height) for face in view.faces]


def _face(face: Face, width: int, height: int) -> dict[str, object]:
    x0, y0, x1, y1 = face.box_xyxy
    return {
        "box": [round(v, 4) for v in (x0 / width, y0 / height, x1 / width, y1 / height)],
        "name": face.name,
        "state": face.state.value,
        "track": face.track,
    }
