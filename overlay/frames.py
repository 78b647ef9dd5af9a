"""The frame around a face. Its form says the state, its colour says it again.

Known: a whole thin line with strong corners. Unsure: corners alone. Unknown: dashes. The colours
are from Okabe and Ito's palette, which people with any colour blindness tell apart. Each line has
a dark one under it, so that it shows on a bright wall, too.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from overlay.plates import Colour, Image
from wire.records import FaceState

COLOURS: dict[FaceState, Colour] = {
    FaceState.KNOWN: (150, 190, 20),  # bluish green, lightened for dark pictures
    FaceState.UNKNOWN: (0, 159, 230),  # orange
    FaceState.UNSURE: (233, 180, 86),  # sky blue
}
SHADE: Colour = (30, 24, 20)

Lines = list[npt.NDArray[np.int32]]


def draw_frame(image_bgr: Image, box_xyxy: tuple[int, int, int, int], state: FaceState) -> None:
    """Draw the frame of one face, in place. The box is in whole pixels; it may reach outside."""
    longer = max(image_bgr.shape[:2])
    thin, strong = max(1, round(longer / 640)), max(2, round(longer / 270))
    x0, y0, x1, y1 = box_xyxy
    side = max(8, min(x1 - x0, y1 - y0))
    radius = min(side // 6, 4 * strong)
    corners = _corners(box_xyxy, radius, max(radius + 2, round(side * 0.22)))
    strokes: list[tuple[Lines, int]] = []
    if state is FaceState.UNKNOWN:
        strokes.append((_dashes(box_xyxy, max(4, round(side / 14))), strong - (strong > 2)))
    elif state is FaceState.UNSURE:
        strokes.append((corners, strong))
    else:
        strokes += [(_sides(box_xyxy, radius), thin), (corners, strong)]
    for lines, width in strokes:
        cv2.polylines(image_bgr, lines, False, SHADE, width + 2, cv2.LINE_8)
    for lines, width in strokes:
        cv2.polylines(image_bgr, lines, False, COLOURS[state], width, cv2.LINE_AA)


def _corners(box: tuple[int, int, int, int], radius: int, arm: int) -> Lines:
    """Four rounded corners, each a line of `arm` pixels to either side."""
    x0, y0, x1, y1 = box
    arc = [
        (radius - radius * np.sin(t), radius - radius * np.cos(t))
        for t in np.linspace(np.pi / 2, 0, 6)
    ]
    shape = np.array([(0, arm), *arc, (arm, 0)])
    turns = (((x0, y0), (1, 1)), ((x1, y0), (-1, 1)), ((x1, y1), (-1, -1)), ((x0, y1), (1, -1)))
    return [
        np.rint(shape * np.array(sign) + np.array(corner)).astype(np.int32)
        for corner, sign in turns
    ]


def _sides(box: tuple[int, int, int, int], radius: int) -> Lines:
    x0, y0, x1, y1 = box
    ends = [
        ((x0 + radius, y0), (x1 - radius, y0)),
        ((x1, y0 + radius), (x1, y1 - radius)),
        ((x0 + radius, y1), (x1 - radius, y1)),
        ((x0, y0 + radius), (x0, y1 - radius)),
    ]
    return [np.array(pair, np.int32) for pair in ends]


def _dashes(box: tuple[int, int, int, int], dash: int) -> Lines:
    """Dashes along the four sides; a dash turns each corner, so that the box stays readable."""
    x0, y0, x1, y1 = box
    lines = [
        np.array(((cx + sx * dash, cy), (cx, cy), (cx, cy + sy * dash)), np.int32)
        for cx, cy, sx, sy in ((x0, y0, 1, 1), (x1, y0, -1, 1), (x1, y1, -1, -1), (x0, y1, 1, -1))
    ]
    for start, end, fixed, horizontal in (
        (x0, x1, y0, True),
        (x0, x1, y1, True),
        (y0, y1, x0, False),
        (y0, y1, x1, False),
    ):
        free = (end - start) - 2 * dash
        count = min(64, max(0, round((free / dash - 1.2) / 2.2)))
        if count == 0:
            continue
        gap = (free - count * dash) / (count + 1)
        for index in range(count):
            a = round(start + dash + gap + index * (dash + gap))
            pair = (
                ((a, fixed), (a + dash, fixed)) if horizontal else ((fixed, a), (fixed, a + dash))
            )
            lines.append(np.array(pair, np.int32))
    return lines
