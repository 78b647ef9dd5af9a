"""The built-in camera: a view that pans and zooms over NASA's portrait of Eileen Collins.

The portrait is public domain and comes in the scikit-image wheel, so that a newcomer without any
camera sees a moving, recognized face offline.
"""

from __future__ import annotations

import importlib.util
import math
import threading
from collections.abc import Generator
from pathlib import Path

import cv2
import numpy as np

from lookout.edge.cameras.errors import CameraUnusable
from lookout.edge.cameras.jpeg import Image, to_jpeg
from lookout.edge.cameras.pace import Pace
from lookout.edge.cameras.reader import ReaderCamera

VIEW_WH = (640, 480)
CYCLE_S = 30.0
# Read off the portrait, which is 512×512: her face from hair line to chin, ear to ear.
FACE_XYXY = (178.0, 62.0, 274.0, 182.0)
MARGIN = 24.0  # of the view, in its own pixels: the face never touches the edge
ZOOM = (1.35, 1.8)  # her face is then 162 to 216 pixels tall, hair line to chin
# The view stays above this line of the portrait: below is the mission patch, which dlib's HOG
# takes for a second face.
BOTTOM = 360.0


class DemoCamera(ReaderCamera):
    """Yields the moving view at `fps`, at most 25."""

    def __init__(self, fps: float) -> None:
        super().__init__("demo")
        self._fps = min(max(fps, 5.0), 25.0)
        self._portrait_bgr = portrait()

    def frames(self, stop: threading.Event) -> Generator[bytes, None, None]:
        pace, index = Pace(self._fps, stop), 0
        while pace.wait():
            yield to_jpeg(view_at(self._portrait_bgr, index / self._fps))
            index += 1


def portrait() -> Image:
    """The portrait, (512, 512, 3) uint8 BGR. Raises CameraUnusable where scikit-image is missing.

    Only the file is read: importing the package would need the rest of scientific Python.
    """
    package = importlib.util.find_spec("skimage")
    for folder in (package and package.submodule_search_locations) or ():
        image_bgr = cv2.imread(str(Path(folder) / "data" / "astronaut.png"))
        if image_bgr is not None:
            return image_bgr.astype(np.uint8, copy=False)
    raise CameraUnusable(
        "the demo camera shows a portrait that comes with scikit-image, which is not installed: "
        "pip install --no-deps scikit-image, or name a camera with --camera"
    )


def view_at(portrait_bgr: Image, time_s: float) -> Image:
    """The view at a moment of the cycle, (480, 640, 3) uint8 BGR. Smooth to parts of a pixel."""
    phase = 2 * math.pi * time_s / CYCLE_S
    zoom = ZOOM[0] + (ZOOM[1] - ZOOM[0]) * (0.5 - 0.5 * math.cos(phase))
    width = float(portrait_bgr.shape[1])
    x = _centre(zoom, 0.5 + 0.5 * math.sin(2 * phase + 0.7), VIEW_WH[0], width, 0)
    y = _centre(zoom, 0.5 + 0.5 * math.sin(3 * phase), VIEW_WH[1], BOTTOM, 1)
    shift = (VIEW_WH[0] / 2 - zoom * x, VIEW_WH[1] / 2 - zoom * y)
    to_view = np.array([[zoom, 0, shift[0]], [0, zoom, shift[1]]])
    view = cv2.warpAffine(
        portrait_bgr, to_view, VIEW_WH, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    return view.astype(np.uint8, copy=False)


def _centre(zoom: float, share: float, view: int, whole: float, axis: int) -> float:
    """The view's middle on the portrait: `share` of the way along the stretch that keeps
    the view inside the portrait and the face inside the view."""
    half = view / 2 / zoom
    inset = half - MARGIN / zoom
    low = max(half, FACE_XYXY[axis + 2] - inset)
    high = max(low, min(whole - half, FACE_XYXY[axis] + inset))
    return low + (high - low) * share
