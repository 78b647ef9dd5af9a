"""A child process that reads some cameras, and the thread that listens to it."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from lookout.server.cameras.pulled_camera import PulledCamera
from lookout.server.cameras.stream_process import GOODBYE_S, read_cameras
from lookout.server.cameras.stream_settings import (
    Close,
    End,
    Message,
    NewSurface,
    Open,
    PictureSettings,
    Report,
    Request,
)
from lookout.server.cameras.surface import SurfaceReader
from lookout.server.errors import ChildGone
from lookout.server.threads.child_process import ChildProcess

log = logging.getLogger(__name__)

TURN_S = 0.05
"""Requests wait so long at the most."""
SILENT_S = 6.0
"""A process beats every second; one that says nothing for so long is stopped or stuck."""
START_S = 30.0
"""Until its first beat: it loads FFmpeg and OpenCV, on a machine that may be busy."""


class StreamHost:
    """Owns a process and a thread. `failed` is set when the process has ended or hangs; the cameras
    that it had are then to be opened elsewhere."""

    def __init__(
        self, name: str, start: Callable[[], ChildProcess[Request, Message]] | None = None
    ) -> None:
        self._start_child = start or (lambda: ChildProcess(name, read_cameras))
        self._requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._cameras: dict[str, PulledCamera] = {}
        self._surfaces: dict[tuple[str, bool], SurfaceReader] = {}
        self._stop = threading.Event()
        self.failed = threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def cameras(self) -> tuple[PulledCamera, ...]:
        """The cameras that the process reads."""
        return tuple(self._cameras.values())

    def open(self, camera: PulledCamera) -> None:
        """Begins to read a camera."""
        self._cameras = {**self._cameras, camera.settings.stream: camera}
        self._requests.put(Open(camera.settings))

    def close_camera(self, camera: PulledCamera) -> None:
        """Stops to read a camera."""
        stream = camera.settings.stream
        if self._cameras.get(stream) is camera:
            self._cameras = {key: one for key, one in self._cameras.items() if key != stream}
            self._requests.put(Close(stream))
        camera.let_go()

    def close(self, timeout_s: float) -> bool:
        """Ends the process, whatever it is doing. False if the thread has not ended in time."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        child = self._start_child()
        try:
            self._listen(child)
        except ChildGone as error:
            log.warning("%s; its cameras are opened anew", error)
        finally:
            if self._stop.is_set():
                with suppress(ChildGone):
                    child.send(End())
                    while child.poll(GOODBYE_S):
                        child.receive(0.0)
            child.close()
            for surface in self._surfaces.values():
                surface.close()
            self._surfaces.clear()
            self.failed.set()

    def _listen(self, child: ChildProcess[Request, Message]) -> None:
        until_s = time.monotonic() + START_S
        while not self._stop.is_set():
            self._forward(child)
            if not child.poll(TURN_S):
                if time.monotonic() > until_s:
                    child.receive(0.0)  # raises ChildGone in its words
                continue
            self._take(child.receive(0.0))
            until_s = time.monotonic() + SILENT_S

    def _forward(self, child: ChildProcess[Request, Message]) -> None:
        with suppress(queue.Empty):
            while True:
                child.send(self._requests.get_nowait())
        for camera in self.cameras:
            wish = camera.wish()
            if wish is not None:
                child.send(wish)

    def _take(self, message: Message) -> None:
        if not isinstance(message, Report | NewSurface | PictureSettings):
            return
        camera = self._cameras.get(message.stream)
        if camera is None or camera.settings.run != message.run:
            return  # it was closed, or opened anew, meanwhile
        match message:
            case Report():
                camera.heard(message)
            case NewSurface(stream, _, info, close_up):
                old = self._surfaces.pop((stream, close_up), None)
                if old is not None:
                    old.close()
                with suppress(OSError):  # its stream has ended already
                    self._surfaces[stream, close_up] = SurfaceReader(info)
            case PictureSettings():
                self._show(camera, message)

    def _show(self, camera: PulledCamera, picture: PictureSettings) -> None:
        surface = self._surfaces.get((picture.stream, False))
        image_bgr = None if surface is None else surface.read(picture.place, picture.stamp)
        if image_bgr is None:
            return
        close_up = None
        larger = self._surfaces.get((picture.stream, True))
        if picture.close_up is not None and larger is not None:
            close_up = larger.read(*picture.close_up)
        camera.took(picture, image_bgr, close_up)
