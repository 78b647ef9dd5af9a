"""Pictures for viewers: smaller, or with the faces drawn, each once however many watch."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from lookout.faces.detections import Image
from lookout.faces.errors import BadImage
from lookout.overlay.draw import draw_faces
from lookout.server.cameras.views import CameraView
from lookout.server.imaging.jpeg import decode_bgr, encode_jpeg

WIDTH_STEP_PX = 80
"""Widths are rounded up to it, so that viewers of about the same size share a picture."""
MOST_PICTURES = 64
"""Pictures that are kept for the next viewer of the same, the least recently asked for goes."""

_Key = tuple[str, int, bool]


class Rendering:
    """Renders views in one thread of its own. The event loop's thread only."""

    def __init__(self) -> None:
        # the executor makes its thread with the first picture: who watches nothing costs nothing
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="live pictures")
        self._pictures: OrderedDict[_Key, tuple[int, asyncio.Future[bytes]]] = OrderedDict()

    async def jpeg(
        self, view: CameraView, width_px: int | None = None, *, drawn: bool = False
    ) -> bytes:
        """The view as JPEG, at most about `width_px` wide. Raises BadImage."""
        wanted_px = 0 if width_px is None else -(-width_px // WIDTH_STEP_PX) * WIDTH_STEP_PX
        if view.jpeg and not drawn and (wanted_px == 0 or wanted_px >= view.size_wh[0]):
            return view.jpeg
        key = (view.camera, wanted_px, drawn)
        number, picture = self._pictures.get(key, (0, None))
        if picture is None or number != view.number:
            loop = asyncio.get_running_loop()
            picture = loop.run_in_executor(self._executor, _render, view, wanted_px, drawn)
            self._pictures[key] = (view.number, picture)
        self._pictures.move_to_end(key)
        while len(self._pictures) > MOST_PICTURES:
            self._pictures.popitem(last=False)
        return await asyncio.shield(picture)  # others may wait for the same

    def close(self, timeout_s: float) -> bool:  # noqa: ARG002 - `lifecycle.Closable`
        self._executor.shutdown(wait=False, cancel_futures=True)
        return True


def _render(view: CameraView, width_px: int, drawn: bool) -> bytes:
    image_bgr = decode_bgr(view.jpeg) if view.image_bgr is None else view.image_bgr
    if drawn:
        if view.image_bgr is not None:
            image_bgr = image_bgr.copy()  # others look at it, too
        draw_faces(image_bgr, view.faces)
    return encode_jpeg(_no_wider(image_bgr, width_px))


def _no_wider(image_bgr: Image, width_px: int) -> Image:
    height, width = image_bgr.shape[:2]
    if not 0 < width_px < width:
        return image_bgr
    size_wh = (width_px, max(1, round(height * width_px / width)))
    try:
        scaled = cv2.resize(image_bgr, size_wh, interpolation=cv2.INTER_AREA)
    except cv2.error as error:
        raise BadImage("the picture cannot be scaled") from error
    return np.asarray(scaled, np.uint8)
