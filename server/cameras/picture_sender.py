"""The pictures of one stream, put where the server's process reads them."""

from __future__ import annotations

from collections.abc import Callable

from lookout.faces.detections import Image
from lookout.server.cameras.stream_settings import Message, NewSurface, PictureSettings
from lookout.server.cameras.surface import SurfaceWriter


class PictureSender:
    """For the thread of one stream. A surface lasts until the size of the pictures changes."""

    def __init__(self, stream: str, run: int, send: Callable[[Message], None]) -> None:
        self._stream = stream
        self._run = run
        self._send = send
        self._searched: SurfaceWriter | None = None
        self._close_up: SurfaceWriter | None = None

    def send(
        self,
        image_bgr: Image,
        at_s: float,
        *,
        searched: bool,
        close_up_bgr: Image | None = None,
    ) -> None:
        """Writes the picture, and the same moment of the larger stream, and tells of both."""
        self._searched = self._fitting(self._searched, image_bgr, close_up=False)
        place, stamp = self._searched.write(image_bgr)
        close_up = None
        if close_up_bgr is not None:
            self._close_up = self._fitting(self._close_up, close_up_bgr, close_up=True)
            close_up = self._close_up.write(close_up_bgr)
        self._send(PictureSettings(self._stream, self._run, place, stamp, at_s, searched, close_up))

    def close(self) -> None:
        for surface in (self._searched, self._close_up):
            if surface is not None:
                surface.close()
        self._searched = self._close_up = None

    def _fitting(
        self, surface: SurfaceWriter | None, image_bgr: Image, *, close_up: bool
    ) -> SurfaceWriter:
        height, width = image_bgr.shape[:2]
        if surface is not None and surface.info.shape == (height, width, 3):
            return surface
        if surface is not None:
            surface.close()
        surface = SurfaceWriter((height, width, 3))
        self._send(NewSurface(self._stream, self._run, surface.info, close_up))
        return surface
