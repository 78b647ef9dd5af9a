"""The contact sheet of views: the photograph first, then the views from left to right."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from lookout.faces.detections import Floats, Image
from lookout.faces.pose3d.view import SIZE_PX, HeadView

LINE_PX = 26
MARGIN = 0.45
"""Around the face of the photograph, in sizes of its box."""
PAPER, INK = (250, 250, 250), (40, 40, 40)


def contact_sheet(image_bgr: Image, box_xyxy: Floats, views: Sequence[HeadView]) -> Image:
    """(H, W, 3): each picture with a line below it. box_xyxy: (4,) the face in the photograph."""
    cells = [_cell(_around(image_bgr, box_xyxy), "the photograph")]
    for view in views:
        line = f"{view.yaw_deg:+.0f}  {view.quality}, {100 * view.own:.0f} % seen"
        cells.append(_cell(view.image_bgr, line))
    return np.hstack(cells)


def _around(image_bgr: Image, box_xyxy: Floats) -> Image:
    centre = (box_xyxy[:2] + box_xyxy[2:]) / 2
    half = float((box_xyxy[2:] - box_xyxy[:2]).max()) * (0.5 + MARGIN)
    size = (round(2 * half), round(2 * half))
    part = cv2.getRectSubPix(image_bgr, size, (float(centre[0]), float(centre[1])))
    return np.asarray(cv2.resize(part, (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_AREA), np.uint8)


def _cell(picture_bgr: Image, line: str) -> Image:
    strip = np.full((LINE_PX, SIZE_PX, 3), PAPER, np.uint8)
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(strip, line, (6, LINE_PX - 8), font, 0.45, INK, 1, cv2.LINE_AA)
    return np.vstack([picture_bgr, strip])
